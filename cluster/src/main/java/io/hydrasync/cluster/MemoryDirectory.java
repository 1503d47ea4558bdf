package io.hydrasync.cluster;

import io.hydrasync.cluster.MemoryCluster.Answer;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A node's view of a {@link MemoryCluster}. Its state is the timeline's thread's. */
final class MemoryDirectory implements Directory {
  private static final Duration AGAIN = Duration.ofMillis(100);

  private final MemoryCluster cluster;
  private final Timeline timeline;
  private final NodeId self;
  private final Floors floors = new Floors();
  private final List<MemoryEvent> early = new ArrayList<>();
  private final Set<CompletableFuture<?>> open = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean started = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile DirectoryState state = DirectoryState.UNKNOWN;
  private @Nullable DirectoryListener listener;
  private @Nullable NodeEntry published;
  private boolean connected = true;
  private boolean missed;
  private boolean reading;
  private boolean leased;
  private boolean held;
  private int generation;
  private long lastArrival;

  MemoryDirectory(MemoryCluster cluster, Timeline timeline, NodeId self) {
    this.cluster = cluster;
    this.timeline = timeline;
    this.self = self;
  }

  @Override
  public NodeId self() {
    return self;
  }

  @Override
  public void start(DirectoryListener given) {
    Arguments.given(given, "a listener");
    if (closed.get() || !started.compareAndSet(false, true)) {
      throw new IllegalStateException("the directory has been started already, or is closed");
    }
    timeline.execute(
        () -> {
          listener = given;
          lastArrival = timeline.nanoTime();
          cluster.add(this);
          given.state(state);
          doubt();
          grant();
        });
  }

  @Override
  public void publish(NodeEntry entry) {
    Arguments.given(entry, "an entry");
    timeline.execute(
        () -> {
          published = entry;
          put();
        });
  }

  private void grant() {
    request(
        () -> cluster.grant(self),
        answer -> {
          leased = true;
          put();
          timeline.schedule(NodeLease.EVERY, this::renew);
        },
        failure -> timeline.schedule(AGAIN, this::grant));
  }

  private void renew() {
    put();
    request(
        () -> cluster.renew(self),
        answer -> {
          if (answer.value()) {
            timeline.schedule(NodeLease.EVERY, this::renew);
          } else {
            lost();
          }
        },
        failure -> timeline.schedule(AGAIN, this::renew));
  }

  private void lost() {
    leased = false;
    if (held && listener != null) {
      held = false;
      listener.leaseLost();
    }
    doubt();
    grant();
  }

  private void put() {
    NodeEntry entry = published;
    if (leased && entry != null) {
      request(
          () -> cluster.put(self, entry),
          answer -> {
            if (answer.value() && leased && !held && listener != null) {
              held = true;
              listener.leaseHeld();
            }
          },
          failure -> {});
    }
  }

  void connected(boolean reaches) {
    connected = reaches;
    if (reaches && missed) {
      missed = false;
      doubt();
    }
  }

  void doubt() {
    if (!reading && !closed.get()) {
      reading = true;
      generation++;
      early.clear();
      snapshot();
    }
  }

  private void snapshot() {
    request(
        () -> {
          DirectoryView view = cluster.content();
          return new Answer<>(view, view.revision());
        },
        this::read,
        failure -> timeline.schedule(AGAIN, this::snapshot));
  }

  private void read(Answer<DirectoryView> answer) {
    if (listener != null) {
      reading = false;
      listener.snapshot(answer.value());
      List<MemoryEvent> after = List.copyOf(early);
      early.clear();
      after.stream().filter(event -> event.revision() > answer.revision()).forEach(this::tell);
    }
  }

  /** Something has happened in the store; this node hears of it later, or not. */
  void happened(MemoryEvent event) {
    int copies = cluster.faults().eventCopies(self);
    long now = timeline.nanoTime();
    long arrival = now + cluster.faults().eventDelay(self).toNanos();
    lastArrival = Math.max(lastArrival, arrival);
    int of = generation;
    Duration delay = Duration.ofNanos(lastArrival - now);
    if (copies == 0) {
      timeline.schedule(delay, this::doubt);
    }
    for (int i = 0; i < copies; i++) {
      timeline.schedule(delay, () -> arrived(event, of));
    }
  }

  private void arrived(MemoryEvent event, int of) {
    if (of != generation || closed.get()) {
      return;
    }
    if (!connected) {
      missed = true;
    } else if (reading) {
      early.add(event);
    } else {
      tell(event);
    }
  }

  private void tell(MemoryEvent event) {
    DirectoryListener to = listener;
    if (to == null || closed.get()) {
      return;
    }
    if (event instanceof MemoryEvent.NodePut put) {
      to.nodePut(put.id(), put.entry());
    } else if (event instanceof MemoryEvent.NodeGone gone) {
      to.nodeGone(gone.id());
    } else if (event instanceof MemoryEvent.SessionPut put) {
      if (floors.isNews(put.hash(), put.revision(), false)) {
        floors.known(put.hash(), put.revision());
        to.sessionPut(put.hash(), put.entry());
      }
    } else if (event instanceof MemoryEvent.SessionGone gone
        && floors.isNews(gone.hash(), gone.revision(), true)) {
      floors.known(gone.hash(), gone.revision());
      to.sessionGone(gone.hash(), gone.revision());
    }
  }

