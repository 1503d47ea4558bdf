package io.hydrasync.cli.demo;

import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.process.Terminal;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * Where the demo shows itself: on a terminal the same lines are drawn again and again, elsewhere
 * only what is worth keeping is printed. Not thread-safe.
 */
final class DemoScreen {
  private static final String UP = "\033[%dA";
  private static final String CLEAR_LINE = "\033[K";

  private final PrintWriter out;
  private final boolean terminal;
  private int drawn;

  DemoScreen(PrintWriter out) {
    this(out, Terminal.isInteractive());
  }

  DemoScreen(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  boolean redraws() {
    return terminal;
  }

  /** Puts lines in the place of those drawn before. */
  void draw(List<String> lines) {
    if (drawn > 0) {
      EscapedWriter.control(out, String.format(Locale.ROOT, UP, drawn));
    }
    for (String line : lines) {
      out.print(line);
      EscapedWriter.control(out, CLEAR_LINE);
      out.println();
    }
    out.flush();
    drawn = lines.size();
  }

  /** Prints a line that stays. */
  void print(String line) {
    out.println(line);
    out.flush();
    drawn = 0;
  }
}
