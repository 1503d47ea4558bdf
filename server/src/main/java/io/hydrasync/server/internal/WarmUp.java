package io.hydrasync.server.internal;

import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.noise.NoiseException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.inner.SealedReader;
import io.hydrasync.protocol.wire.inner.SealedWriter;
import io.hydrasync.server.internal.loop.FatalErrors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has the sealing of control messages compiled, before it is done on an event loop. A relay seals
 * little, an ACK every 25 ms, so that would take minutes by itself; until then sealing one takes a
 * quarter of a millisecond, and whatever that loop has to deliver waits. Once in a JVM, on a thread
 * of its own that ends, for a third of a second or less: until it hardly gets faster any more.
 * Stateless but for that.
 */
final class WarmUp {
  private static final int ROUNDS = 12_000;
  private static final int BATCH = 250;

  /** From here on it is enough when a batch takes nearly as long as the one before. */
  private static final int LEAST_ROUNDS = 1_000;

  private static final double NEARLY = 0.8;
  private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(600);
  private static final AtomicBoolean STARTED = new AtomicBoolean();

  private WarmUp() {}

  static void start(FatalErrors errors) {
    if (STARTED.compareAndSet(false, true)) {
      Thread thread = new Thread(errors.guard(WarmUp::run), "hydra-warm-up");
      thread.setDaemon(true);
      thread.setPriority(Thread.MIN_PRIORITY);
      thread.start();
    }
  }

  private static void run() {
    try {
      long began = System.nanoTime();
      Handshake.Result[] ends = shakeHands();
      SealedWriter writer = new SealedWriter(ends[0].sender());
      SealedReader reader = new SealedReader(ends[1].receiver());
      reader.limit(Control.MAX_LEN_TO_CLIENT);
      long last = Long.MAX_VALUE;
      long since = began;
      for (int i = 0; i < ROUNDS && System.nanoTime() - began < MOST_NANOS; i++) {
        byte[] record = writer.seal(new AckMessage(i, new byte[Head.DIGEST_LENGTH], i, 1));
        if (!reader.open(record, Frames.PREFIX, record.length - Frames.PREFIX)
            || reader.next() == null) {
          throw new IllegalStateException("what was sealed does not open");
        }
        ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer(record.length);
        buffer.writeBytes(record).release();
        if (i % BATCH == BATCH - 1) {
          long now = System.nanoTime();
          if (i >= LEAST_ROUNDS && now - since > NEARLY * last) {
            break; // what is still to be gained takes more than it is worth
          }
          last = now - since;
          since = now;
        }
      }
      writer.destroy();
      reader.destroy();
    } catch (NoiseException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Both ends of a connection with itself, under keys of the moment. */
  private static Handshake.Result[] shakeHands() throws NoiseException {
    SecureRandom random = new SecureRandom();
    byte[] key = X25519.newPrivateKey(random);
    byte[] prologue = new byte[0];
    Handshake.Initiator client = new Handshake.Initiator(prologue, X25519.newPrivateKey(random));
    Handshake.Responder relay =
        new Handshake.Responder(prologue, key, X25519.publicKey(key), X25519.newPrivateKey(random));
    relay.readMessage1(client.writeMessage1(new byte[0]));
    Handshake.Finished answer = relay.writeMessage2(new byte[0]);
    return new Handshake.Result[] {answer.result(), client.readMessage2(answer.bytes()).result()};
  }
}
