package io.hydrasync.cli.demo;

/** A client of a demonstration, on a thread of its own: what goes wrong is told to its tally. */
final class DemoThread {
  private DemoThread() {}

  interface Work {
    void run() throws InterruptedException;
  }

  static Thread start(Tally tally, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (InterruptedException | RuntimeException e) {
                tally.fail(e);
              }
            },
            "demo-" + tally.name().replace(' ', '-'));
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
