package io.hydrasync.cli.console;

import io.hydrasync.cli.process.WindowSize;
import java.io.PrintWriter;

/** A stderr that is a terminal, on which a line can be drawn again. */
public final class TerminalWriter extends EscapedWriter {
  private final WindowSize size;

  /**
   * A writer that flushes each line.
   *
   * @param out the terminal
   * @param size how large it is
   */
  public TerminalWriter(PrintWriter out, WindowSize size) {
    super(out);
    this.size = size;
  }

  WindowSize size() {
    return size;
  }
}
