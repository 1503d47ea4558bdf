package io.hydrasync.cli.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.cli.exit.UnusableStreamException;
import io.hydrasync.protocol.check.Printable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.util.Locale;

/**
 * Payload on a terminal, to which it can do nothing: control characters but line feeds and tabs are
 * escaped, and what is not text is refused. A character may come in pieces. Not thread-safe.
 */
final class TerminalOutput implements WritableByteChannel {
  /** How much of it tells whether it is text. Behind that, what is none is escaped, too. */
  static final int LOOKED_AT = 8 << 10;

  /** A character of UTF-8 without its last byte. */
  private static final int LONGEST_PIECE = 3;

  private final WritableByteChannel terminal;
  private final String name;
  private final boolean standard;
  private final CharsetDecoder decoder = UTF_8.newDecoder();
  private final ByteBuffer piece = ByteBuffer.allocate(LONGEST_PIECE);
  private long taken;

  /**
   * Output to a terminal.
   *
   * @param name for messages
   * @param standard whether the terminal belongs to the process, and stays open
   */
  TerminalOutput(WritableByteChannel terminal, String name, boolean standard) {
    this.terminal = terminal;
    this.name = name;
    this.standard = standard;
  }

  /**
   * Shows bytes.
   *
   * @throws UnusableStreamException if it shows that they are no text; nothing of them is written
   */
  @Override
  public int write(ByteBuffer data) throws IOException {
    int length = data.remaining();
    ByteBuffer bytes = ByteBuffer.allocate(piece.position() + length);
    long start = taken - piece.position();
    bytes.put(piece.flip()).put(data).flip();
    piece.clear();
    requireNoNul(bytes, start);
    String text = shown(bytes, Math.max(0, LOOKED_AT - start));
    piece.put(bytes);
    taken += length;
    writeAll(text);
    return length;
  }

  private void requireNoNul(ByteBuffer bytes, long start) throws UnusableStreamException {
    long most = Math.min(bytes.remaining(), LOOKED_AT - start);
    for (int i = 0; i < most; i++) {
      if (bytes.get(i) == 0) {
        throw binary();
      }
    }
  }

  /**
   * What is to be seen of bytes; leaves a character that has only begun.
   *
   * @param lookedAt how many have to be text; negative where none follow, and nothing is left
   */
  private String shown(ByteBuffer bytes, long lookedAt) throws UnusableStreamException {
    boolean end = lookedAt < 0;
    StringBuilder text = new StringBuilder(bytes.remaining() + 16);
    CharBuffer characters = CharBuffer.allocate(bytes.remaining() + 1);
    decoder.reset();
    while (true) {
      CoderResult result = decoder.decode(bytes, characters, end);
      escape(characters.flip(), text);
      characters.clear();
      if (!result.isError()) {
        return text.toString();
      }
      if (bytes.position() < lookedAt) {
        throw binary();
      }
      for (int i = 0; i < result.length(); i++) {
        text.append(String.format(Locale.ROOT, "\\x%02x", bytes.get()));
      }
    }
  }

  private static void escape(CharBuffer characters, StringBuilder text) {
    while (characters.hasRemaining()) {
      char c = characters.get();
      if (Character.isISOControl(c) && c != '\n' && c != '\t') {
        text.append(Printable.line(String.valueOf(c)));
      } else {
        text.append(c);
      }
    }
  }

  private UnusableStreamException binary() {
    return new UnusableStreamException(
        "the payload is binary, and " + name + " is a terminal: -o FILE, or --force");
  }

  private void writeAll(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      terminal.write(bytes);
    }
  }

  @Override
  public boolean isOpen() {
    return terminal.isOpen();
  }

  /** Shows what has come of a character that does not go on. */
  @Override
  public void close() throws IOException {
    try {
      writeAll(shown(piece.flip(), -1));
      piece.clear();
    } finally {
      if (!standard) {
        terminal.close();
      }
    }
  }
}
