package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * COUNT, from a relay that mirrors a session to the one that it mirrors, 4 bytes: {@code consumers
 * u32} ({@code wire2.md} section 14).
 *
 * @param consumers how many are behind the sender, unsigned
 */
public record CountMessage(int consumers) implements Control {
  /** The type of COUNT. */
  public static final int TYPE = 0xC0;

  private static final int LENGTH = 4;

  /** One that is too short is ignorable: only to whom it concerns that is an error. */
  static Control read(ByteBuffer in) {
    return in.remaining() < LENGTH ? new IgnorableMessage(TYPE) : new CountMessage(in.getInt());
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return LENGTH;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.putInt(consumers);
  }
}
