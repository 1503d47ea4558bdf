package io.hydrasync.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
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
final class SessionSnapshots {
  private static final int AT_A_TIME = 64;

  private SessionSnapshots() {}

  /** Blocks until all have answered or the time is up; who has not answered is missing. */
  static <T> List<T> ask(
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

  /** What a session looks like. On its owner loop. */
  static SessionStatus statusOf(Session session, long nowNanos) {
    ProducerStage producer = session.producer();
    List<ConnectionStatus> consumers = new ArrayList<>();
    long delivered = session.deliveredBefore();
    for (ConsumerStage consumer : session.consumers()) {
      ConnectionStatus one = statusOf(consumer.connection(), consumer.cursor().untaken(), nowNanos);
      delivered += one.sentBytes();
      consumers.add(one);
    }
    return new SessionStatus(
        session.name().logName(),
        session.stateName().toLowerCase(Locale.ROOT),
        session.policy().name().toLowerCase(Locale.ROOT),
        Duration.ofNanos(nowNanos - session.createdNanos()),
        session.log().published(),
        delivered,
        session.log().allocated(),
        producer != null && producer.isPaused(),
        producer == null
            ? Optional.empty()
            : Optional.of(statusOf(producer.connection(), 0, nowNanos)),
        List.copyOf(consumers));
  }

  private static ConnectionStatus statusOf(Connection connection, long lagBytes, long nowNanos) {
    return new ConnectionStatus(
        connection.record().id(),
        connection.peer(),
        Duration.ofNanos(nowNanos - connection.acceptedNanos()),
        connection.record().traffic().receivedBytes(),
        connection.record().traffic().sentBytes(),
        lagBytes);
  }
}
