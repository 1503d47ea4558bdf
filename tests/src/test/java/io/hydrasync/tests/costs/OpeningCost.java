package io.hydrasync.tests.costs;

import com.sun.management.ThreadMXBean;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.CipherState;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.noise.NoiseException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.inner.SealedReader;
import io.hydrasync.tests.peer.CostClient;
import java.lang.management.ManagementFactory;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * What it takes to open a SEALED record, and nothing else: the yardstick. One message that is
 * ignored fills it; what is too small for the smallest message carries a part of one.
 */
final class OpeningCost {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** A system property: the result does not matter. */
  static final String QUICK = "costs.quick";

  private static final int ROUNDS = 9;

  /** The least of so many medians counts: a yardstick must not be long by chance. */
  private static final int SETS = 5;

  private static final long WARM_UP_NANOS = Boolean.getBoolean(QUICK) ? 1_000_000 : 300_000_000;
  private static final int BYTES = 1 << 20;
  private static final int MOST = 2_000;
  private static final int IGNORABLE = 0xC9;
  private static final int AROUND = Frames.PREFIX + Frames.TAG;
  private static final int ORDINARY = AROUND + Frames.PREFIX;

  private static boolean warm;

  private OpeningCost() {}

  /**
   * Measures on this thread.
   *
   * @param size bytes of the whole frame
   * @return nanoseconds of processor time for one record, the median of nine rounds, the least of
   *     five such
   */
  static long nanos(int size) {
    long[] nanos = new long[ROUNDS];
    if (!warm) {
      warm = true;
      nanos(ORDINARY); // all of it is compiled then
    }
    for (long end = System.nanoTime() + (size == ORDINARY ? 5 : 1) * WARM_UP_NANOS;
        System.nanoTime() - end < 0; ) {
      round(size);
    }
    long best = Long.MAX_VALUE;
    for (int set = 0; set < SETS; set++) {
      for (int i = 0; i < ROUNDS; i++) {
        nanos[i] = round(size);
      }
      Arrays.sort(nanos);
      best = Math.min(best, nanos[ROUNDS / 2]);
    }
    return best;
  }

  private static long round(int size) {
    int records = Math.max(20, Math.min(MOST, BYTES / size));
    CipherState[] pair = pair();
    byte[][] frames = records(pair[0], size, records);
    SealedReader reader = new SealedReader(pair[1]);
    reader.limit(1 << 20);
    int opened = 0;
    long began = THREADS.getCurrentThreadCpuTime();
    for (byte[] frame : frames) {
      if (!reader.open(frame, Frames.PREFIX, frame.length - Frames.PREFIX)) {
        throw new IllegalStateException("a record does not open");
      }
      opened += reader.next() == null ? 0 : 1;
    }
    long nanos = THREADS.getCurrentThreadCpuTime() - began;
    if (opened != records * (size - AROUND) / Math.max(Frames.PREFIX, size - AROUND)) {
      throw new IllegalStateException(opened + " messages in " + records + " records");
    }
    return nanos / records;
  }

  private static byte[][] records(CipherState sender, int size, int count) {
    int piece = size - AROUND;
    byte[] message = new byte[Math.max(Frames.PREFIX, piece)];
    Frames.putU32(message, 0, message.length - Frames.LEN_BYTES);
    message[Frames.TYPE_OFFSET] = (byte) IGNORABLE;
    byte[] inner = new byte[piece];
    byte[][] frames = new byte[count][];
    int at = 0;
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < piece; k++) {
        inner[k] = message[at++ % message.length];
      }
      frames[i] = CostClient.record(sender, inner, 0, piece);
    }
    return frames;
  }

  /** Both ends of a way behind a handshake: what seals, and what opens. */
  static CipherState[] pair() {
    SecureRandom random = new SecureRandom();
    try {
      Handshake.Initiator initiator =
          new Handshake.Initiator(Magic.bytes(), X25519.newPrivateKey(random));
      byte[] key = X25519.newPrivateKey(random);
      Handshake.Responder responder =
          new Handshake.Responder(
              Magic.bytes(), key, X25519.publicKey(key), X25519.newPrivateKey(random));
      responder.readMessage1(initiator.writeMessage1(new byte[0]));
      Handshake.Finished finished = responder.writeMessage2(new byte[0]);
      Handshake.Result result = initiator.readMessage2(finished.bytes()).result();
      return new CipherState[] {result.sender(), finished.result().receiver()};
    } catch (NoiseException e) {
      throw new IllegalStateException(e);
    }
  }
}
