package io.hydrasync.server;

/**
 * Told when a relay has met an error after which it can no longer be relied on: an {@link
 * OutOfMemoryError} of any kind (heap, direct memory, threads, classes), another {@link
 * VirtualMachineError} than a {@link StackOverflowError}, an event loop that has ended, a listener
 * that has closed by itself.
 *
 * <p>A relay within an application never ends the JVM: what is to be done is the application's
 * decision. A usual one is to end the process and have it started again, as {@code hydra relay}
 * does; what is closed instead may leave threads and memory behind, since closing needs memory,
 * too.
 */
@FunctionalInterface
public interface FatalErrorHandler {
  /**
   * Called once for each relay, with the first such error, on the thread that met it, which may be
   * one of the relay's event loops. Before the call {@link RelayOperator#fatalError()} has the
   * error. There may be no memory: whoever wants to be sure to do something must not allocate. It
   * must not block; what it throws is ignored.
   *
   * @param error what was met
   */
  void fatalError(Throwable error);
}
