package io.hydrasync.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * The end of a time within which several reads of a socket have to be done, however slowly the peer
 * sends. Immutable.
 */
final class Deadline {
  private final long endNanos;

  private Deadline(long endNanos) {
    this.endNanos = endNanos;
  }

  static Deadline in(int ms) {
    return new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms));
  }

  /**
   * Makes the next read of the socket end in time.
   *
   * @return the time left in ms, 1 or more
   * @throws SocketTimeoutException if there is none
   */
  int apply(Socket socket) throws IOException {
    long left = endNanos - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("not done in time");
    }
    int ms = (int) (TimeUnit.NANOSECONDS.toMillis(left) + 1);
    socket.setSoTimeout(ms);
    return ms;
  }

  /**
   * Reads.
   *
   * @return {@code length} bytes, or fewer if the stream ends before
   * @throws SocketTimeoutException if they do not come in time
   */
  byte[] read(Socket socket, int length) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] bytes = new byte[length];
    int held = 0;
    while (held < length) {
      apply(socket);
      int n = in.read(bytes, held, length - held);
      if (n < 0) {
        return Arrays.copyOf(bytes, held);
      }
      held += n;
    }
    return bytes;
  }
}
