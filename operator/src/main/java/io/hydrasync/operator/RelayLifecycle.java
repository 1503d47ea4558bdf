package io.hydrasync.operator;

import java.time.Duration;

/** What only the program that runs a relay can do for its operator. Thread-safe. */
public interface RelayLifecycle {
  /**
   * How long sessions may go on where the operator who drains does not say.
   *
   * @return zero or more
   */
  Duration drainDelay();

  /**
   * How long the rest may take where the operator who drains does not say.
   *
   * @return zero or more
   */
  Duration drainTimeout();

  /**
   * Begins to wind the relay down and returns at once.
   *
   * @param delay how long sessions may go on
   * @param bound how long the rest may take
   */
  void drain(Duration delay, Duration bound);

  /**
   * Reads credentials and limits again.
   *
   * @return what has been read, in a few words
   * @throws IllegalArgumentException if something in there is wrong; nothing has changed then
   */
  String reload();
}
