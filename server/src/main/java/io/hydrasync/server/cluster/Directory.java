package io.hydrasync.server.cluster;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The address book that the relays of a cluster share, as one of them, a node, sees it. It says who
 * the nodes are and who owns which session, and is never on the path of a frame.
 *
 * <p>Entries of sessions have no lease, they outlive their owner. Every write, a delete too,
 * compares the revision of what it replaces, so that of two writers one learns that it was not the
 * first. No wall clock is read.
 *
 * <p>Thread-safe, and nothing blocks but {@link #close()}. Answers are completed, and the listener
 * is called, by one thread of the directory: what depends on an answer and takes long is to be done
 * elsewhere. A request ends within seconds, by an answer or a {@link DirectoryException}. An
 * implementation must not keep a request that it cannot send for longer than that.
 */
public interface Directory extends AutoCloseable {
  /** The most entries that are deleted in one transaction. */
  int MAX_BATCH = 100;

  /**
   * Who this node is.
   *
   * @return its id, the same until the end
   */
  NodeId self();

  /**
   * Begins to look, and to hold a lease. Once.
   *
   * @param listener told what there is, from another thread
   * @throws IllegalStateException if it has begun already, or is closed
   */
  void start(DirectoryListener listener);

  /**
   * Says what this node is. Written at once and again and again while the directory is open: what
   * was said last counts. Before {@link #start} it is only kept.
   *
   * @param entry what others are to know
   */
  void publish(NodeEntry entry);

  /**
   * What is said of a session, by a linearizable read: not older than any write that has been
   * answered before, to whomever.
   *
   * @param hash which session
   * @return the entry, or empty; fails with {@link DirectoryException}
   */
  CompletionStage<Optional<Versioned<SessionEntry>>> read(SessionHash hash);

  /**
   * Writes an entry if it is still as it was.
   *
   * @param hash which session
   * @param expectedModRevision the revision of what it replaces, 0 if there must be none
   * @param entry what to write
   * @return what has become of it; fails with {@link DirectoryException}, where {@code UNREACHABLE}
   *     and {@code CLOSED} mean that it may have been done or may still be done
   */
  CompletionStage<WriteOutcome> write(
      SessionHash hash, long expectedModRevision, SessionEntry entry);

  /**
   * Deletes an entry if it is still as it was.
   *
   * @param hash which session
   * @param expectedModRevision the revision of what it deletes, at least 1
   * @return what has become of it; fails as {@link #write} does
   */
  CompletionStage<WriteOutcome> delete(SessionHash hash, long expectedModRevision);

  /**
   * Deletes those of many entries that are still as they were, each for itself, in one transaction:
   * what nobody has taken of a node that is gone.
   *
   * @param expectedModRevisions the entries and their revisions, at most {@link #MAX_BATCH}
   * @return those that were deleted; fails as {@link #write} does
   * @throws IllegalArgumentException if there are more
   */
  CompletionStage<Set<SessionHash>> deleteAll(Map<SessionHash, Long> expectedModRevisions);

  /**
   * How the directory is, as the listener was told last.
   *
   * @return the state
   */
  DirectoryState state();

  /**
   * For how long others will still believe that this node is there if nothing is renewed any more,
   * for metrics. Does not block.
   *
   * @return the time, at the least; nothing where no lease is held, or the directory has none
   */
  default Optional<Duration> leaseLeft() {
    return Optional.empty();
  }

  /**
   * Ends everything: gives the lease back, so that others learn at once that this node has gone,
   * and completes what waits with {@code CLOSED}. Waits for that, for no more than two seconds,
   * unless it is called by the directory's own thread; an interrupt ends the wait, not the closing,
   * and stays set. Nothing is told to the listener behind it, but for a call that is running.
   * Closing again does nothing.
   */
  @Override
  void close();
}
