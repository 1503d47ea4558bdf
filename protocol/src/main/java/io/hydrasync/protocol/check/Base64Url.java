package io.hydrasync.protocol.check;

import java.util.Arrays;
import java.util.Base64;

/** Canonical unpadded base64url (RFC 4648 section 5): each value has exactly one text. */
public final class Base64Url {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

  private Base64Url() {}

  /**
   * Writes bytes as text.
   *
   * @param bytes any number of them
   * @return letters, digits, {@code -} and {@code _}
   */
  public static String encode(byte[] bytes) {
    return ENCODER.encodeToString(bytes);
  }

  /**
   * Reads bytes. What is refused is never quoted: it may be a secret.
   *
   * @param text as {@link #encode} writes it
   * @param length how many bytes it has to hold
   * @param what what it is, for the exception's message
   * @return the bytes
   * @throws IllegalArgumentException if it is anything else
   */
  public static byte[] decode(String text, int length, String what) {
    int expected = (length * 8 + 5) / 6;
    if (text.length() != expected) {
      throw new IllegalArgumentException(
          "the " + what + " has " + text.length() + " characters, expected " + expected);
    }
    byte[] bytes;
    try {
      bytes = DECODER.decode(text);
    } catch (IllegalArgumentException e) {
      // The JDK's message quotes the text, so it is not kept as the cause.
      throw new IllegalArgumentException("the " + what + " is not base64url");
    }
    if (!encode(bytes).equals(text)) {
      Arrays.fill(bytes, (byte) 0);
      throw new IllegalArgumentException("the " + what + " is not canonical base64url");
    }
    return bytes;
  }
}
