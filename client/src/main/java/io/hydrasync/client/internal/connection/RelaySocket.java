package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.threads.Watchdog;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.RelayException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How a TCP connection to a relay is made, and what it means when that fails. Stateless. */
public final class RelaySocket {
  private RelaySocket() {}

  /** Shakes hands and joins over a socket that is connected. */
  public interface Opening<C> {
    C open(Socket socket, String where) throws IOException;
  }

  /**
   * Connects and waits for that, as {@link #start} does.
   *
   * @throws AuthenticationException from the opening
   * @throws RelayException from the opening
   * @throws ConnectionException if the connection cannot be made or breaks
   * @throws InterruptedOperationException if the thread is interrupted; nothing stays open
   */
  public static <C> C open(ClientOptions options, Opening<C> opening, Consumer<? super C> discard) {
    return await(start(options, opening, discard));
  }

  /** Waits for an attempt that is of no use later. */
  public static <C> C await(Attempt<C> attempt) {
    try {
      return attempt.await(Attempt.FOREVER);
    } catch (InterruptedOperationException e) {
      attempt.giveUp();
      throw e;
    }
  }

  /**
   * Begins to connect. The connect timeout counts for the look-up of the name together with the
   * connection, whatever number of addresses there is, and again for the opening as a whole.
   *
   * @param discard closes a connection that is made too late
   */
  public static <C> Attempt<C> start(
      ClientOptions options, Opening<C> opening, Consumer<? super C> discard) {
    return Attempt.start(attempt -> open(options, opening, attempt), discard);
  }

  private static <C> C open(ClientOptions options, Opening<C> opening, Attempt<C> attempt) {
    Dial dial = new Dial(options);
    int timeout = (int) Math.min(Integer.MAX_VALUE, options.connectTimeout().toMillis());
    Socket socket;
    try {
      attempt.uses(dial);
      socket = Watchdog.within(timeout, () -> attempt.failed(dial.unconnected()), dial::connect);
    } catch (IOException e) {
      throw dial.failed(e);
    }
    try {
      attempt.uses(socket);
      return Watchdog.within(
          timeout,
          () -> attempt.failed(dial.unanswered()),
          () -> opening.open(socket, dial.where()));
    } catch (RuntimeException | Error e) {
      closeQuietly(socket);
      throw e;
    } catch (IOException e) {
      closeQuietly(socket);
      throw dial.failed(e);
    }
  }

  /**
   * What it means when the relay ends a connection before it has said anything that makes sense:
   * with FIN, with a reset, or so that writing breaks. What it is can only be guessed.
   *
   * @param problem what was noticed, empty for FIN
   * @param wire what was spoken, and whether the relay does is the first thing to ask
   */
  public static IOException closedInHandshake(Optional<IOException> problem, String wire) {
    String how =
        problem
            .map(e -> "broke the connection (" + e.getMessage() + ")")
            .orElse("closed the connection");
    String message =
        "the relay " + how + " during the handshake; does it serve " + wire + ", or is it full?";
    return problem.isEmpty() ? new EOFException(message) : new IOException(message, problem.get());
  }

  /** What is said when a connection that stood has ended. */
  public static ConnectionException lost(
      String where, @Nullable String what, @Nullable Throwable cause) {
    String message = "the connection to the relay at " + where + " is lost: " + what;
    return cause == null
        ? new ConnectionException(ErrorCode.DISCONNECTED, message)
        : new ConnectionException(ErrorCode.DISCONNECTED, message, cause);
  }

  public static void closeQuietly(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // there is nothing that could still be done about it
    }
  }
}
