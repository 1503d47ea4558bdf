package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/** BYE, client to relay, empty: from a producer it ends the session. */
public record ByeMessage() implements Control {
  /** The type of BYE. */
  public static final int TYPE = 0x86;

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return 0;
  }

  @Override
  public void putBody(ByteBuffer out) {}
}
