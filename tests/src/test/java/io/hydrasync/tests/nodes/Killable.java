package io.hydrasync.tests.nodes;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A process of ours, and the signals that end, stop and resume it. For one thread. */
public final class Killable implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final Process process;
  private boolean frozen;

  public Killable(Process process) {
    this.process = process;
  }

  public Process process() {
    return process;
  }

  public boolean isAlive() {
    return process.isAlive() && !frozen;
  }

  /** SIGKILL; returns when it has gone. */
  public void kill() throws InterruptedException {
    frozen = false;
    process.destroyForcibly();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("process " + process.pid() + " does not end");
    }
  }

  /** SIGTERM; does not wait. */
  public void terminate() {
    process.destroy();
  }

  /** Returns when it has ended by itself. */
  public int awaitEnd() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("process " + process.pid() + " does not end");
    }
    return process.exitValue();
  }

  /** Stands still as a machine that hangs: its connections stay. */
  public void freeze() throws IOException, InterruptedException {
    signal("STOP");
    frozen = true;
  }

  /** Goes on. */
  public void thaw() throws IOException, InterruptedException {
    signal("CONT");
    frozen = false;
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " " + process.pid() + " fails");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly(); // a process that stands still ends by that, too
    process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join(); // and writes no more
  }
}
