package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.threads.Watchdog;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.protocol.wire.ForeignProtocol;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How a TCP connection to a relay is made, and what it means when that fails. Stateless. */
public final class RelaySocket {
  private RelaySocket() {}

  /** Shakes hands and joins over a socket that is connected. */
  public interface Opening<C> {
    C open(Socket socket, String where) throws IOException;

    /**
     * What may be the reason where the relay does not answer in time, as the end of a sentence;
     * empty if nothing is known. From any thread.
     */
    default String hint() {
      return "";
    }
  }

  /** Makes what is done over a socket, anew for each relay that is tried. */
  public interface Openings<C> {
    Opening<C> at(RelayRound.Stop stop);
  }

  /**
   * Connects and waits for that, as {@link #start} does.
   *
   * @throws AuthenticationException from the opening
   * @throws RelayException from the opening
   * @throws ConnectionException if the connection cannot be made or breaks
   * @throws InterruptedOperationException if the thread is interrupted; nothing stays open
   */
  public static <C> C open(
      ClientOptions options, Supplier<Opening<C>> openings, Consumer<? super C> discard) {
    return await(start(options, openings, discard));
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

  /** As the other one, for a client that does not come back. */
  public static <C> Attempt<C> start(
      ClientOptions options, Supplier<Opening<C>> openings, Consumer<? super C> discard) {
    RelayRound round = new RelayRound(options.relays(), System::nanoTime);
    return start(options, round, stop -> openings.get(), discard);
  }

  /**
   * Begins to connect to the next relay of a round, and if that is in vain to the one behind it.
   * The connect timeout counts for the look-up of a name together with the connection, whatever
   * number of addresses there is, and again for the opening as a whole; where there is another
   * relay to go to, less is waited for one that says nothing.
   *
   * @param discard closes a connection that is made too late
   */
  static <C> Attempt<C> start(
      ClientOptions options, RelayRound round, Openings<C> openings, Consumer<? super C> discard) {
    return Attempt.start(attempt -> open(options, round, openings, attempt), discard);
  }

  private static <C> C open(
      ClientOptions options, RelayRound round, Openings<C> openings, Attempt<C> attempt) {
    RoundProblems problems = new RoundProblems();
    round.begin();
    for (Optional<RelayRound.Stop> next = round.next(); next.isPresent(); next = round.next()) {
      RelayRound.Stop stop = next.get();
      Dial dial = new Dial(options, round, stop);
      try {
        return open(options, round, stop, dial, openings.at(stop), attempt);
      } catch (HydraException e) {
        if (attempt.isOver()) {
          throw e;
        }
        HydraException problem = round.failed(stop, dial.reached(), e);
        if (RoundProblems.endsRound(problem)) {
          throw problem;
        }
        problems.add(problem);
      }
    }
    throw problems.summary();
  }

  private static <C> C open(
      ClientOptions options,
      RelayRound round,
      RelayRound.Stop stop,
      Dial dial,
      Opening<C> opening,
      Attempt<C> attempt) {
    int timeout = options.connectTimeoutMs();
    Late<C> late = new Late<>(attempt, round);
    Socket socket;
    try {
      attempt.uses(dial);
      socket = late.within(round.patienceMs(stop, timeout), dial, dial::unconnected, dial::connect);
    } catch (IOException e) {
      throw dial.failed(e);
    }
    try {
      attempt.uses(socket);
      return late.within(
          round.limitMs(stop, timeout),
          socket,
          () -> dial.unanswered(opening.hint()),
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
   * What happens when the time for a step is over: the next relay is tried, and where there is none
   * whoever waits is told at once, whatever the step does.
   */
  private record Late<C>(Attempt<C> attempt, RelayRound round) {
    <T> T within(
        int ms, Closeable what, Supplier<ConnectionException> problem, Watchdog.Step<T> step)
        throws IOException {
      AtomicReference<@Nullable ConnectionException> late = new AtomicReference<>();
      try {
        return Watchdog.within(ms, () -> end(what, problem.get(), late), step);
      } catch (IOException | RuntimeException e) {
        ConnectionException why = late.get();
        if (why != null) {
          throw why;
        }
        throw e;
      }
    }

    private void end(
        Closeable what,
        ConnectionException problem,
        AtomicReference<@Nullable ConnectionException> late) {
      if (round.isAtLast()) {
        attempt.failed(problem);
      } else {
        late.set(problem);
        closeQuietly(what);
      }
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
            .map(e -> "broke the connection (" + Reasons.of(e) + ")")
            .orElse("closed the connection");
    String message =
        "the relay " + how + " during the handshake; does it serve " + wire + ", or is it full?";
    return problem.isEmpty() ? new EOFException(message) : new IOException(message, problem.get());
  }

  /**
   * Looks at the first bytes of what should be a relay.
   *
   * @throws IOException if another protocol begins like that
   */
  public static void requireNoForeign(byte[] first, int length) throws IOException {
    Optional<ForeignProtocol> foreign = ForeignProtocol.ofServer(first, length);
    if (foreign.isPresent()) {
      throw new IOException(
          "what answers there speaks "
              + foreign.get()
              + ", so it is no hydra relay; is the port right?");
    }
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
