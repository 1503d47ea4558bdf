package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/** How a TCP connection to a relay is made, and what it means when that fails. Stateless. */
final class RelaySocket {
  private RelaySocket() {}

  /** Shakes hands and joins over a socket that is connected. */
  interface Opening<C> {
    C open(Socket socket, String where) throws IOException;
  }

  /**
   * Connects. The connect timeout counts for the connection, and again for the opening as a whole.
   *
   * @throws AuthenticationException from the opening
   * @throws RelayException from the opening
   * @throws ConnectionException if the connection cannot be made or breaks
   */
  static <C> C open(ClientOptions options, Opening<C> opening) {
    String where = options.relay().getHostString() + ":" + options.relay().getPort();
    Socket socket = new Socket();
    try {
      int timeout = (int) Math.min(Integer.MAX_VALUE, options.connectTimeout().toMillis());
      socket.setTcpNoDelay(true);
      InetSocketAddress address = resolved(options.relay());
      Watchdog.within(
          timeout,
          socket,
          () -> {
            socket.connect(address);
            return address;
          });
      return Watchdog.within(timeout, socket, () -> opening.open(socket, where));
    } catch (RuntimeException e) {
      closeQuietly(socket);
      throw e;
    } catch (SocketTimeoutException e) {
      closeQuietly(socket);
      throw new ConnectionException(
          ErrorCode.TIMEOUT, "the relay at " + where + " does not answer in time", e);
    } catch (IOException e) {
      closeQuietly(socket);
      throw new ConnectionException(
          ErrorCode.DISCONNECTED, "cannot reach the relay at " + where + ": " + e.getMessage(), e);
    }
  }

  private static InetSocketAddress resolved(InetSocketAddress address) throws IOException {
    if (!address.isUnresolved()) {
      return address;
    }
    InetSocketAddress found = new InetSocketAddress(address.getHostString(), address.getPort());
    if (found.isUnresolved()) {
      throw new IOException("unknown host " + address.getHostString());
    }
    return found;
  }

  /** What is said when a connection that stood has ended. */
  static ConnectionException lost(String where, @Nullable String what, @Nullable Throwable cause) {
    String message = "the connection to the relay at " + where + " is lost: " + what;
    return cause == null
        ? new ConnectionException(ErrorCode.DISCONNECTED, message)
        : new ConnectionException(ErrorCode.DISCONNECTED, message, cause);
  }

  static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // there is nothing that could still be done about it
    }
  }
}
