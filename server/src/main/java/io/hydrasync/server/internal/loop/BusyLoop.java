package io.hydrasync.server.internal.loop;

/** An event loop that knows how long it has been at work. Thread-safe. */
public interface BusyLoop {
  /**
   * Nanoseconds in which it has not waited for something to do, since it began. That counts also
   * where its thread waited for a processor: who is behind it in a queue waits as long.
   */
  long busyNanos();
}
