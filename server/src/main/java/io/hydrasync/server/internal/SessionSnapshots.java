package io.hydrasync.server.internal;

import io.hydrasync.server.internal.session.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks sessions about themselves: each on its own loop, a few at a time, so that the loops' work
 * goes on in between, and with a deadline, so that a busy loop does not hold the operator up.
 */
public final class SessionSnapshots {
  private static final int AT_A_TIME = 64;

  private SessionSnapshots() {}

  /** Blocks until all have answered or the time is up; who has not answered is missing. */
  public static <T> List<T> ask(
      Collection<Session> sessions, Duration deadline, Function<Session, @Nullable T> question) {
    long end = System.nanoTime() + deadline.toNanos();
    List<T> answers = new ArrayList<>();
    Iterator<Session> left = sessions.iterator();
    while (left.hasNext() && System.nanoTime() - end < 0) {
      List<CompletableFuture<Optional<T>>> asked = new ArrayList<>();
      while (left.hasNext() && asked.size() < AT_A_TIME) {
        asked.add(ask(left.next(), question));
      }
      for (CompletableFuture<Optional<T>> answer : asked) {
        await(answer, end - System.nanoTime()).ifPresent(answers::add);
      }
    }
    return answers;
  }

  private static <T> CompletableFuture<Optional<T>> ask(
      Session session, Function<Session, @Nullable T> question) {
    CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
    session.execute(
        () -> {
          if (!answer.isDone()) {
            try {
              answer.complete(Optional.ofNullable(question.apply(session)));
            } finally {
              answer.complete(Optional.empty()); // in the loop's log is why
            }
          }
        });
    return answer;
  }

  private static <T> Optional<T> await(CompletableFuture<Optional<T>> answer, long nanos) {
    try {
      return answer.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      answer.cancel(false); // whoever comes to it need not make it any more
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
