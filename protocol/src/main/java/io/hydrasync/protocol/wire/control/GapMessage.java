package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * GAP, relay to consumer, 24 bytes: {@code stream u64, from u64, to u64}.
 *
 * @param stream the stream that has the gap
 * @param from the first frame that will not be delivered
 * @param to the first that will again
 */
public record GapMessage(long stream, long from, long to) implements Control {
  /** The type of GAP. */
  public static final int TYPE = 0x83;

  static GapMessage read(ByteBuffer in) {
    return new GapMessage(in.getLong(), in.getLong(), in.getLong());
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return 24;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.putLong(stream).putLong(from).putLong(to);
  }
}
