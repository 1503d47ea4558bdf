package io.hydrasync.testing;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * One direction of a connection through a {@link RelayProxy}. Thread-safe, but only one thread may
 * write.
 */
public interface Link {
  /** Where bytes go. */
  enum Direction {
    /** From a client to the relay. */
    TO_RELAY,
    /** From the relay to a client. */
    TO_CLIENT
  }

  /** How a connection ends. */
  enum Cut {
    /** With a FIN in both directions; what has been written arrives. */
    FIN,
    /** With a RST, so that what is in flight is lost. */
    RST
  }

  /**
   * Which connection it is.
   *
   * @return from 0, in the order in which they came
   */
  int connection();

  /**
   * Who has connected, which tells a proxy's clients apart.
   *
   * @return the client's end of the connection to the proxy
   */
  InetSocketAddress client();

  /**
   * Which direction it is.
   *
   * @return where its bytes go
   */
  Direction direction();

  /**
   * Writes bytes to the end of this direction. Blocks while that end takes none.
   *
   * @param bytes not kept
   * @param offset of the first
   * @param length how many
   * @throws IOException if the connection has ended
   */
  void write(byte[] bytes, int offset, int length) throws IOException;

  /**
   * Ends the connection, in both directions. What happens behind it fails with {@link IOException}.
   *
   * @param how what either end sees
   * @return false if it had ended already
   */
  boolean cut(Cut how);

  /**
   * Whether the connection has ended.
   *
   * @return true once it is cut, or closed with the proxy
   */
  boolean isCut();
}
