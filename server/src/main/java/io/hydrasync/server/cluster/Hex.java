package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/** 16 bytes as two numbers, and as 32 hex digits. */
final class Hex {
  static final int LENGTH = 16;

  private static final int RADIX = 16;
  private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{32}");

  private Hex() {}

  static String of(long high, long low) {
    return "%016x%016x".formatted(high, low);
  }

  static byte[] bytes(long high, long low) {
    return ByteBuffer.allocate(LENGTH).putLong(high).putLong(low).array();
  }

  /** The first 16 of at least 16 bytes. */
  static ByteBuffer first(byte[] bytes) {
    return ByteBuffer.wrap(bytes, 0, LENGTH);
  }

  static byte[] exactly(byte[] bytes, String what) {
    if (Arguments.given(bytes, what).length != LENGTH) {
      throw new IllegalArgumentException(what + " has 16 bytes, not " + bytes.length);
    }
    return bytes;
  }

  static String checked(String text, String what) {
    if (!DIGITS.matcher(Arguments.given(text, what)).matches()) {
      throw new IllegalArgumentException(what + " has 32 hex digits, in lower case");
    }
    return text;
  }

  static long high(String text) {
    return Long.parseUnsignedLong(text.substring(0, RADIX), RADIX);
  }

  static long low(String text) {
    return Long.parseUnsignedLong(text.substring(RADIX), RADIX);
  }
}
