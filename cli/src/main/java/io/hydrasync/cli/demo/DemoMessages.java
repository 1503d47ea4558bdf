package io.hydrasync.cli.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.Random;

/**
 * The demo's messages: readable text of 64 to 1024 bytes that begins with its number.
 *
 * <pre>message 000000001234 lorem ipsum ...</pre>
 *
 * Not thread-safe.
 */
final class DemoMessages {
  /**
   * With this each message begins; 8 bytes, so that they do not occur in sealed bytes by chance.
   */
  static final byte[] MARKER = "message ".getBytes(US_ASCII);

  private static final int DIGITS = 12;
  private static final int SHORTEST = 64;
  private static final int LONGEST = 1024;
  private static final int RADIX = 10;

  private final Random random = new Random();
  private final byte[] bytes = new byte[LONGEST];
  private final ByteBuffer view = ByteBuffer.wrap(bytes);

  DemoMessages() {
    for (int i = 0; i < LONGEST; i++) {
      bytes[i] = (byte) (random.nextInt(5) == 0 ? ' ' : 'a' + random.nextInt(26));
    }
    System.arraycopy(MARKER, 0, bytes, 0, MARKER.length);
  }

  /** Makes a message; valid until the next one is made. */
  ByteBuffer make(long number) {
    long rest = number;
    for (int i = MARKER.length + DIGITS - 1; i >= MARKER.length; i--) {
      bytes[i] = (byte) ('0' + rest % RADIX);
      rest /= RADIX;
    }
    return view.limit(SHORTEST + random.nextInt(LONGEST - SHORTEST + 1)).position(0);
  }

  /** The number of a message, or -1 if it is none. */
  static long number(ByteBuffer message) {
    int at = message.position();
    if (message.remaining() < SHORTEST) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < DIGITS; i++) {
      number = number * RADIX + message.get(at + MARKER.length + i) - '0';
    }
    return number;
  }
}
