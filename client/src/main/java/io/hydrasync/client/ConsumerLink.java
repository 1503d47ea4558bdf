package io.hydrasync.client;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.TimeoutException;
import io.hydrasync.protocol.wire.Control;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A consumer's connections to its relay, one after the other, each joined at the verifier's
 * position.
 *
 * <p>Threads: all belongs to the thread that receives, except {@link #close()}, which may be called
 * by anybody, and the PINGs of the shared timer, for which the lock over writing is there.
 */
final class ConsumerLink {
  private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long FOREVER = Long.MAX_VALUE;

  private final ClientOptions options;
  private final Terms terms;
  private final StreamVerifier verifier;
  private final BooleanSupplier stallOverdue;
  private final RetryPolicy retries;
  private final ReentrantLock writeLock = new ReentrantLock();
  private final ReentrantLock closeLock = new ReentrantLock();
  private final Condition closedCondition = closeLock.newCondition();
  private final ScheduledFuture<?> keepAlive;
  private volatile RelayConnection connection;
  private volatile boolean closed;
  private volatile long lastPingNanos = System.nanoTime();
  private long pings;

  /**
   * What a consumer asks for.
   *
   * @param waits whether to wait for a session that does not exist yet
   * @param overflow for this consumer
   * @param reconnectTimeout how long to try to get a connection back
   */
  record Terms(boolean waits, Overflow overflow, Duration reconnectTimeout) {}

  /**
   * Connects and joins, once.
   *
   * @param stallOverdue whether the thread that receives has something to tell once it is woken;
   *     called by the timer
   */
  ConsumerLink(
      ClientOptions options, Terms terms, StreamVerifier verifier, BooleanSupplier stallOverdue) {
    this.options = options;
    this.terms = terms;
    this.verifier = verifier;
    this.stallOverdue = stallOverdue;
    retries = new RetryPolicy(terms.reconnectTimeout, System::nanoTime);
    connection = connectOnce(new byte[0]);
    keepAlive = ClientTimer.everySecond(this::keepAlive);
  }

  RelayConnection connection() {
    return connection;
  }

  boolean isClosed() {
    return closed;
  }

  /** Something whole has come and was no error: the connection works. */
  void heard() {
    retries.heard();
  }

  /** The stream has moved on. */
  void progressed() {
    retries.progressed();
  }

  /** Whether nothing at all has come for so long that the relay counts as gone. */
  boolean isSilentTooLong() {
    return System.nanoTime() - connection.lastHeardNanos()
        >= TimeUnit.MILLISECONDS.toNanos(RelayConnection.LIVENESS_MS);
  }

  ConnectionException disconnected(String what, @Nullable Throwable cause) {
    String message = what + " (" + connection.where() + ")";
    return cause == null
        ? new ConnectionException(ErrorCode.DISCONNECTED, message)
        : new ConnectionException(ErrorCode.DISCONNECTED, message, cause);
  }

  // ---- connecting ----

  private RelayConnection connectOnce(byte[] buffer) {
    RelayConnection fresh = RelayConnection.open(options, this::join, buffer);
    Control.Joined joined = fresh.joined();
    verifier.connected(joined.id(), joined.seq());
    return fresh;
  }

  private Control.Join join(byte[] handshakeHash) {
    Beginning.Request request = verifier.request();
    return new Control.Join(
        Role.CONSUMER.wireCode(),
        terms.waits ? Control.FLAG_WAIT : 0,
        request.start(),
        terms.overflow.wireCode(),
        options.session().toBytes(),
        request.stream(),
        request.seq(),
        new byte[Control.RESUME_LENGTH],
        new byte[64],
        new byte[8],
        new byte[32]);
  }

  /**
   * Makes the connection anew, until it stands, the time is up, or the failure is one that will
   * come again.
   *
   * @param first why the last connection cannot be used any more
   * @param deadline by {@link System#nanoTime()}, or {@link Long#MAX_VALUE}
   * @return what is fatal, or null if a connection stands or this consumer is closed
   * @throws TimeoutException at the deadline; the call can be made again
   */
  @Nullable HydraException reconnect(HydraException first, long deadline) {
    release(connection);
    HydraException problem = first;
    while (!closed) {
      RetryPolicy.Decision decision = retries.after(problem, verifier.next());
      if (!decision.retry()) {
        return decision.outOfTime()
            ? new SessionTruncatedException(
                retries.describe() + ": " + problem.getMessage(), problem)
            : problem;
      }
      long wait = decision.waitNanos();
      awaitClosed(deadline == FOREVER ? wait : Math.min(wait, deadline - System.nanoTime()));
      if (deadline != FOREVER && System.nanoTime() - deadline >= 0) {
        throw new TimeoutException("no connection to the relay within the time given");
      }
      try {
        connectAgain();
        return null;
      } catch (HydraException e) {
        problem = e;
      }
    }
    return null;
  }

  private void connectAgain() {
    if (!closed) {
      RelayConnection fresh = connectOnce(connection.frames().buffer());
      connection = fresh;
      if (closed) {
        release(fresh);
      }
    }
  }

  // ---- keeping alive, closing ----

  private void keepAlive() {
    if (closed) {
      return;
    }
    RelayConnection current = connection;
    current.look();
    boolean wakes = current.isReading() && stallOverdue.getAsBoolean(); // by the PONG
    if (wakes || System.nanoTime() - lastPingNanos >= PING_NANOS) {
      lastPingNanos = System.nanoTime();
      ClientTimer.run(this::ping);
    }
  }

  private void ping() {
    if (writeLock.tryLock()) {
      try {
        if (!connection.isClosed()) {
          connection.write(new Control.Ping(++pings));
        }
      } catch (IOException e) {
        // whoever receives will notice
      } finally {
        writeLock.unlock();
      }
    }
  }

  /** Waits, unless this consumer is closed before. */
  private void awaitClosed(long nanos) {
    closeLock.lock();
    try {
      long left = nanos;
      while (!closed && left > 0) {
        left = closedCondition.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectionException(ErrorCode.DISCONNECTED, "interrupted while reconnecting", e);
    } finally {
      closeLock.unlock();
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
    keepAlive.cancel(false);
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
