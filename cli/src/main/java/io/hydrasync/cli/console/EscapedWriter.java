package io.hydrasync.cli.console;

import io.hydrasync.protocol.check.Printable;
import java.io.PrintWriter;

/**
 * What commands say for people and programs, to stdout and stderr: whatever comes from elsewhere, a
 * relay's words, a file's name, an argument, does nothing to a terminal, because nothing gets
 * through that is not a printable character or a line feed. What is escaped is valid JSON. Only
 * {@link #control} and {@link #own} go around it, with what this program itself has made up.
 * Payload does not come this way.
 */
public class EscapedWriter extends PrintWriter {
  private final PrintWriter raw;

  /**
   * A writer that flushes each line.
   *
   * @param raw where it all goes; stays the caller's
   */
  EscapedWriter(PrintWriter raw) {
    super(raw, true);
    this.raw = raw;
  }

  public static EscapedWriter of(PrintWriter out) {
    return out instanceof EscapedWriter escaped ? escaped : new EscapedWriter(out);
  }

  /** Prints one of this program's own sequences for terminals. */
  public static void control(PrintWriter out, String sequence) {
    own(out).print(sequence);
  }

  /** Where texts go that are this program's own to the last character, such as its help. */
  public static PrintWriter own(PrintWriter out) {
    return out instanceof EscapedWriter escaped ? escaped.raw : out;
  }

  @Override
  public void write(int c) {
    write(String.valueOf((char) c));
  }

  @Override
  public void write(char[] buffer, int offset, int length) {
    write(new String(buffer, offset, length));
  }

  @Override
  public void write(String text, int offset, int length) {
    raw.write(Printable.lines(text.substring(offset, offset + length)));
  }

  @Override
  public void write(String text) {
    write(text, 0, text.length());
  }
}
