package io.hydrasync.protocol.wire.control;

import io.hydrasync.protocol.wire.Head;
import java.nio.ByteBuffer;

/**
 * ACK, relay to producer, 28 bytes: {@code epoch u64, head[8], next u64, consumers u32}.
 *
 * @param epoch the last epoch in the log, 0 if none
 * @param head the digest of its HEAD, zero if none
 * @param next all frames below are in the log
 * @param consumers how many are connected
 */
public record AckMessage(long epoch, byte[] head, long next, int consumers) implements Control {
  /** The type of ACK. */
  public static final int TYPE = 0x82;

  static AckMessage read(ByteBuffer in) {
    return new AckMessage(
        in.getLong(), Bodies.bytes(in, Head.DIGEST_LENGTH), in.getLong(), in.getInt());
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return 28;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.putLong(epoch).put(head).putLong(next).putInt(consumers);
  }
}
