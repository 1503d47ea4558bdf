package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.threads.ClientThreads;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.check.Reasons;
import java.io.Closeable;
import java.net.SocketException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is being made, on a thread of its own. So whoever waits for it can be
 * interrupted, has a deadline of its own, and may come back later and wait on; and whoever gives it
 * up need not wait at all: the thread ends by itself. Thread-safe.
 *
 * @param <C> the connection
 */
public final class Attempt<C> {
  /** A deadline that never comes. */
  public static final long FOREVER = Long.MAX_VALUE;

  private final CompletableFuture<C> outcome = new CompletableFuture<>();
  private final Consumer<? super C> discard;
  private volatile @Nullable Closeable used;

  /** Makes the connection. */
  interface Opening<C> {
    /**
     * Called once, on the attempt's thread.
     *
     * @param attempt to be told what it waits for
     */
    C open(Attempt<C> attempt) throws Exception;
  }

  private Attempt(Consumer<? super C> discard) {
    this.discard = discard;
  }

  /**
   * Begins.
   *
   * @param opening makes the connection
   * @param discard closes one that nobody wants any more
   */
  static <C> Attempt<C> start(Opening<C> opening, Consumer<? super C> discard) {
    Attempt<C> attempt = new Attempt<>(discard);
    try {
      ClientThreads.startLikeCaller("hydra-connect", () -> attempt.run(opening));
    } catch (OutOfMemoryError e) { // there are no more threads
      attempt.failed(problem("no thread to connect on", e));
    }
    return attempt;
  }

  private void run(Opening<C> opening) {
    try {
      C made = opening.open(this);
      if (!outcome.complete(made)) {
        discard.accept(made);
      }
    } catch (HydraException e) {
      failed(e);
    } catch (Throwable e) { // nobody else would tell those who wait
      failed(problem("connecting to the relay failed: " + Reasons.of(e), e));
    }
  }

  private static ConnectionException problem(String what, Throwable cause) {
    return new ConnectionException(ErrorCode.DISCONNECTED, what, cause);
  }

  /**
   * The attempt waits for this from now on, a socket or what becomes one; it is closed when the
   * attempt fails or is given up, so that the waiting ends.
   *
   * @throws SocketException if that has happened already
   */
  void uses(Closeable next) throws SocketException {
    used = next;
    if (outcome.isCompletedExceptionally()) {
      closeUsed();
      throw new SocketException("given up");
    }
  }

  /** It has failed, unless its outcome is known. From any thread. */
  void failed(HydraException problem) {
    if (outcome.completeExceptionally(problem)) {
      closeUsed();
    }
  }

  /** Whether its outcome is known, so that there is no use in going on. */
  boolean isOver() {
    return outcome.isDone();
  }

  /** Nobody wants the connection any more. From any thread; never blocks. */
  public void giveUp() {
    if (!outcome.cancel(false) && !outcome.isCompletedExceptionally()) {
      discard.accept(outcome.join());
    }
    closeUsed();
  }

  private void closeUsed() {
    Closeable now = used;
    if (now != null) {
      RelaySocket.closeQuietly(now);
    }
  }

  /**
   * Waits for the outcome; whoever throws one of the first two may call this again, and has to
   * {@link #giveUp} otherwise.
   *
   * @param deadline by {@link System#nanoTime()}, or {@link #FOREVER}
   * @throws ReceiveTimeoutException at the deadline; the attempt goes on
   * @throws InterruptedOperationException if the thread is interrupted; the attempt goes on
   * @throws ClosedException if it was given up
   * @throws HydraException why it failed
   */
  public C await(long deadline) {
    try {
      return deadline == FOREVER
          ? outcome.get()
          : outcome.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedOperationException("interrupted while connecting to the relay", e);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new ReceiveTimeoutException("no connection to the relay within the time given");
    } catch (CancellationException e) {
      throw new ClosedException("closed while connecting to the relay", e);
    } catch (ExecutionException e) {
      HydraException problem = (HydraException) e.getCause();
      problem.fillInStackTrace(); // where it was waited for; what led to it is its cause
      throw problem;
    }
  }
}
