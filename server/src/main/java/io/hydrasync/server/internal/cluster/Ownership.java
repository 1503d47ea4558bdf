package io.hydrasync.server.internal.cluster;

import static io.hydrasync.server.internal.cluster.ClaimRules.above;
import static io.hydrasync.server.internal.cluster.ClaimRules.higher;

import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * That this node owns a session: with which claim, for which producer, and what the directory has
 * to say of it.
 *
 * @param <T> a client's connection
 */
final class Ownership<T> {
  private final NodeId self;
  private final SessionEffects<T> effects;
  private boolean held;
  private boolean confirmed;
  private long confirmedAt;
  private boolean ending;
  private boolean preferred;
  private long number;
  private @Nullable T producer;
  private long producerEpoch;
  private long told;
  private long epoch;
  private long stream;
  private List<SecretHash> tokens = List.of();

  Ownership(NodeId self, SessionEffects<T> effects) {
    this.self = self;
    this.effects = effects;
  }

  boolean isHeld() {
    return held;
  }

  boolean isConfirmed() {
    return held && confirmed;
  }

  boolean isEnding() {
    return ending;
  }

  @Nullable T producer() {
    return producer;
  }

  /** The epoch of the present producer's last HEAD, 0 if it has sent none. */
  long producerEpoch() {
    return producerEpoch;
  }

  /** A producer has the slot. */
  void take(
      T next,
      ProducerJoin join,
      long claim,
      boolean isConfirmed,
      boolean resumed,
      long floor,
      long lastStream,
      Known known) {
    SessionEntry entry = known.entry();
    long last = higher(held ? epoch : 0, entry == null ? 0 : entry.epoch());
    held = true;
    ending = false;
    preferred = false;
    confirmed = isConfirmed;
    confirmedAt = known.modRevision();
    number = claim;
    producer = next;
    producerEpoch = resumed ? floor : 0;
    told = join.resumes() ? higher(floor, join.epoch()) : floor;
    epoch = resumed ? floor : Claim.producersOwn(join, last);
    stream = lastStream;
    tokens = ClaimRules.tokens(join, entry);
  }

  /**
   * Another producer has been told REPLACED for the present one, which must not be told the same
   * then: nobody would be left.
   */
  void isPreferred() {
    preferred = true;
  }

  /** Another connection takes the present producer's slot. */
  void replaced() {
    close(Refusal.TAKEN_OVER);
  }

  private void close(Refusal why) {
    T last = producer;
    if (last != null) {
      producer = null;
      effects.closeProducer(last, why);
    }
  }

  void gone(T last) {
    if (last.equals(producer)) {
      producer = null;
    }
  }

  void headPublished(long ofEpoch, long ofStream) {
    if (held && producer != null) {
      producerEpoch = ofEpoch;
      epoch = ofEpoch;
      stream = ofStream;
    }
  }

  /** The linger time is over. */
  void ends() {
    ending = held && producer == null;
  }

  /** It was deleted. */
  void drop() {
    held = false;
    ending = false;
  }

  /**
   * Another node has claimed the session. Only a producer that the directory has shown to be this
   * node's is told REPLACED: another one may be the only producer there is.
   */
  void yield(Known known) {
    drop();
    boolean later = known.modRevision() > confirmedAt; // else the directory is one of before
    close(confirmed && later && !preferred ? Refusal.TAKEN_OVER : Refusal.CLAIM_ANEW);
    effects.closeLinks();
  }

  /** Compares with what the directory says. */
  void settle(Known known, long seen) {
    SessionEntry entry = known.entry();
    if (known.isOf(self, number)) {
      confirmed = true;
      confirmedAt = known.modRevision();
    } else if (entry == null) {
      confirmed = false; // what comes next may be an owner of before, which writes what it misses
    }
    long highest = entry == null ? seen : higher(seen, entry.highest());
    if (above(highest, higher(told, producerEpoch))) {
      close(Refusal.BEGIN_ABOVE);
    }
  }

  /** Writes what the directory does not say yet, or deletes what it should not say any more. */
  void request(Requests requests, @Nullable SessionEntry entry, Heads heads) {
    if (ending) {
      if (entry != null) {
        requests.delete();
      }
      return;
    }
    if (entry == null && producer == null) {
      return; // others have waited for the linger time; there may have been an owner since
    }
    long highest = higher(heads.highest(), entry == null ? 0 : entry.highest());
    SessionEntry due =
        new SessionEntry(
            self, number, producer != null, epoch, higher(stream, heads.stream()), highest, tokens);
    if (!due.equals(entry)) {
      requests.write(due);
    }
  }
}
