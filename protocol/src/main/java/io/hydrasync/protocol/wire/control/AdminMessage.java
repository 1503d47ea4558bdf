package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * ADMIN, client to relay: {@code id u32, JSON of at most 64 KiB}.
 *
 * @param id comes back in REPLY
 * @param json UTF-8
 */
public record AdminMessage(int id, byte[] json) implements Control {
  /** The type of ADMIN. */
  public static final int TYPE = 0x89;

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
