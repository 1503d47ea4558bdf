package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.threads.ClientTimer;
import io.hydrasync.client.internal.threads.Patience;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The end of a producer on wire 2: closed, left or given up, by one thread; others that ask for it
 * wait for that one. Each bound is kept by the timer: it ends what is waited for, and then closes
 * the connection, which frees whoever is stuck in it. An interrupt shortens nothing. Thread-safe.
 */
final class ProducerEnd {
  private static final long FIN_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int ABORT_MS = 2_000;

  /** How long what is given up may take to say so. */
  private static final int LAST_WORDS_MS = 500;

  private static final long LAST_WORDS_NANOS = TimeUnit.MILLISECONDS.toNanos(LAST_WORDS_MS);

  private final ProducerLink link;
  private final ProducerStatus status;
  private final Outbox outbox;
  private final ReentrantLock sending;
  private final Runnable stop;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CountDownLatch over = new CountDownLatch(1);

  /** Why the relay may not have got everything, once it is over. */
  private volatile @Nullable HydraException outcome;

  /**
   * Nothing has ended so far.
   *
   * @param sending held by who sends
   * @param stop ends all work in the background and closes the link
   */
  ProducerEnd(ProducerLink link, Outbox outbox, ReentrantLock sending, Runnable stop) {
    this.link = link;
    status = link.status();
    this.outbox = outbox;
    this.sending = sending;
    this.stop = stop;
  }

  /** Ends the session; does nothing if it has ended. */
  void close(long nanos) {
    within(
        nanos,
        () -> {
          HydraException problem = status.failure();
          if (problem != null) {
            throw ProducerWire.notEnded(problem);
          }
          outbox.end(true);
          link.bye();
          link.awaitFin(FIN_NANOS);
          checkNothingLost();
        });
  }

  /** Leaves the session; does nothing if it has ended. */
  void leave() {
    within(
        Long.MAX_VALUE,
        () -> {
          HydraException problem = status.failure();
          if (problem != null) {
            throw problem;
          }
          outbox.end(false);
          link.finishOutput();
          link.awaitFin(FIN_NANOS);
          checkNothingLost();
        });
  }

  private void checkNothingLost() {
    if (link.stream().hasLostFrames()) {
      throw new ConnectionException(
          ErrorCode.DISCONNECTED,
          "another producer had taken this session: messages that the relay had not acknowledged"
              + " by then were not sent again. What came later has been sent, and ended");
    }
  }

  /** Gives the session up; does nothing if it has ended. Never throws. */
  void abort() {
    if (isOver()) {
      return;
    }
    long began = System.nanoTime();
    ScheduledFuture<?> cut = ClientTimer.after(ABORT_MS, link::cut);
    try {
      status.closing(); // whoever waits leaves, also one who closes
      if (begun.compareAndSet(false, true)) {
        end(
            () -> {
              outcome = ProducerStatus.closed();
              lastWords(TimeUnit.MILLISECONDS.toNanos(ABORT_MS) - (System.nanoTime() - began));
            });
      } else {
        Patience.await(Long.MAX_VALUE, this::awaitOver);
      }
    } finally {
      cut.cancel(false);
    }
  }

  /**
   * What broadcasts have returned for, and BYE. By the one thread that ends this producer, once
   * nobody else is in the outbox: somebody may have been there for a moment, such as the thread
   * that sends what is due, and have left what it found to whoever ends the producer.
   */
  private void lastWords(long nanos) {
    if (status.failure() == null) {
      outbox.sendKept();
      link.bye();
      link.awaitFin(nanos);
    }
  }

  private void within(long nanos, Runnable step) {
    if (isOver()) {
      return;
    }
    Bound bound = new Bound(nanos);
    status.ending(); // whoever waits to send leaves
    try {
      if (begun.compareAndSet(false, true)) {
        end(step);
      } else {
        Patience.await(Long.MAX_VALUE, this::awaitOver);
        HydraException problem = outcome;
        if (problem != null) {
          throw ProducerWire.notEnded(problem);
        }
      }
    } catch (HydraException e) {
      throw bound.isOver ? bound.timeout() : e;
    } finally {
      bound.cancel();
    }
  }

  private boolean isOver() {
    return over.getCount() == 0;
  }

  private boolean awaitOver(long nanos) throws InterruptedException {
    return over.await(nanos, TimeUnit.NANOSECONDS);
  }

  /** The one thread that ends this producer. */
  private void end(Runnable step) {
    link.endsHere();
    boolean interrupted = Thread.interrupted(); // it would close the socket of a virtual thread
    try {
      sending.lock(); // whoever was sending has left, and nobody comes in any more
      sending.unlock();
      step.run();
    } catch (ClosedException e) {
      outcome = e;
      lastWords(LAST_WORDS_NANOS);
      throw new ClosedException(
          "this producer was given up before everything was in the relay's log", e);
    } catch (HydraException e) {
      outcome = e;
      throw e;
    } catch (RuntimeException | Error e) { // such as no memory: it has not ended well for others
      link.broken(e);
      outcome = status.failure();
      throw e;
    } finally {
      try {
        stop.run();
      } finally {
        over.countDown();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  /** How long closing may take. */
  private final class Bound {
    private final long nanos;
    private final @Nullable ScheduledFuture<?> giveUp;
    private final @Nullable ScheduledFuture<?> cut;
    private volatile boolean isOver;

    /**
     * Begins now.
     *
     * @param nanos more than the timer takes, some weeks, are for ever
     */
    Bound(long nanos) {
      this.nanos = Math.max(0, nanos);
      long ms = TimeUnit.NANOSECONDS.toMillis(this.nanos);
      boolean forEver = ms > Integer.MAX_VALUE - LAST_WORDS_MS;
      giveUp = forEver ? null : ClientTimer.after((int) ms, this::giveUp);
      cut = forEver ? null : ClientTimer.after((int) ms + LAST_WORDS_MS, link::cut);
    }

    private void giveUp() {
      isOver = true;
      status.closing();
    }

    ReceiveTimeoutException timeout() {
      return new ReceiveTimeoutException(
          "the session did not end within "
              + Duration.ofNanos(nanos)
              + " and was given up: the relay may not have got everything");
    }

    void cancel() {
      if (giveUp != null && cut != null) {
        giveUp.cancel(false);
        cut.cancel(false);
      }
    }
  }
}
