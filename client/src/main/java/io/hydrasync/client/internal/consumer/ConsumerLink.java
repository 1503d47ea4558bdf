package io.hydrasync.client.internal.consumer;

import io.hydrasync.client.internal.connection.Attempt;
import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.RelayConnection;
import io.hydrasync.client.internal.connection.RelayRound;
import io.hydrasync.client.internal.connection.RelaySocket;
import io.hydrasync.client.internal.connection.RetryPolicy;
import io.hydrasync.client.internal.stream.Beginning;
import io.hydrasync.client.internal.stream.StreamVerifier;
import io.hydrasync.client.internal.threads.ClientTimer;
import io.hydrasync.client.internal.threads.ReceivingThread;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A consumer's connections to its relay, one after the other, each joined at the verifier's
 * position.
 *
 * <p>Threads: all belongs to the thread that receives, except {@link #close()}, which may be called
 * by anybody, and the looks and PINGs of the shared timer, for which the lock over writing is
 * there. Each connection is made by an {@link Attempt}, on a thread of its own, which goes on where
 * the receiving thread leaves because it was interrupted or its time was over.
 */
public final class ConsumerLink {
  private static final long FOREVER = Attempt.FOREVER;
  private static final int LOOKS_PER_STEP = ClientTimer.STEP_MS / ClientTimer.SHORT_STEP_MS;

  private final ClientOptions options;
  private final Terms terms;
  private final StreamVerifier verifier;
  private final BooleanSupplier overdue;
  private final ReceivingThread receiver;
  private final RelayRound round;
  private final RetryPolicy retries;
  private final ReentrantLock writeLock = new ReentrantLock();
  private final ReentrantLock closeLock = new ReentrantLock();
  private final Condition closedCondition = closeLock.newCondition();
  private final Runnable look = this::look;
  private final Interruption interruption = new Interruption();
  private volatile RelayConnection connection;
  private volatile @Nullable Attempt<RelayConnection> attempt;
  private volatile boolean closed;
  private volatile long lastPingNanos = System.nanoTime();
  private long pings; // under writeLock
  private int looks; // the timer's

  // Of the receiving thread: while there is no connection.
  private @Nullable HydraException lost;
  private boolean isAttemptDue;
  private long attemptAtNanos;

  /**
   * What a consumer asks for.
   *
   * @param waits whether to wait for a session that does not exist yet
   * @param overflow for this consumer
   * @param reconnectTimeout how long to be without a joined connection
   * @param nanos the clock for that, and for stalls, which never goes back
   */
  public record Terms(
      boolean waits, Overflow overflow, Duration reconnectTimeout, LongSupplier nanos) {}

  /**
   * Connects and joins, once.
   *
   * @param receiver knows which thread receives
   * @param overdue whether the thread that receives has something to do once it is woken; called by
   *     the timer
   */
  ConsumerLink(
      ClientOptions options,
      Terms terms,
      StreamVerifier verifier,
      ReceivingThread receiver,
      BooleanSupplier overdue) {
    this.options = options;
    this.terms = terms;
    this.verifier = verifier;
    this.receiver = receiver;
    this.overdue = overdue;
    round = new RelayRound(options.relays(), terms.nanos);
    retries = new RetryPolicy(terms.reconnectTimeout, terms.nanos, verifier.failures(), round);
    connection = RelaySocket.await(start());
    joined(connection);
    ClientTimer.often(look);
  }

  RelayConnection connection() {
    return connection;
  }

  boolean isClosed() {
    return closed;
  }

  /** The stream has moved on. */
  void progressed() {
    retries.progressed();
  }

  /** Whether nothing at all has come for so long that the relay counts as gone. */
  boolean isSilentTooLong() {
    return System.nanoTime() - connection.lastHeardNanos()
        >= TimeUnit.MILLISECONDS.toNanos(options.silenceMs());
  }

  ConnectionException disconnected(String what, @Nullable Throwable cause) {
    String message = what + " (" + connection.where() + ")";
    return cause == null
        ? new ConnectionException(ErrorCode.DISCONNECTED, message)
        : new ConnectionException(ErrorCode.DISCONNECTED, message, cause);
  }

  /** Whether the application has named more than one relay. */
  boolean hasOthers() {
    return round.isGivenSeveral();
  }

  /** Goes to the next relay. {@link #restore} makes the connection. */
  void leave() {
    round.leave();
    lost(disconnected("the relay has no producer for the session", null));
  }

  // ---- connecting ----

  /** What JOIN asks for is made here, since it is the receiving thread's. */
  private Attempt<RelayConnection> start() {
    Beginning.Request request = verifier.request();
    return RelayConnection.start(options, round, hash -> join(request));
  }

  private void joined(RelayConnection fresh) {
    retries.joined(System.nanoTime() - fresh.joinedAtNanos());
    verifier.connected(fresh.joined().id(), fresh.joined().seq());
  }

  private JoinMessage join(Beginning.Request request) {
    JoinMessage join =
        request.in(JoinMessage.of(Role.CONSUMER, options.session())).overflow(terms.overflow);
    return terms.waits ? join.waiting() : join;
  }

  /** Whether a connection stands, as far as is known. */
  boolean isUp() {
    return lost == null;
  }

  /** The connection cannot be used any more. {@link #restore} makes the next one. */
  void lost(HydraException why) {
    release(connection);
    lost = why;
    isAttemptDue = false;
  }

  /**
   * Makes the connection anew, until it stands, the time is up, or the failure is one that will
   * come again. Whoever is thrown out of this goes on in it at the next call.
   *
   * @param deadline by {@link System#nanoTime()}, or {@link Long#MAX_VALUE}
   * @return what is fatal, or null if a connection stands or this consumer is closed
   * @throws ReceiveTimeoutException at the deadline
   * @throws InterruptedOperationException if the thread is interrupted and would wait
   */
  @Nullable HydraException restore(long deadline) {
    while (lost != null && !closed) {
      HydraException problem = lost;
      Attempt<RelayConnection> current = attempt;
      if (current == null) {
        if (!isAttemptDue) {
          RetryPolicy.Decision decision = retries.after(problem, verifier.takeFailure());
          if (!decision.retry()) {
            return decision.outOfTime() ? gaveUp(problem) : problem;
          }
          isAttemptDue = true;
          attemptAtNanos = System.nanoTime() + decision.waitNanos();
        }
        awaitAttempt(deadline);
        retries.idle(Math.max(0, System.nanoTime() - attemptAtNanos));
        current = attempt();
      }
      await(current, deadline);
    }
    return null;
  }

  private SessionTruncatedException gaveUp(HydraException problem) {
    return new SessionTruncatedException(retries.describe() + ": " + problem.getMessage(), problem);
  }

  private Attempt<RelayConnection> attempt() {
    Attempt<RelayConnection> fresh = start();
    attempt = fresh;
    if (closed) {
      fresh.giveUp();
    }
    return fresh;
  }

  private void await(Attempt<RelayConnection> current, long deadline) {
    try {
      RelayConnection fresh = current.await(deadline);
      connection = fresh;
      lost = null;
      attempt = null;
      joined(fresh);
      if (closed) {
        release(fresh);
      }
    } catch (ReceiveTimeoutException | InterruptedOperationException e) {
      throw e; // the attempt goes on
    } catch (HydraException e) {
      attempt = null;
      lost = e;
      isAttemptDue = false;
    }
  }

  /** Waits until the next attempt is due, unless this consumer is closed before. */
  private void awaitAttempt(long deadline) {
    closeLock.lock();
    try {
      long left = attemptAtNanos - System.nanoTime();
      while (!closed && left > 0) {
        long until = deadline == FOREVER ? left : Math.min(left, deadline - System.nanoTime());
        if (until <= 0) {
          throw new ReceiveTimeoutException("no connection to the relay within the time given");
        }
        closedCondition.awaitNanos(until);
        left = attemptAtNanos - System.nanoTime();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedOperationException("interrupted while reconnecting", e);
    } finally {
      closeLock.unlock();
    }
  }

  // ---- keeping alive, closing ----

  /** By the timer. */
  private void look() {
    RelayConnection current = connection;
    if (closed) {
      return;
    }
    interruption.look(current);
    current.look(options.silenceMs());
    if (++looks % LOOKS_PER_STEP == 0) {
      boolean wakes = current.isReading() && overdue.getAsBoolean(); // by the PONG
      if (wakes || System.nanoTime() - lastPingNanos >= options.heartbeat().toNanos()) {
        ClientTimer.run(this::ping);
        lastPingNanos = System.nanoTime();
      }
    }
  }

  /**
   * Wakes a thread that is interrupted while it waits for bytes, which a thread of the platform
   * does not notice by itself: by a PONG, so that the connection stays, and where none comes in
   * half a second, by closing the connection. For the timer.
   */
  private final class Interruption {
    private static final int LOOKS_FOR_PONG = 500 / ClientTimer.SHORT_STEP_MS;

    private int seen;
    private int reads;

    void look(RelayConnection current) {
      Thread waiting = receiver.owner();
      if (waiting == null || !waiting.isInterrupted() || !current.isReading()) {
        seen = 0;
      } else if (seen == 0 || current.reads() != reads) {
        seen = 1;
        reads = current.reads();
        ClientTimer.run(ConsumerLink.this::ping);
      } else if (++seen > LOOKS_FOR_PONG) {
        current.close();
      }
    }
  }

  private void ping() {
    if (writeLock.tryLock()) {
      try {
        RelayConnection current = connection;
        if (!current.isClosed()) {
          current.write(new PingMessage(++pings));
        }
      } catch (IOException e) {
        // whoever receives will notice
      } catch (Error e) { // as when there is no memory: a record may be half written
        connection.close(); // so that whoever receives notices at once
        throw e;
      } finally {
        writeLock.unlock();
      }
    }
  }

  void close() {
    closeLock.lock();
    try {
      closed = true;
      closedCondition.signalAll();
    } finally {
      closeLock.unlock();
    }
    ClientTimer.noLonger(look);
    Attempt<RelayConnection> current = attempt;
    if (current != null) {
      current.giveUp();
    }
    release(connection);
  }

  /** Closes a connection and zeroes its keys; a read in progress ends with an exception. */
  private void release(RelayConnection last) {
    last.close();
    last.destroyReader();
    writeLock.lock(); // no write blocks for long: the socket is closed
    try {
      last.destroyWriter();
    } finally {
      writeLock.unlock();
    }
  }
}
