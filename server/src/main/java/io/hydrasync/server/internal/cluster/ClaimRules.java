package io.hydrasync.server.internal.cluster;

import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who may take a session that another node has. Stateless. */
final class ClaimRules {
  private ClaimRules() {}

  /** What becomes of a claim, by what the directory says. */
  enum Verdict {
    /** It may be written. */
    TAKE,
    /** Another producer has gone on meanwhile, and stays. */
    REPLACED,
    /** The session has a producer, and this one does not show that it is the same. */
    TAKEN,
    /** Whether its owner is there is not known yet: the watch is behind. */
    UNKNOWN_OWNER
  }

  /** Whether an epoch or stream, unsigned, is above another. */
  static boolean above(long one, long other) {
    return Long.compareUnsigned(one, other) > 0;
  }

  static long higher(long one, long other) {
    return above(one, other) ? one : other;
  }

  static long lower(long one, long other) {
    return above(one, other) ? other : one;
  }

  static Verdict verdict(
      ProducerJoin join, boolean owned, NodeId self, NodeTable nodes, Known known) {
    SessionEntry entry = known.entry();
    if (entry == null || !entry.live() || isNobodyElses(entry, self)) {
      return Verdict.TAKE;
    }
    boolean mayTake = owned ? !join.isBelow(entry.epoch()) : showsToken(join, entry);
    if (mayTake) {
      return Verdict.TAKE;
    }
    if (nodes.has(entry.owner())) {
      return owned ? Verdict.REPLACED : Verdict.TAKEN;
    }
    return known.isWatched() ? Verdict.TAKE : Verdict.UNKNOWN_OWNER;
  }

  /** Whether an entry names this node, or none at all. */
  static boolean isNobodyElses(SessionEntry entry, NodeId self) {
    return entry.owner().equals(self) || entry.owner().equals(NodeId.NOBODY);
  }

  static boolean showsToken(ProducerJoin join, @Nullable SessionEntry entry) {
    return join.holdsToken()
        || (entry != null && join.shown().filter(entry.tokens()::contains).isPresent());
  }

  /** Whether what is there now was claimed by somebody else since it was read. */
  static boolean isAnotherClaim(
      NodeId self, @Nullable SessionEntry read, @Nullable SessionEntry now) {
    return now != null
        && !isNobodyElses(now, self)
        && (read == null || !now.isOf(read.owner(), read.claim()));
  }

  /** The tokens that are valid behind a claim: the new one, and the one that was shown. */
  static List<SecretHash> tokens(ProducerJoin join, @Nullable SessionEntry entry) {
    List<SecretHash> tokens = new ArrayList<>();
    join.issued().ifPresent(tokens::add);
    if (!tokens.isEmpty() && showsToken(join, entry)) {
      join.shown().filter(shown -> !tokens.contains(shown)).ifPresent(tokens::add);
    }
    return tokens;
  }

  /** An entry that names nobody: what is known of the session stays, and anybody may take it. */
  static SessionEntry released(SessionEntry entry) {
    return new SessionEntry(
        NodeId.NOBODY,
        entry.claim(),
        false,
        entry.epoch(),
        entry.stream(),
        entry.highest(),
        entry.tokens());
  }
}
