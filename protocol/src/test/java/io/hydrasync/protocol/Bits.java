package io.hydrasync.protocol;

import java.util.Arrays;

/** Damaged copies of byte strings. */
public final class Bits {
  private Bits() {}

  /** A copy with one bit flipped; bit 0 is the highest of the first byte. */
  public static byte[] flipped(byte[] bytes, int bit) {
    byte[] copy = bytes.clone();
    copy[bit / Byte.SIZE] ^= (byte) (0x80 >>> bit % Byte.SIZE);
    return copy;
  }

  /** How many different results {@link #flipped} has. */
  public static int count(byte[] bytes) {
    return bytes.length * Byte.SIZE;
  }

  /** A copy with other bytes from an offset on. */
  public static byte[] replaced(byte[] bytes, int offset, byte... with) {
    byte[] copy = bytes.clone();
    System.arraycopy(with, 0, copy, offset, with.length);
    return copy;
  }

  public static byte[] join(byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    byte[] joined = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, joined, at, part.length);
      at += part.length;
    }
    return joined;
  }
}
