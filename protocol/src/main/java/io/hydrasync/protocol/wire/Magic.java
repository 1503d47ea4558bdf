package io.hydrasync.protocol.wire;

import java.util.HexFormat;

/**
 * The first 8 bytes from a client: ASCII {@code HYDRA2}, CR, LF ({@code wire2.md} section 1). Also
 * the prologue of the handshake. Stateless.
 */
public final class Magic {
  /** Bytes in the magic. */
  public static final int LENGTH = 8;

  /** Bytes that every version of the magic begins with. */
  public static final int COMMON_LENGTH = 5;

  private static final byte[] BYTES = HexFormat.of().parseHex("4859445241320d0a");

  private Magic() {}

  /**
   * The magic of wire 2.
   *
   * @return 8 bytes, a copy
   */
  public static byte[] bytes() {
    return BYTES.clone();
  }

  /**
   * How the first bytes of a connection compare with the magic.
   *
   * @param first holds the bytes
   * @param length how many there are, more than 8 count as 8
   * @return how many of them are as in the magic before the first that differs
   */
  public static int matching(byte[] first, int length) {
    int n = Math.min(length, LENGTH);
    for (int i = 0; i < n; i++) {
      if (first[i] != BYTES[i]) {
        return i;
      }
    }
    return n;
  }
}
