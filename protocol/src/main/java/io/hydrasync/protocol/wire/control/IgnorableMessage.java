package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * A message of a type that later versions may use, or that is too short to be read by whom it does
 * not concern; ignored after JOINED.
 *
 * @param type 0xC0 to 0xFF
 */
public record IgnorableMessage(int type) implements Control {
  /** The first type that may be ignored. */
  public static final int FIRST_TYPE = 0xC0;

  @Override
  public int bodyLength() {
    return 0;
  }

  @Override
  public void putBody(ByteBuffer out) {}
}
