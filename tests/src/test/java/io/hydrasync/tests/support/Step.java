package io.hydrasync.tests.support;

import java.io.IOException;

/** What a test does on a thread of its own, and what ends with the connection that it works on. */
public interface Step {
  void run() throws IOException;

  /** Runs a step on a daemon thread; that its connection has ended is no failure. */
  static void start(String name, Step step) {
    Thread thread =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (IOException e) {
                // one of the connections has ended, and with it this direction
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }
}
