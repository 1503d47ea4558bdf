package io.hydrasync.client;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bounds what is done with a socket in time, however slowly the peer sends, by closing the socket.
 * A timeout of the socket's own would do for one read only, and each read of a socket that has ever
 * had one costs three system calls (try, wait, read) instead of one.
 */
final class Watchdog {
  private Watchdog() {}

  /** Something to be done in time. */
  interface Step<T> {
    T run() throws IOException;
  }

  /**
   * Does something.
   *
   * @param ms for how long at most, 1 or more
   * @param socket what is closed then; a blocked connect, read or write ends with that
   * @param step what is done
   * @return what it gives
   * @throws SocketTimeoutException if it was not done in time; the socket is closed
   * @throws IOException from the step
   */
  static <T> T within(int ms, Socket socket, Step<T> step) throws IOException {
    AtomicBoolean late = new AtomicBoolean();
    ScheduledFuture<?> bite =
        ClientTimer.after(
            ms,
            () -> {
              late.set(true);
              RelaySocket.closeQuietly(socket);
            });
    try {
      T result = step.run();
      if (!bite.cancel(false)) {
        throw new SocketTimeoutException("done too late");
      }
      return result;
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      if (late.get()) {
        throw timedOut("not done in time", e);
      }
      throw e;
    } finally {
      bite.cancel(false);
    }
  }

  /** What an operation meant whose socket was closed because its time was over. */
  static SocketTimeoutException timedOut(String what, IOException closed) {
    SocketTimeoutException timeout = new SocketTimeoutException(what);
    timeout.initCause(closed);
    return timeout;
  }
}
