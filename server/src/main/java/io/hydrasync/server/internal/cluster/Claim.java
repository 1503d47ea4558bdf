package io.hydrasync.server.internal.cluster;

import static io.hydrasync.server.internal.cluster.ClaimRules.higher;
import static io.hydrasync.server.internal.cluster.ClaimRules.lower;

import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import org.jspecify.annotations.Nullable;

/**
 * A producer's JOIN at a node that does not own the session: the entry is read, and written if the
 * rules allow it.
 *
 * @param <T> a client's connection
 */
final class Claim<T> {
  final T producer;
  final ProducerJoin join;
  final long number;

  /** When it ends without an answer. */
  final long until;

  private final long placeUntil;
  private boolean fresh;
  private boolean waits;
  private boolean decided;
  private boolean based;
  private @Nullable SessionEntry basis;
  private @Nullable Refusal refusal;

  Claim(T producer, ProducerJoin join, long number, long until, long now) {
    this.producer = producer;
    this.join = join;
    this.number = number;
    this.until = until;
    placeUntil = now + SessionRole.PLACE_NANOS;
  }

  /** Something has changed on which a waiting claim may depend. */
  void lookAgain() {
    if (waits) {
      waits = false;
      fresh = false;
    }
  }

  /** A linearizable answer has come. */
  void hasRead() {
    fresh = true;
    decided = false;
  }

  /** Whether the session was another node's when this claim was decided. */
  boolean takesOver(NodeId self) {
    return basis != null && !ClaimRules.isNobodyElses(basis, self);
  }

  void failed(DirectoryException.Kind kind) {
    fresh = false;
    if (kind == DirectoryException.Kind.NOT_WRITABLE) {
      refusal = Refusal.NOT_WRITABLE;
    }
  }

  @Nullable Refusal refusal() {
    return refusal;
  }

  boolean wantsRead() {
    return !fresh && !waits;
  }

  boolean isDecided() {
    return decided && fresh && !waits;
  }

  /** Whether somebody else has claimed the session since this claim was decided. */
  boolean isOvertaken(NodeId self, Known known) {
    return based && ClaimRules.isAnotherClaim(self, basis, known.entry());
  }

  /**
   * Decides, once the entry has been read.
   *
   * @return what the producer is told if it is refused
   */
  @Nullable Refusal decide(boolean owned, ClusterContext context, Known known, long now) {
    if (waits && now - placeUntil >= 0) {
      lookAgain();
    }
    if (refusal != null || !fresh || decided || waits) {
      return refusal;
    }
    boolean late = now - placeUntil >= 0;
    switch (ClaimRules.verdict(join, owned, context.self(), context.nodes(), known)) {
      case TAKE -> take(known);
      case REPLACED -> refusal = Refusal.REPLACED;
      case TAKEN -> {
        waits = !late;
        refusal = late ? Refusal.PRODUCER_EXISTS : null;
      }
      case UNKNOWN_OWNER -> {
        waits = !late;
        if (late && owned) {
          take(known);
        } else if (late) {
          refusal = Refusal.PRODUCER_EXISTS;
        }
      }
    }
    return refusal;
  }

  private void take(Known known) {
    decided = true;
    if (!based) {
      based = true;
      basis = known.entry();
    }
  }

  /** When something becomes due that nobody else tells. */
  long nextNanos(long now) {
    return waits && placeUntil - now > 0 ? placeUntil : until;
  }

  /** What it writes. */
  SessionEntry entry(NodeId self, @Nullable SessionEntry there, Heads heads) {
    long epoch = heads.epoch();
    long stream = heads.stream();
    long highest = heads.highest();
    if (there != null) {
      epoch = higher(epoch, there.epoch());
      stream = higher(stream, there.stream());
      highest = higher(highest, there.highest());
    }
    epoch = producersOwn(join, epoch);
    return new SessionEntry(
        self, number, true, epoch, stream, highest, ClaimRules.tokens(join, there));
  }

  /**
   * The last epoch of this producer, as far as it says: what another one has written does not count
   * against it when it comes back from another connection.
   */
  static long producersOwn(ProducerJoin join, long epoch) {
    return join.resumes() ? lower(join.epoch(), epoch) : 0;
  }
}
