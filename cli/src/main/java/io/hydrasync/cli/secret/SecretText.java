package io.hydrasync.cli.secret;

import io.hydrasync.cli.file.Stdin;
import io.hydrasync.protocol.check.PlainText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Function;

/** Keys and tickets, given as they are, in a file ({@code @FILE}) or on stdin ({@code -}). */
public final class SecretText {
  private static final int MAX_BYTES = 4 << 10;

  private SecretText() {}

  /**
   * A key in hex digits.
   *
   * @param text the digits, or {@code @FILE} that holds them
   * @param bytes how many bytes the key has
   * @param what its name, for messages
   * @param key makes the key of its bytes, which are zeroed then
   * @throws IllegalArgumentException if it is none; the text is never quoted
   */
  public static <K> K hex(String text, int bytes, String what, Function<byte[], K> key)
      throws IOException {
    String digits = resolve(text, what);
    String where = where(text, what);
    if (digits.length() != 2 * bytes) {
      throw new IllegalArgumentException(
          where + " has " + 2 * bytes + " hex digits, not " + digits.length() + " characters");
    }
    byte[] secret;
    try {
      secret = HexFormat.of().parseHex(digits);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(where + " has other characters than hex digits");
    }
    try {
      return key.apply(secret);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /**
   * The secret itself, or what {@code @FILE} or {@code -} stands for.
   *
   * @throws IllegalArgumentException if that is no text, too long, or empty
   */
  static String resolve(String text, String what) throws IOException {
    if (text.equals("-")) {
      try (InputStream in = new Stdin()) {
        return read(in, where(text, what));
      }
    }
    return text.startsWith("@") ? fromFile(text, what) : text;
  }

  /** What it is and where it stands, for messages. */
  static String where(String text, String what) {
    if (text.equals("-")) {
      return what + " on stdin";
    }
    return text.startsWith("@") ? what + " in " + text.substring(1) : what;
  }

  private static String fromFile(String text, String what) throws IOException {
    String file = text.substring(1);
    try (InputStream in = Files.newInputStream(Path.of(file))) { // no buffer keeps it
      return read(in, where(text, what));
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) { // a directory, for example
      throw new FileSystemException(file, null, e.getMessage());
    }
  }

  /** The first line; on a terminal nobody has to end the input. */
  static String read(InputStream in, String where) throws IOException {
    byte[] line = new byte[MAX_BYTES];
    int length = 0;
    String text;
    try {
      for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
        if (length == MAX_BYTES) {
          throw new IllegalArgumentException(where + ": too long, this is something else");
        }
        line[length++] = (byte) b;
      }
      text = decode(line, length, where).strip();
    } finally {
      Arrays.fill(line, (byte) 0);
    }
    if (text.isEmpty()) {
      throw new IllegalArgumentException(where + ": nothing there");
    }
    return text;
  }

  private static String decode(byte[] line, int length, String where) {
    byte[] read = Arrays.copyOf(line, length);
    try {
      return PlainText.decodeFirstLine(read);
    } catch (PlainText.NotTextException e) {
      throw new IllegalArgumentException(where + ", " + e.getMessage(), e);
    } finally {
      Arrays.fill(read, (byte) 0);
    }
  }
}
