package io.hydrasync.testing;

import java.io.IOException;

/**
 * What happens to the bytes of one direction of one connection on their way through a {@link
 * RelayProxy}. Called by one thread at a time, which does nothing else: a method may block, and
 * holds up this direction alone while it does. What it throws cuts the connection.
 */
public interface Passage {
  /** Passes everything on as it comes. */
  Passage UNCHANGED = (link, bytes, length) -> link.write(bytes, 0, length);

  /** Makes the passage of each direction of each connection. Thread-safe. */
  @FunctionalInterface
  interface Factory {
    /**
     * A connection has come.
     *
     * @param link the direction, with which a passage may do something only when it is called
     * @return what happens to its bytes
     */
    Passage open(Link link);
  }

  /**
   * How many bytes may be read next; who gives less than has come leaves the rest in the socket,
   * and its sender gets stuck in time. May block until something may pass.
   *
   * @return 1 or more; the proxy reads no more than its buffer holds
   * @throws IOException cuts the connection
   * @throws InterruptedException cuts the connection
   */
  default int most() throws IOException, InterruptedException {
    return Integer.MAX_VALUE;
  }

  /**
   * Bytes have come. What is to go on is written to the link, now or later.
   *
   * @param link this direction
   * @param bytes belongs to the proxy; may be changed, and is used again behind the call
   * @param length how many of them, from the first on
   * @throws IOException cuts the connection
   * @throws InterruptedException cuts the connection
   */
  void pass(Link link, byte[] bytes, int length) throws IOException, InterruptedException;

  /**
   * The sender has ended this direction, which its receiver is told behind this call: a network
   * that passes nothing on passes no end on, either. Does nothing by itself.
   *
   * @param link this direction
   * @throws IOException cuts the connection
   * @throws InterruptedException cuts the connection
   */
  default void end(Link link) throws IOException, InterruptedException {}
}
