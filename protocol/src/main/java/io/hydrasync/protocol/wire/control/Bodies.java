package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/** How fields are read from a body. */
final class Bodies {
  private Bodies() {}

  static int u8(ByteBuffer in) {
    return Byte.toUnsignedInt(in.get());
  }

  static byte[] bytes(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
