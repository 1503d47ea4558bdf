package io.hydrasync.server.internal.cluster;

import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.Versioned;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a session knows of its entry. Watch and answers come from different places, so revisions
 * tell which is newer; where they cannot, the entry is in doubt and has to be read.
 */
final class Known {
  private @Nullable SessionEntry entry;
  private long modRevision;
  private long floor;
  private long floorWhenAsked;
  private long watched;
  private boolean doubt;
  private boolean wasLive;

  /** The entry; null if there is none, or none is known. */
  @Nullable SessionEntry entry() {
    return entry;
  }

  /** What a write has to expect: 0 where there is none. */
  long modRevision() {
    return modRevision;
  }

  /** Whether only a read can tell how the entry is. */
  boolean inDoubt() {
    return doubt;
  }

  void doubt() {
    doubt = true;
  }

  boolean isOf(NodeId node, long claim) {
    SessionEntry there = entry;
    return there != null && there.isOf(node, claim);
  }

  /**
   * Whether the watch has told everything up to this entry: what it has not told of nodes by then
   * was not there.
   */
  boolean isWatched() {
    return watched >= modRevision;
  }

  /**
   * Whether the entry that is not there any more said that the producer is there: its owner has not
   * ended the session, but has not reached the directory for long.
   */
  boolean wasLive() {
    return wasLive;
  }

  private void set(@Nullable Versioned<SessionEntry> now, long revision) {
    wasLive = now == null ? entry == null ? wasLive : entry.live() : now.value().live();
    entry = now == null ? null : now.value();
    modRevision = now == null ? 0 : now.modRevision();
    floor = revision;
  }

  /** The watch tells a change. */
  void changed(Optional<Versioned<SessionEntry>> now, long revision) {
    watched = Math.max(watched, revision);
    if (revision >= floor) {
      set(now.orElse(null), revision);
    }
  }

  /**
   * A snapshot: where an answer was newer, or the directory was restored and counts from behind, a
   * read has to tell which.
   */
  void snapshot(Optional<Versioned<SessionEntry>> now, long revision) {
    watched = revision;
    if (revision >= floor) {
      set(now.orElse(null), now.map(Versioned::modRevision).orElse(revision));
    } else {
      doubt = true;
    }
  }

  /** A request goes out. */
  void asked() {
    floorWhenAsked = floor;
  }

  /** A linearizable answer says what is there. */
  void read(Optional<Versioned<SessionEntry>> now) {
    long revision = now.map(Versioned::modRevision).orElse(0L);
    doubt = floor != floorWhenAsked && revision < floor;
    if (!doubt) {
      set(now.orElse(null), now.isPresent() ? revision : floor);
    }
  }

  /** A write was done, a delete with null. */
  void written(@Nullable SessionEntry now, long revision) {
    doubt = false;
    if (revision >= floor) {
      set(now == null ? null : new Versioned<>(now, revision), revision);
    }
  }
}
