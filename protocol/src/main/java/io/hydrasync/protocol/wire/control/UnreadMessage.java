package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * UNREAD, relay to producer, 24 bytes: {@code stream u64, oldest u64, unread u64} ({@code wire2.md}
 * section 15). Advice: a relay can lie.
 *
 * @param stream the stream that it speaks of
 * @param oldest the lowest sequence of that stream that the log holds, its next if none
 * @param unread how many frames of it the relay has let go of that no consumer had taken
 */
public record UnreadMessage(long stream, long oldest, long unread) implements Control {
  /** The type of UNREAD. */
  public static final int TYPE = 0xC5;

  private static final int LENGTH = 24;

  /** One that is too short is ignorable: only to whom it concerns that is an error. */
  static Control read(ByteBuffer in) {
    return in.remaining() < LENGTH
        ? new IgnorableMessage(TYPE)
        : new UnreadMessage(in.getLong(), in.getLong(), in.getLong());
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
    out.putLong(stream).putLong(oldest).putLong(unread);
  }
}
