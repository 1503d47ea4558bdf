package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.server.internal.limits.RelayLimits;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;

/** Frames and limits for tests. */
public final class TestFrames {
  public static final int MAX_FRAME = 100_000;

  private TestFrames() {}

  public static SessionId plainSession() {
    byte[] sid = new byte[SessionId.LENGTH];
    new Random(1).nextBytes(sid);
    return SessionId.of(sid);
  }

  public static RelayLimits limits(int segmentBytes) {
    long second = Duration.ofSeconds(1).toNanos();
    return new RelayLimits(
        MAX_FRAME,
        0,
        1 << 30,
        segmentBytes,
        segmentBytes,
        1 << 20,
        second,
        second,
        second,
        second,
        second);
  }

  public static byte[] head(long epoch, long stream, long first) {
    byte[] prefix = Head.prefix(epoch, stream, first, 0, new byte[Head.SALT_LENGTH], false);
    return ByteBuffer.allocate(prefix.length + Head.COMMIT_LENGTH)
        .put(prefix)
        .putLong(epoch)
        .array();
  }

  /** A relayed frame with random ciphertext. */
  public static byte[] frame(int type, long seq, int plaintext, Random random) {
    byte[] frame = new byte[Frames.OVERHEAD + plaintext];
    random.nextBytes(frame);
    Frames.putHeader(frame, 0, type, seq, plaintext);
    return frame;
  }

  /** A SEALED frame with random content. */
  public static byte[] record(int len, Random random) {
    byte[] frame = new byte[Frames.LEN_BYTES + len];
    random.nextBytes(frame);
    Frames.putU32(frame, 0, len);
    frame[Frames.TYPE_OFFSET] = Frames.SEALED;
    return frame;
  }

  /** A frame of any kind, zeros behind its type. */
  public static byte[] raw(int len, int type) {
    byte[] frame = new byte[Math.max(Frames.PREFIX, Frames.LEN_BYTES + len)];
    Frames.putU32(frame, 0, len);
    frame[Frames.TYPE_OFFSET] = (byte) type;
    return frame;
  }
}
