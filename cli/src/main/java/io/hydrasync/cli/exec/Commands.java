package io.hydrasync.cli.exec;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.process.Inherited;
import io.hydrasync.cli.process.Signals;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.cli.secret.Secrets;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The commands of recv and share, one at a time, and what becomes of them when this process ends:
 * none is started any more, and the one that runs is ended with all that it has started.
 * Thread-safe.
 */
public final class Commands {
  /** What signals are called, and the exit codes of whom they end. */
  private record Ending(String signal, int exitCode) {}

  private static final Ending INTERRUPT = new Ending("INT", 130);
  private static final List<Ending> ENDINGS =
      List.of(INTERRUPT, new Ending("TERM", 143), new Ending("HUP", 129));

  private final Duration grace;
  private final Console console;
  private @Nullable CommandTree running; // this and the rest under the monitor
  private boolean ended;
  private boolean signalled;
  private boolean told;

  /**
   * No commands yet.
   *
   * @param grace between SIGTERM and SIGKILL
   * @param console hears of processes that could not be ended
   */
  Commands(Duration grace, Console console) {
    this.grace = grace;
    this.console = console;
  }

  /**
   * Ends the process at the usual signals, as the JVM does by itself, but knows which it was and
   * hears a second one. A signal that was ignored when this process began stays so.
   */
  void hearSignals() {
    for (Ending ending : ENDINGS) {
      Signals.handle(ending.signal, () -> signalled(ending));
    }
  }

  private void signalled(Ending ending) {
    if (isFirst(ending)) {
      System.exit(ending.exitCode); // runs the hooks, one of which ends us
    }
  }

  private synchronized boolean isFirst(Ending ending) {
    boolean first = !signalled && !ended;
    signalled = true;
    if (first) {
      // Ctrl-C goes to all of a terminal's foreground, the command included: once is enough
      told = ending.equals(INTERRUPT) && Terminal.isForeground();
    } else if (running != null) {
      running.hurry();
    }
    return first;
  }

  /**
   * Starts a command, perhaps with another behind it that reads what it prints.
   *
   * @param builder of the command; its environment gets a mark and loses the secrets
   * @param reader does not belong to what is ended
   * @return the command, and its reader
   * @throws IOException if it cannot be run, or this process ends
   */
  public synchronized List<Process> start(ProcessBuilder builder, ProcessBuilder... reader)
      throws IOException {
    if (ended) {
      throw new IOException("no command is started any more, this process ends");
    }
    Secrets.hide(builder.environment());
    Inherited.restoreLocale(builder.environment());
    String mark = CommandTree.mark(builder.environment());
    List<Process> all =
        reader.length == 0
            ? List.of(builder.start())
            : ProcessBuilder.startPipeline(List.of(builder, reader[0]));
    running = CommandTree.of(all.get(0), mark);
    return all;
  }

  /** The command has done what it was for; what it has left behind on purpose is left alone. */
  public synchronized void done() {
    running = null;
  }

  /**
   * Ends the command that runs, or has failed, with what it has started. Blocks for the grace time
   * and 2 s at most.
   *
   * @return whether there was one
   */
  public boolean end() {
    CommandTree tree = running();
    if (tree == null) {
      return false;
    }
    int left = tree.end(delay(), grace);
    done();
    if (left > 0) {
      console.say(
          Json.event("warning"),
          left + (left == 1 ? " process" : " processes") + " of the command could not be ended");
    }
    return true;
  }

  /** The same, and no other one is started. */
  public boolean close() {
    synchronized (this) {
      ended = true;
    }
    return end();
  }

  private synchronized @Nullable CommandTree running() {
    return running;
  }

  private synchronized Duration delay() {
    return told ? grace.dividedBy(2) : Duration.ZERO;
  }
}
