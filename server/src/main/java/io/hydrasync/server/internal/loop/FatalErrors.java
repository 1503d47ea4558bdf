package io.hydrasync.server.internal.loop;

import io.hydrasync.protocol.check.JvmErrors;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that hears of errors after which a relay can no longer serve, from whichever of its
 * threads met them. There is one rule: an OutOfMemoryError that has left the place of the
 * allocation is the end, because nobody knows what was left half done; the one allocation that may
 * fail is a log's next segment, see {@code SessionLog.grow}. Thread-safe.
 *
 * <p>Noting an error allocates nothing: there may be no memory. That takes a rehearsal, since the
 * JVM allocates where something is run the first time: classes, constants, links. As a listener it
 * notes why a write or a registration has failed, which Netty tells nobody else.
 */
public final class FatalErrors implements GenericFutureListener<Future<? super Void>> {
  private static final Logger LOG = LoggerFactory.getLogger(FatalErrors.class);

  private final Consumer<Throwable> handler;
  private final boolean logs;
  private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();

  /**
   * Of one relay.
   *
   * @param handler told of the first
   */
  public FatalErrors(Consumer<Throwable> handler) {
    this(handler, true);
    FatalErrors rehearsal = new FatalErrors(error -> {}, false);
    rehearsal.caught(new IllegalStateException(new OutOfMemoryError("a rehearsal")));
    rehearsal.note(new StackOverflowError());
  }

  private FatalErrors(Consumer<Throwable> handler, boolean logs) {
    this.handler = handler;
    this.logs = logs;
  }

  /** The first error that was fatal. */
  public Optional<Throwable> first() {
    return Optional.ofNullable(first.get());
  }

  /** Whether there has been one. */
  public boolean any() {
    return first.get() != null;
  }

  /** Notes an error that somebody else deals with. True if it is a fatal one. */
  public boolean note(Throwable error) {
    if (!JvmErrors.isFatal(error)) {
      return false;
    }
    end(error);
    return true;
  }

  /** An error with which nobody else deals: it is told, and whatever met it goes on. */
  public void caught(Throwable error) {
    if (!note(error)) {
      LOG.error("A task raised an exception: {}", error.toString(), error);
    }
  }

  /** The relay cannot go on, whatever the error is. */
  public void end(Throwable error) {
    if (!first.compareAndSet(null, error)) {
      return;
    }
    try {
      handler.accept(error);
      if (logs) {
        LOG.error("this relay can no longer serve: close it, and better end the process", error);
      }
    } catch (Throwable e) {
      // there is nobody left to tell
    }
  }

  /** Why a write or a registration has failed, if it has. */
  @Override
  public void operationComplete(Future<? super Void> done) {
    Throwable cause = done.cause();
    if (cause != null) {
      note(cause);
    }
  }

  /** The same task, of which nothing that it throws is lost, and nothing ends the thread. */
  public Runnable guard(Runnable task) {
    return new Guarded(task, this);
  }

  private record Guarded(Runnable task, FatalErrors errors) implements Runnable {
    @Override
    public void run() {
      try {
        task.run();
      } catch (Throwable e) {
        errors.caught(e);
      }
    }
  }

  /** Makes daemons, of which nothing that ends one is lost. */
  public ThreadFactory daemons(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      thread.setUncaughtExceptionHandler((who, error) -> caught(error));
      return thread;
    };
  }
}
