package io.hydrasync.cli.console;

import io.hydrasync.cli.process.WindowSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/**
 * A terminal's other screen, all of which is drawn again and again; closing it, or the end of the
 * JVM, gives back the first one as it was. Lines are not wrapped on it, so that nothing is left of
 * them when the terminal gets narrower. Not thread-safe.
 */
public final class FullScreen implements AutoCloseable {
  private static final String ENTER = "\033[?1049h\033[?25l\033[?7l";
  private static final String LEAVE = "\033[?7h\033[?25h\033[?1049l";
  private static final String HOME = "\033[H";
  private static final String CLEAR_LINE = "\033[K";
  private static final String NEXT_LINE = "\r\n";
  private static final String CLEAR_REST = "\033[J";

  private final PrintWriter out;
  private final boolean colours;
  private final WindowSize size;
  private final Thread atExit;
  private boolean closed;

  /**
   * Takes the terminal.
   *
   * @param out the terminal
   * @param size how large it is
   * @param colours whether to use them
   */
  public FullScreen(PrintWriter out, WindowSize size, boolean colours) {
    this.out = out;
    this.size = size;
    this.colours = colours;
    atExit = new Thread(this::leave, "hydra-screen-exit");
    Runtime.getRuntime().addShutdownHook(atExit);
    EscapedWriter.control(out, ENTER);
    out.flush();
  }

  public WindowSize size() {
    return size;
  }

  /**
   * Shows lines; what does not fit is left out.
   *
   * @throws IOException if nobody can see them: there would be no end
   */
  public synchronized void draw(List<StyledLine> lines) throws IOException {
    if (closed) {
      return;
    }
    WindowSize.Size now = size.now();
    EscapedWriter.control(out, HOME);
    int rows = Math.min(lines.size(), now.rows());
    for (int i = 0; i < rows; i++) {
      StyledLine line = lines.get(i).cut(now.columns());
      line.print(out, colours);
      if (line.text().length() < now.columns()) { // or the last character would go
        EscapedWriter.control(out, CLEAR_LINE);
      }
      if (i < rows - 1) {
        EscapedWriter.control(out, NEXT_LINE);
      }
    }
    if (rows < now.rows()) {
      EscapedWriter.control(out, NEXT_LINE + CLEAR_REST);
    }
    Optional<IOException> failure = Results.take(out);
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  private synchronized void leave() {
    if (!closed) {
      closed = true;
      EscapedWriter.control(out, LEAVE);
      out.flush();
    }
  }

  @Override
  public void close() {
    leave();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // it is running
    }
  }
}
