package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.RelayException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How a TCP connection to a relay is made, and what it means when that fails. Stateless. */
final class RelaySocket {
  private RelaySocket() {}

  /** Shakes hands and joins over a socket that is connected. */
  interface Opening<C> {
    C open(Socket socket, String where) throws IOException;
  }

  /** Looks up a host's name. */
  interface Lookup {
    InetSocketAddress find(InetSocketAddress relay) throws IOException;
  }

  /**
   * Connects and waits for that, as {@link #start} does.
   *
   * @throws AuthenticationException from the opening
   * @throws RelayException from the opening
   * @throws ConnectionException if the connection cannot be made or breaks
   * @throws InterruptedOperationException if the thread is interrupted; nothing stays open
   */
  static <C> C open(ClientOptions options, Opening<C> opening, Consumer<? super C> discard) {
    return await(start(options, opening, discard));
  }

  /** Waits for an attempt that is of no use later. */
  static <C> C await(Attempt<C> attempt) {
    try {
      return attempt.await(Attempt.FOREVER);
    } catch (InterruptedOperationException e) {
      attempt.giveUp();
      throw e;
    }
  }

  /**
   * Begins to connect. The connect timeout counts for the look-up of the name together with the
   * connection, and again for the opening as a whole.
   *
   * @param discard closes a connection that is made too late
   */
  static <C> Attempt<C> start(
      ClientOptions options, Opening<C> opening, Consumer<? super C> discard) {
    return start(options, opening, discard, RelaySocket::resolved);
  }

  /** As above, with another way to look up names. */
  static <C> Attempt<C> start(
      ClientOptions options, Opening<C> opening, Consumer<? super C> discard, Lookup lookup) {
    return Attempt.start(attempt -> open(options, opening, lookup, attempt), discard);
  }

  private static <C> C open(
      ClientOptions options, Opening<C> opening, Lookup lookup, Attempt<C> attempt) {
    String where = options.relay().getHostString() + ":" + options.relay().getPort();
    int timeout = (int) Math.min(Integer.MAX_VALUE, options.connectTimeout().toMillis());
    Runnable late =
        () ->
            attempt.failed(
                new ConnectionException(
                    ErrorCode.TIMEOUT, "the relay at " + where + " does not answer in time"));
    Socket socket = new Socket();
    try {
      attempt.uses(socket);
      socket.setTcpNoDelay(true);
      Watchdog.within(
          timeout,
          late,
          () -> {
            InetSocketAddress address = lookup.find(options.relay());
            socket.connect(address);
            return address;
          });
      return Watchdog.within(timeout, late, () -> opening.open(socket, where));
    } catch (RuntimeException | Error e) {
      closeQuietly(socket);
      throw e;
    } catch (IOException e) {
      closeQuietly(socket);
      throw unreachable(where, e);
    }
  }

  private static HydraException unreachable(String where, IOException problem) {
    return new ConnectionException(
        ErrorCode.DISCONNECTED,
        "cannot reach the relay at " + where + ": " + problem.getMessage(),
        problem);
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
