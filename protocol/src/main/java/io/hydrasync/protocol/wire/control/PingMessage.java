package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * PING, client to relay, 8 bytes.
 *
 * @param echo what the PONG will bring back
 */
public record PingMessage(long echo) implements Control {
  /** The type of PING. */
  public static final int TYPE = 0x87;

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
