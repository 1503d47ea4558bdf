package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The directory of a relay that is alone: nothing is in it, everything may be written, nothing is
 * kept. Holds no thread; listener and answers come on the thread that calls. Thread-safe.
 */
public final class LocalDirectory implements Directory {
  private final NodeId self;
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile boolean closed;

  /**
   * A directory of one.
   *
   * @param self who the relay is
   */
  public LocalDirectory(NodeId self) {
    this.self = Arguments.given(self, "a node's id");
  }

  @Override
  public NodeId self() {
    return self;
  }

  /** Tells the listener, before it returns, that nobody is there and that the lease is held. */
  @Override
  public void start(DirectoryListener listener) {
    Arguments.given(listener, "a listener");
    if (closed || !started.compareAndSet(false, true)) {
      throw new IllegalStateException("the directory has been started already, or is closed");
    }
    listener.state(DirectoryState.GOOD);
    listener.snapshot(new DirectoryView(0, Map.of(), Map.of(), 0));
    listener.leaseHeld();
  }

  /** Nobody is told. */
  @Override
  public void publish(NodeEntry entry) {
    Arguments.given(entry, "an entry");
  }

  @Override
  public CompletionStage<Optional<Versioned<SessionEntry>>> read(SessionHash hash) {
    Arguments.given(hash, "a session's hash");
    return answer(Optional.empty());
  }

  @Override
  public CompletionStage<WriteOutcome> write(
      SessionHash hash, long expectedModRevision, SessionEntry entry) {
    Arguments.given(hash, "a session's hash");
    Arguments.given(entry, "an entry");
    return answer(new WriteOutcome.Written(1));
  }

  @Override
  public CompletionStage<WriteOutcome> delete(SessionHash hash, long expectedModRevision) {
    Arguments.given(hash, "a session's hash");
    return answer(new WriteOutcome.Written(1));
  }

  @Override
  public CompletionStage<Set<SessionHash>> deleteAll(Map<SessionHash, Long> expectedModRevisions) {
    Arguments.between(expectedModRevisions.size(), "the number of entries", 0, MAX_BATCH);
    return answer(Set.copyOf(expectedModRevisions.keySet()));
  }

  private <T> CompletionStage<T> answer(T value) {
    return closed
        ? CompletableFuture.failedFuture(
            new DirectoryException(DirectoryException.Kind.CLOSED, "the directory has been closed"))
        : CompletableFuture.completedFuture(value);
  }

  @Override
  public DirectoryState state() {
    return DirectoryState.GOOD;
  }

  @Override
  public void close() {
    closed = true;
  }
}
