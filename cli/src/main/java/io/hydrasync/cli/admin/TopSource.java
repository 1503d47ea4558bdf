package io.hydrasync.cli.admin;

import java.io.IOException;

/** Where what {@code hydra top} shows comes from. */
interface TopSource extends AutoCloseable {
  /** Asks, or has others ask. What has come so far is told to the view by {@link #see}. */
  void ask(TopView view, TopState state) throws IOException;

  /** Waits until all have answered, or have had time enough. */
  void await() throws InterruptedException;

  /** Tells the view what there is. */
  void see(TopView view, TopState state);

  @Override
  void close();
}