  @Override
  public CompletionStage<Optional<Versioned<SessionEntry>>> read(SessionHash hash) {
    Arguments.given(hash, "a session's hash");
    return ask(() -> cluster.read(hash), answer -> learned(hash, answer.value(), answer));
  }

  @Override
  public CompletionStage<WriteOutcome> write(
      SessionHash hash, long expectedModRevision, SessionEntry entry) {
    Arguments.given(hash, "a session's hash");
    Arguments.given(entry, "an entry");
    Arguments.atLeast(expectedModRevision, "a revision", 0L);
    return ask(
        () -> cluster.write(hash, expectedModRevision, entry), answer -> learned(hash, answer));
  }

  @Override
  public CompletionStage<WriteOutcome> delete(SessionHash hash, long expectedModRevision) {
    Arguments.given(hash, "a session's hash");
    Arguments.atLeast(expectedModRevision, "a revision", 1L);
    return ask(() -> cluster.delete(hash, expectedModRevision), answer -> learned(hash, answer));
  }

  @Override
  public CompletionStage<Set<SessionHash>> deleteAll(Map<SessionHash, Long> expectedModRevisions) {
    Map<SessionHash, Long> given = Map.copyOf(expectedModRevisions);
    Arguments.between(given.size(), "the number of entries", 0, MAX_BATCH);
    return ask(
        () -> cluster.deleteAll(given),
        answer -> answer.value().forEach(hash -> floors.known(hash, answer.revision())));
  }

  private void learned(SessionHash hash, Answer<WriteOutcome> answer) {
    if (answer.value() instanceof WriteOutcome.Conflict conflict) {
      learned(hash, conflict.current(), answer);
    } else {
      floors.known(hash, answer.revision());
    }
  }

  private void learned(
      SessionHash hash, Optional<Versioned<SessionEntry>> there, Answer<?> answer) {
    if (there.isPresent()) {
      floors.known(hash, there.get().modRevision());
    } else {
      floors.absent(hash, answer.revision());
    }
  }

  /** What is done with what an answer tells. */
  private interface Learning<T> {
    void learn(Answer<T> answer);
  }

  private <T> CompletionStage<T> ask(Supplier<Answer<T>> what, Learning<T> learning) {
    CompletableFuture<T> future = new CompletableFuture<>();
    open.add(future);
    future.whenComplete((value, failure) -> open.remove(future));
    timeline.execute(
        () ->
            request(
                what,
                answer -> {
                  learning.learn(answer);
                  future.complete(answer.value());
                },
                future::completeExceptionally));
    if (closed.get()) {
      future.completeExceptionally(closedFailure());
    }
    return future.minimalCompletionStage();
  }

  /** Asks the store over the network, and is told what comes of it, once; not after the end. */
  private <T> void request(
      Supplier<Answer<T>> what, Consumer<Answer<T>> answered, Consumer<DirectoryException> failed) {
    if (closed.get()) {
      return;
    }
    AtomicBoolean done = new AtomicBoolean();
    Timeline.Scheduled deadline =
        timeline.schedule(
            MemoryCluster.DEADLINE,
            () -> settle(done, DirectoryState.UNKNOWN, () -> failed.accept(unreachable())));
    if (connected && !cluster.faults().losesRequest(self)) {
      timeline.schedule(
          cluster.faults().requestDelay(self),
          () -> answer(done, deadline, outcome(done, what, answered, failed)));
    }
  }

  /** Does what was asked for, and says what is to happen when its answer comes. */
  private <T> Runnable outcome(
      AtomicBoolean done,
      Supplier<Answer<T>> what,
      Consumer<Answer<T>> answered,
      Consumer<DirectoryException> failed) {
    try {
      Answer<T> answer = what.get();
      return () -> settle(done, DirectoryState.GOOD, () -> answered.accept(answer));
    } catch (DirectoryException e) {
      DirectoryState refused = new DirectoryState(true, false, String.valueOf(e.getMessage()));
      return () -> settle(done, refused, () -> failed.accept(e));
    }
  }

  private void answer(AtomicBoolean done, Timeline.Scheduled deadline, Runnable outcome) {
    if (!cluster.faults().losesAnswer(self)) {
      timeline.schedule(
          cluster.faults().answerDelay(self),
          () -> {
            if (connected && !done.get()) {
              deadline.cancel();
              outcome.run();
            }
          });
    }
  }

  private void settle(AtomicBoolean done, DirectoryState now, Runnable then) {
    if (!closed.get() && done.compareAndSet(false, true)) {
      if (!now.equals(state)) {
        state = now;
        if (listener != null) {
          listener.state(now);
        }
      }
      then.run();
    }
  }

  private static DirectoryException unreachable() {
    return new DirectoryException(
        DirectoryException.Kind.UNREACHABLE, "the store has not answered");
  }

  private static DirectoryException closedFailure() {
    return new DirectoryException(DirectoryException.Kind.CLOSED, "the directory has been closed");
  }

  @Override
  public DirectoryState state() {
    return state;
  }

  /** Does not wait: the lease is given back by a task of the timeline. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      timeline.execute(() -> cluster.left(this, connected));
      List.copyOf(open).forEach(each -> each.completeExceptionally(closedFailure()));
    }
  }
}
