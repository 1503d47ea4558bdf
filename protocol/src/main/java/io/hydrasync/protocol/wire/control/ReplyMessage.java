package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * REPLY, relay to client: {@code id u32, JSON of at most 1 MiB}.
 *
 * @param id of the ADMIN that this answers
 * @param json UTF-8
 */
public record ReplyMessage(int id, byte[] json) implements Control {
  /** The type of REPLY. */
  public static final int TYPE = 0x8A;

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return 4 + json.length;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.putInt(id).put(json);
  }
}
