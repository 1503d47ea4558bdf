package io.hydrasync.operator;

import java.time.Duration;
import java.util.Optional;

/** What only the program that runs a relay can do for its operator. Thread-safe. */
public interface RelayLifecycle {
  /**
   * Begins to wind the relay down and returns at once.
   *
   * @param delay how long sessions may go on, where the operator says so
   * @param bound how long the rest may take, where the operator says so
   */
  void drain(Optional<Duration> delay, Optional<Duration> bound);

  /**
   * Reads credentials and limits again.
   *
   * @return what has been read, in a few words
   * @throws IllegalArgumentException if something in there is wrong; nothing has changed then
   */
  String reload();
}
