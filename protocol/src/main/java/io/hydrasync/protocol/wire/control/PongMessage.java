package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * PONG, relay to client, 8 bytes.
 *
 * @param echo what the PING brought
 */
public record PongMessage(long echo) implements Control {
  /** The type of PONG. */
  public static final int TYPE = 0x88;

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return 8;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.putLong(echo);
  }
}
