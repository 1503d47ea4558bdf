package io.hydrasync.client.internal.threads;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.ScheduledFuture;

/**
 * Bounds what is done with a socket in time, however slowly the peer sends, by closing the socket.
 * A timeout of the socket's own would do for one read only, and each read of a socket that has ever
 * had one costs three system calls (try, wait, read) instead of one.
 */
public final class Watchdog {
  private Watchdog() {}

  /** Something to be done in time. */
  public interface Step<T> {
    T run() throws IOException;
  }

  /**
   * Does something.
   *
   * @param ms for how long at most, 1 or more
   * @param late done by the timer when that is over: it closes the socket, so that a blocked
   *     connect, read or write ends, and must neither block nor throw
   * @param step what is done
   * @return what it gives, also where that was too late
   * @throws IOException from the step
   */
  public static <T> T within(int ms, Runnable late, Step<T> step) throws IOException {
    ScheduledFuture<?> bite = ClientTimer.after(ms, late);
    try {
      return step.run();
    } finally {
      bite.cancel(false);
    }
  }

  /** What an operation meant whose socket was closed because its time was over. */
  public static SocketTimeoutException timedOut(String what, IOException closed) {
    SocketTimeoutException timeout = new SocketTimeoutException(what);
    timeout.initCause(closed);
    return timeout;
  }
}
