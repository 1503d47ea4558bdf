package io.hydrasync.cli.console;

import io.hydrasync.protocol.check.Printable;
import java.util.function.IntFunction;

/**
 * One line below everything else on a terminal, drawn again and again. The cursor stays at its
 * beginning: when the terminal gets narrower and wraps the line, the cursor still is in front of
 * all that has to be cleared. Not thread-safe.
 */
public final class StatusLine {
  /** Cuts what is too long for a terminal that has just become narrower. */
  private static final String NO_WRAP = "\033[?7l";

  private static final String BACK = "\033[?7h\r";
  private static final String CLEAR = "\r\033[J";

  private final TerminalWriter out;
  private boolean drawn;

  public StatusLine(TerminalWriter out) {
    this.out = out;
  }

  /** Whether the terminal is this command's at the moment. */
  boolean mayDraw() {
    return out.size().mayDraw();
  }

  /**
   * Draws it in the place of the one before.
   *
   * @param line made for so many columns; what is more is cut
   */
  public void draw(IntFunction<String> line) {
    int columns = out.size().now().columns() - 1; // the last one would wrap in some terminals
    String shown = Printable.line(line.apply(columns));
    clear();
    EscapedWriter.control(out, NO_WRAP);
    out.print(shown.substring(0, Math.min(shown.length(), columns)));
    EscapedWriter.control(out, BACK);
    out.flush();
    drawn = true;
  }

  /** Takes it away; the next text begins where it began. */
  public void clear() {
    if (drawn) {
      EscapedWriter.control(out, CLEAR);
      out.flush();
      drawn = false;
    }
  }
}
