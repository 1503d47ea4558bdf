package io.hydrasync.cli.admin;

import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.process.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A terminal's other screen, which is left as it was; or, where there is no terminal, lines below
 * each other. Not thread-safe.
 */
final class TopScreen implements AutoCloseable {
  private static final String ENTER = "\033[?1049h\033[?25l";
  private static final String LEAVE = "\033[?25h\033[?1049l";
  private static final String HOME = "\033[H";
  private static final String CLEAR_LINE = "\033[K";
  private static final String NEXT_LINE = CLEAR_LINE + "\r\n";
  private static final String CLEAR_REST = "\033[J";
  private static final Size STANDARD = new Size(24, 100);
  private static final Size PAPER = new Size(1_000, 200);

  private final PrintWriter out;
  private final boolean terminal;
  private final Thread atExit;
  private boolean closed;

  /** Rows and columns. */
  record Size(int rows, int columns) {}

  TopScreen(PrintWriter out) {
    this.out = out;
    terminal = Terminal.isInteractive();
    atExit = new Thread(this::leave, "hydra-top-exit");
    if (terminal) {
      Runtime.getRuntime().addShutdownHook(atExit);
      EscapedWriter.control(out, ENTER);
      out.flush();
    }
  }

  /** As the terminal is now; {@code stty} knows. */
  Size size() {
    if (!terminal) {
      return PAPER;
    }
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String[] parts =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
              .strip()
              .split(" ");
      Size size = new Size(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
      return size.rows > 0 && size.columns > 0 ? size : STANDARD;
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return STANDARD;
    }
  }

  /**
   * Shows lines.
   *
   * @throws IOException if nobody can see them: there would be no end
   */
  void draw(List<String> lines) throws IOException {
    if (!terminal) {
      lines.forEach(out::println);
      out.println();
    } else {
      redraw(lines);
    }
    Optional<IOException> failure = Results.take(out);
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  private void redraw(List<String> lines) {
    EscapedWriter.control(out, HOME);
    for (int i = 0; i < lines.size(); i++) {
      out.print(lines.get(i));
      EscapedWriter.control(out, i < lines.size() - 1 ? NEXT_LINE : CLEAR_LINE);
    }
    EscapedWriter.control(out, CLEAR_REST);
  }

  private synchronized void leave() {
    if (terminal && !closed) {
      closed = true;
      EscapedWriter.control(out, LEAVE);
      out.flush();
    }
  }

  @Override
  public void close() {
    leave();
    if (terminal) {
      try {
        Runtime.getRuntime().removeShutdownHook(atExit);
      } catch (IllegalStateException e) {
        // it is running
      }
    }
  }
}
