package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.threads.ClientThreads;
import io.hydrasync.protocol.check.Reasons;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one of several addresses, in the spirit of RFC 8305: the next one is tried when the
 * last has failed, or has not answered for a quarter of a second, while those before it may still
 * answer. The first to be connected wins; all others are closed, unused. What happens over the
 * connection is no part of the race. Run once, by one thread; {@link #close} and {@link #describe}
 * may be called by any, and never block.
 */
final class ConnectRace implements Closeable {
  /** So many are tried. */
  static final int MAX_ADDRESSES = 16;

  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int MAX_REASON = 120;

  private final List<InetSocketAddress> addresses;
  private final Supplier<Socket> sockets;
  final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock, which nobody holds while he connects.
  private final List<Runner> runners = new ArrayList<>();
  private @Nullable Socket winner;
  private boolean over;
  private long nextAtNanos;

  /** One address. Under the lock of the race, but for its socket. */
  private static final class Runner {
    private final InetSocketAddress to;
    private final Socket socket;
    private @Nullable Throwable problem;

    Runner(InetSocketAddress to, Socket socket) {
      this.to = to;
      this.socket = socket;
    }

    String describe() {
      Throwable why = problem;
      String reason = why == null ? "no answer" : reason(why);
      return to.getAddress().getHostAddress() + ": " + reason;
    }
  }

  /**
   * A race.
   *
   * @param addresses in the order in which they are to be tried, one at least
   */
  ConnectRace(List<InetSocketAddress> addresses) {
    this(addresses, Socket::new);
  }

  /** As the other one, with sockets from somewhere else, which have no descriptor yet. */
  ConnectRace(List<InetSocketAddress> addresses, Supplier<Socket> sockets) {
    this.addresses = List.copyOf(addresses);
    this.sockets = sockets;
  }

  /**
   * Runs it.
   *
   * @return a connected socket; the caller closes it
   * @throws ConnectException if no address can be reached; says each with its reason
   * @throws SocketException if the race was closed
   */
  Socket run() throws IOException {
    if (addresses.size() == 1) {
      enter().ifPresent(this::connect); // on this thread, which has nothing else to wait for
    }
    lock.lock();
    @Nullable Socket wanted = null;
    try {
      while (winner == null) {
        step();
      }
      wanted = winner;
      return winner;
    } finally {
      end(wanted); // an interrupt may have come just behind a winner, whom nobody gets then
      lock.unlock();
    }
  }

  private void step() throws IOException {
    if (over) {
      throw new SocketException("given up");
    }
    long leftNanos = nextAtNanos - System.nanoTime();
    boolean isAnyLeft = runners.size() < limit();
    if (isAnyLeft && (runners.isEmpty() || leftNanos <= 0)) {
      enter().ifPresent(this::start);
    } else if (!isAnyLeft && runners.stream().allMatch(runner -> runner.problem != null)) {
      throw unreachable();
    } else {
      await(isAnyLeft ? leftNanos : Long.MAX_VALUE);
    }
  }

  private int limit() {
    return Math.min(addresses.size(), MAX_ADDRESSES);
  }

  /** The next one, if it can run: it has a socket, and the race has not been closed before. */
  private Optional<Runner> enter() {
    lock.lock();
    try {
      Runner next = new Runner(addresses.get(runners.size()), sockets.get());
      runners.add(next);
      nextAtNanos = System.nanoTime() + STEP_NANOS;
      return !over && makeDescriptor(next) ? Optional.of(next) : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Under the lock, and not where it connects: before JDK 21 a socket that is closed while its
   * descriptor is being made keeps that until the next garbage collection. One that does not get
   * any is but this address's problem.
   */
  private boolean makeDescriptor(Runner runner) {
    try {
      runner.socket.setTcpNoDelay(true);
      return true;
    } catch (IOException | RuntimeException | Error e) {
      arrived(runner, e);
      return false;
    }
  }

  private void start(Runner runner) {
    try {
      ClientThreads.startLikeCaller("hydra-connect", () -> connect(runner));
    } catch (OutOfMemoryError e) { // there are no more threads
      arrived(runner, e);
    }
  }

  private void connect(Runner runner) {
    Throwable problem = null;
    try {
      runner.socket.connect(runner.to);
    } catch (Throwable e) { // nobody else would tell the one who runs the race
      problem = e;
    }
    arrived(runner, problem);
  }

  private void arrived(Runner runner, @Nullable Throwable problem) {
    lock.lock();
    try {
      runner.problem = problem;
      if (problem != null) {
        nextAtNanos = System.nanoTime();
      }
      if (problem != null || over) {
        RelaySocket.closeQuietly(runner.socket);
      } else {
        winner = runner.socket;
        over = true; // whoever comes later has lost
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void await(long nanos) throws InterruptedIOException {
    try {
      changed.awaitNanos(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while connecting");
    }
  }

  private void end(@Nullable Socket wanted) {
    over = true;
    winner = wanted;
    for (Runner runner : runners) {
      if (runner.socket != wanted) {
        RelaySocket.closeQuietly(runner.socket);
      }
    }
  }

  private IOException unreachable() {
    for (Runner runner : runners) {
      if (runner.problem instanceof Error error) {
        throw error; // no address is at fault
      }
    }
    Throwable first = runners.get(0).problem;
    if (runners.size() == 1 && first instanceof IOException only) {
      return only;
    }
    ConnectException all = new ConnectException("no address can be reached");
    runners.forEach(runner -> all.addSuppressed(runner.problem));
    return all;
  }

  private static String reason(Throwable problem) {
    String text = Reasons.of(problem);
    return text.length() > MAX_REASON ? text.substring(0, MAX_REASON) + "..." : text;
  }

  /** The address that has won, empty while there is none. */
  Optional<InetSocketAddress> winner() {
    lock.lock();
    try {
      return runners.stream()
          .filter(runner -> runner.socket == winner)
          .map(runner -> runner.to)
          .findFirst();
    } finally {
      lock.unlock();
    }
  }

  /** The addresses that it is known of what came of them: the winner, and those that failed. */
  List<InetSocketAddress> decided() {
    lock.lock();
    try {
      return runners.stream()
          .filter(runner -> runner.socket == winner || runner.problem != null)
          .map(runner -> runner.to)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** Each address that was tried, with what came of it. */
  String describe() {
    lock.lock();
    try {
      String tried = runners.stream().map(Runner::describe).collect(Collectors.joining("; "));
      int untried = addresses.size() - limit();
      return untried == 0 ? tried : tried + "; " + untried + " more were not tried";
    } finally {
      lock.unlock();
    }
  }

  /** Nobody wants a connection any more: {@link #run} throws. Does nothing once it has returned. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (!over) {
        end(null);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }
}
