package io.hydrasync.cli.console;

import java.io.PrintWriter;
import java.util.function.IntSupplier;

/** A stderr that is a terminal, on which a line can be drawn again. */
public final class TerminalWriter extends EscapedWriter {
  private final IntSupplier columns;

  /**
   * A writer that flushes each line.
   *
   * @param out the terminal
   * @param columns asked for its width now and then
   */
  public TerminalWriter(PrintWriter out, IntSupplier columns) {
    super(out);
    this.columns = columns;
  }

  int columns() {
    return columns.getAsInt();
  }
}
