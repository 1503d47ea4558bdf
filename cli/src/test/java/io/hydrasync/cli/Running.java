package io.hydrasync.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;

/** A command that runs in this JVM, on a thread of its own, and can be listened to meanwhile. */
public final class Running {
  private final StringWriter out =
      new StringWriter(); // its methods are synchronized, by its buffer
  private final StringWriter err = new StringWriter();
  private final Thread thread;
  private volatile int code;

  private Running(String... args) {
    thread =
        new Thread(
            () -> code = Main.run(new PrintWriter(out), new PrintWriter(err), args), args[0]);
    thread.setDaemon(true);
    thread.start();
  }

  public static Running start(String... args) {
    return new Running(args);
  }

  /** What it has said so far. */
  public String err() {
    return err.toString();
  }

  /** Waits until it has said something on stderr. */
  public void awaitErr(String text) throws IOException {
    Eventually.await(text, () -> err().contains(text));
  }

  /** Waits for its end. */
  public Cli end() throws InterruptedException {
    thread.join();
    return new Cli(code, out.toString(), err.toString());
  }
}
