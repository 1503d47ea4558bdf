package io.hydrasync.cli.console;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * What a command says on stderr: lines for people, or JSON objects, or nothing; and on a terminal
 * one line below them that shows how far it is. Thread-safe. Closing it takes that line away.
 */
public final class Console implements AutoCloseable {
  private final String name;
  private final PrintWriter err;
  private final boolean json;
  private final boolean quiet;
  private final ReentrantLock lock = new ReentrantLock();
  private final @Nullable StatusLine status;
  private @Nullable ProgressWatch watch;

  public Console(CommandLine command, OutputOptions options) {
    name = command.getCommandSpec().qualifiedName();
    err = command.getErr();
    json = options.isJson();
    quiet = options.isQuiet() && !json;
    status = err instanceof TerminalWriter terminal ? new StatusLine(terminal) : null;
  }

  /** Whether anything but errors is shown. */
  public boolean isQuiet() {
    return quiet;
  }

  /** Tells something: {@code line} to people, {@code event} to programs. */
  public void tell(Json event, String line) {
    if (!quiet) {
      print(json ? event.toString() : line);
    }
  }

  /** Tells something that happened, with the command's name before it. */
  public void say(Json event, String what) {
    tell(event.with("message", what), name + ": " + what);
  }

  /** Tells something that only programs want to know. */
  public void note(Json event) {
    if (json) {
      print(event.toString());
    }
  }

  /**
   * Makes sure that what was told has been written.
   *
   * @param consequence what it means if not, behind the failure
   */
  public void requireTold(String consequence) throws IOException {
    Optional<IOException> failure = Results.take(err);
    if (failure.isPresent()) {
      throw new IOException(failure.get().getMessage() + consequence, failure.get());
    }
  }

  /** Whether people look at it on a terminal. */
  public boolean isTerminal() {
    return err instanceof TerminalWriter;
  }

  /**
   * Shows people what they have asked for, even where everything else is quiet.
   *
   * @param lines of this program's own making, perhaps with colours
   */
  public void show(Supplier<String> lines) {
    if (!json) {
      print(EscapedWriter.own(err), lines.get());
    }
  }

  private void print(String line) {
    print(err, line);
  }

  private void print(PrintWriter to, String line) {
    lock.lock();
    try {
      clear();
      to.println(line);
      err.flush();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Shows how far the command is, again and again until this is closed; on a terminal only while it
   * is in the foreground, or it would be drawn over what is typed to the shell.
   */
  public void follow(Progress progress) {
    if (json) {
      watch = ProgressWatch.telling(() -> print(progress.event().toString()));
    } else if (!quiet && status != null) {
      watch = ProgressWatch.drawing(() -> draw(status, progress));
    }
  }

  private void draw(StatusLine line, Progress progress) {
    lock.lock();
    try {
      if (line.mayDraw()) {
        line.draw(progress::line);
      }
    } finally {
      lock.unlock();
    }
  }

  private void clear() {
    if (status != null) {
      status.clear();
    }
  }

  /** Tells what came of it: to people only if they watched, or asked for it. */
  public void summary(Progress progress, String verb, boolean verbose) {
    stopFollowing();
    if (verbose || json || isTerminal()) {
      tell(progress.last(), progress.figures().summary(verb));
    }
  }

  private void stopFollowing() {
    ProgressWatch last = watch;
    watch = null;
    if (last != null) {
      last.close();
    }
    lock.lock();
    try {
      clear();
      err.flush();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    stopFollowing();
  }
}
