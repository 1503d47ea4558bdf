package io.hydrasync.protocol.check;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Small text files as people's editors write them: UTF-8, with or without a byte order mark, or
 * UTF-16 with one. What is none of these is refused with the line and the reason; nothing is ever
 * guessed. Line ends are left as they are. Stateless.
 */
public final class PlainText {
  private static final byte[] UTF_8_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final byte[] UTF_16BE_MARK = {(byte) 0xFE, (byte) 0xFF};
  private static final byte[] UTF_16LE_MARK = {(byte) 0xFF, (byte) 0xFE};

  private PlainText() {}

  /** Something is not the text that was expected. Its message quotes nothing of it. */
  public static final class NotTextException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** Counted from 1. */
    private final int line;

    /** What is wrong there. */
    private final String reason;

    NotTextException(int line, String reason) {
      super("line " + line + ": " + reason);
      this.line = line;
      this.reason = reason;
    }

    NotTextException(Path file, NotTextException cause) {
      super(file + ", " + cause.getMessage(), cause);
      line = cause.line;
      reason = cause.reason;
    }

    /**
     * Where it is.
     *
     * @return the line, from 1
     */
    public int line() {
      return line;
    }

    /**
     * What is wrong, without the line.
     *
     * @return the end of a sentence
     */
    public String reason() {
      return reason;
    }
  }

  /**
   * Reads a file to its end. Blocks if it is a pipe.
   *
   * @param file a file, or what a shell gives for one
   * @param maxBytes the most that it may have
   * @return its text, without a byte order mark
   * @throws NotTextException if it is no text; the message names the file
   * @throws IllegalArgumentException if it has more bytes than that
   * @throws IOException if it cannot be read; the message names the file
   */
  public static String read(Path file, int maxBytes) throws IOException {
    byte[] bytes = bytes(file, maxBytes);
    try {
      return decode(bytes);
    } catch (NotTextException e) {
      throw new NotTextException(file, e);
    } finally {
      Arrays.fill(bytes, (byte) 0); // it may be a secret
    }
  }

  private static byte[] bytes(Path file, int maxBytes) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(maxBytes + 1);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) { // a directory, for example
      throw new FileSystemException(file.toString(), null, e.getMessage());
    }
    if (bytes.length > maxBytes) {
      throw new IllegalArgumentException(
          file + " has more than " + maxBytes + " bytes, so it is something else");
    }
    return bytes;
  }

  /**
   * The text in bytes.
   *
   * @param bytes stay the caller's, and are not changed
   * @return the text, without a byte order mark
   * @throws NotTextException if it is none
   */
  public static String decode(byte[] bytes) {
    if (begins(bytes, UTF_16BE_MARK)) {
      return decode(bytes, UTF_16BE_MARK.length, UTF_16BE);
    }
    if (begins(bytes, UTF_16LE_MARK)) {
      return decode(bytes, UTF_16LE_MARK.length, UTF_16LE);
    }
    return decode(bytes, begins(bytes, UTF_8_MARK) ? UTF_8_MARK.length : 0, UTF_8);
  }

  /**
   * The text of a first line that was read byte by byte as far as the byte of a line feed, which in
   * UTF-16 stands in the middle of one.
   *
   * @param bytes all before that byte; stay the caller's, and are not changed
   * @return the text, without a byte order mark
   * @throws NotTextException if it is none
   */
  public static String decodeFirstLine(byte[] bytes) {
    if (bytes.length % 2 == 1 && begins(bytes, UTF_16BE_MARK)) {
      byte[] whole = Arrays.copyOf(bytes, bytes.length - 1);
      try {
        return decode(whole);
      } finally {
        Arrays.fill(whole, (byte) 0);
      }
    }
    return decode(bytes);
  }

  private static boolean begins(byte[] bytes, byte[] mark) {
    return bytes.length >= mark.length
        && Arrays.equals(bytes, 0, mark.length, mark, 0, mark.length);
  }

  private static String decode(byte[] bytes, int offset, Charset charset) {
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, bytes.length - offset);
    CharsetDecoder decoder = charset.newDecoder(); // reports what is malformed
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    String text = out.flip().toString();
    Arrays.fill(out.array(), '\0');
    int nul = text.indexOf('\0');
    if (nul >= 0) {
      throw new NotTextException(
          line(text, nul), "a NUL byte, so it is no text, or UTF-16 without a byte order mark");
    }
    if (result.isError()) {
      throw new NotTextException(line(text, text.length()), malformed(charset));
    }
    return text;
  }

  private static String malformed(Charset charset) {
    return charset.equals(UTF_8)
        ? "not UTF-8; if it is Latin-1 or the like, save it as UTF-8"
        : "UTF-16 with half a character";
  }

  private static int line(String text, int end) {
    int line = 1;
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c == '\n' || c == '\r' && (i + 1 == text.length() || text.charAt(i + 1) != '\n')) {
        line++;
      }
    }
    return line;
  }
}
