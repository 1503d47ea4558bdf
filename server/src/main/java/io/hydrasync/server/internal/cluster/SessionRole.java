package io.hydrasync.server.internal.cluster;

import static io.hydrasync.server.internal.cluster.ClaimRules.above;
import static io.hydrasync.server.internal.cluster.ClaimRules.higher;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What this node is to one session, and what it does about it: it claims the session for a producer
 * that joins, says in the directory what becomes of it, gives way where another node has claimed
 * it, and mirrors it for consumers where another node owns it.
 *
 * <p>One for each session of a relay, made with the session, confined to the session's event loop.
 * What happens is told by calls, each with the time in nanoseconds; what is to be done comes as
 * {@link SessionEffects}. Each call first notes what has happened, then looks at all there is and
 * does what follows, so that it does not matter in which order things come.
 *
 * @param <T> a client's connection; compared with {@code equals}
 */
public final class SessionRole<T> {
  /** How long a JOIN may take. */
  static final long CLAIM_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How long a producer waits for another one's end to be read. */
  static final long PLACE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long NEVER = Long.MAX_VALUE;

  /** What a node is to a session. */
  public enum Part {
    /** Neither of the others: the rules of a relay alone. */
    NOBODY,
    /** A producer waits for the directory. */
    CLAIMING,
    /** It has the producer, or had it last. */
    OWNER,
    /** Another node owns the session, or was its owner last. */
    EDGE
  }

  private final ClusterContext context;
  private final boolean owned;
  private final SessionEffects<T> effects;
  private final Known known = new Known();
  private final Requests requests;
  private final Mirror<T> mirror;
  private final Ownership<T> ownership;
  private final Heads heads = new Heads();
  private final Deque<Runnable> later = new ArrayDeque<>();
  private @Nullable Claim<T> claim;
  private boolean inside;
  private long timerAt = NEVER;

  /**
   * A session without producer or consumers.
   *
   * @param context what the sessions of this node share
   * @param owned whether only the owner's seed can produce into it
   * @param entry what {@link ClusterNode#entry} says of it
   * @param effects what it has done
   * @param nowNanos the time
   */
  public SessionRole(
      ClusterContext context,
      boolean owned,
      Optional<Versioned<SessionEntry>> entry,
      SessionEffects<T> effects,
      long nowNanos) {
    this.context = Arguments.given(context, "a context");
    this.owned = owned;
    this.effects = Arguments.given(effects, "effects");
    requests = new Requests(context, effects, known);
    ownership = new Ownership<>(context.self(), effects);
    mirror = new Mirror<>(context, effects, known, heads, nowNanos);
    entry.ifPresent(there -> known.changed(entry, there.modRevision()));
  }

  // ---- what it is ----

  /**
   * What this node is to the session.
   *
   * @return its part
   */
  public Part part() {
    if (ownership.isHeld()) {
      return Part.OWNER;
    }
    if (claim != null) {
      return Part.CLAIMING;
    }
    return mirror.isThere() ? Part.EDGE : Part.NOBODY;
  }

  /**
   * Whether links are served: only an owner does, so that no edge has an edge.
   *
   * @return false if a LINK is to be told NO_SESSION, 200 ms
   */
  public boolean servesLinks() {
    return ownership.isHeld();
  }

  /**
   * Whether the directory says that the present producer is this node's: if not, REPLACED is not
   * for it.
   *
   * @return true if its write was done
   */
  public boolean isConfirmed() {
    return ownership.isConfirmed();
  }

  /**
   * Whether the directory knows a resume token: a relay that has just taken the session over has
   * not issued it, and must take it all the same.
   *
   * @param token its hash
   * @return true if it is valid
   */
  public boolean knowsToken(SecretHash token) {
    SessionEntry entry = known.entry();
    return entry != null && entry.tokens().contains(token);
  }

  /**
   * Whether nothing is lost if the session is forgotten, where it has no clients either.
   *
   * @return true if it owns and mirrors nothing, and asks for nothing
   */
  public boolean isIdle() {
    return part() == Part.NOBODY && mirror.waiting().isEmpty() && !requests.isOpen();
  }

  // ---- producers ----

  /**
   * A producer's JOIN has passed all checks that need nobody else. It is admitted or refused, now
   * or later, unless {@link #producerGone} comes before.
   *
   * <p>The JOIN counts for five seconds from the moment at which this relay answered the client's
   * first message, not from its arrival: it may have been held up by the network, or by a relay
   * that stood still, until the client has given the connection up and is connected elsewhere,
   * where it would be told REPLACED.
   *
   * @param producer its connection
   * @param join what it says
   * @param greetedNanos when this relay wrote its handshake message
   * @param nowNanos the time
   */
  public void producerJoins(T producer, ProducerJoin join, long greetedNanos, long nowNanos) {
    run(nowNanos, () -> joins(producer, join, greetedNanos + CLAIM_NANOS, nowNanos));
  }

  private void joins(T producer, ProducerJoin join, long until, long now) {
    if (now - until >= 0) {
      effects.refuse(producer, Refusal.TOO_LATE);
      return;
    }
    if (!ownership.isHeld()) {
      Claim<T> older = claim;
      claim = new Claim<>(producer, join.elsewhere(), context.nextClaim(), until, now);
      if (older != null) {
        effects.refuse(older.producer, Refusal.ANOTHER_CLAIM);
      }
      return;
    }
    boolean taken = ownership.producer() != null;
    if (taken && owned && join.isBelow(ownership.producerEpoch())) {
      ownership.isPreferred();
      effects.refuse(producer, Refusal.REPLACED);
    } else if (taken && !owned && !ClaimRules.showsToken(join, known.entry())) {
      effects.refuse(producer, Refusal.PRODUCER_EXISTS);
    } else {
      ownership.replaced();
      admit(producer, join, context.nextClaim(), false);
    }
  }

  /** The producer gets the slot. What it is told is the larger of what node and directory know. */
  private void admit(T producer, ProducerJoin join, long number, boolean confirmed) {
    SessionEntry entry = known.entry();
    long floor = heads.highest();
    long stream = heads.stream();
    if (entry != null) {
      floor = higher(floor, entry.highest());
      stream = higher(stream, entry.stream());
    }
    boolean resumed =
        (owned || ClaimRules.showsToken(join, entry))
            && join.resumes()
            && join.epoch() != 0
            && join.epoch() == heads.epoch()
            && floor == heads.epoch();
    mirror.unlink();
    ownership.take(producer, join, number, confirmed, resumed, floor, stream, known);
    effects.admit(producer, resumed, floor, stream);
  }

  /**
   * A producer's connection is gone, or has said BYE. Also of one that waits to be admitted: a
   * claim that came through later would throw out the client's next connection.
   *
   * @param producer its connection
   * @param nowNanos the time
   */
  public void producerGone(T producer, long nowNanos) {
    run(
        nowNanos,
        () -> {
          if (claim != null && claim.producer.equals(producer)) {
            claim = null;
          }
          ownership.gone(producer);
        });
  }

  /**
   * The last HEAD of the log is another one: the producer's, or over a link.
   *
   * @param epoch of it
   * @param stream of it
   * @param nowNanos the time
   */
  public void headPublished(long epoch, long stream, long nowNanos) {
    run(
        nowNanos,
        () -> {
          heads.published(epoch, stream);
          mirror.begins();
          ownership.headPublished(epoch, stream);
        });
  }

  /**
   * A HEAD of a higher epoch has been seen somewhere else. To be called with what has been verified
   * as far as a relay can, never with what a client says: the present producer has to begin above
   * it.
   *
   * @param epoch of it
   * @param nowNanos the time
   */
  public void epochSeen(long epoch, long nowNanos) {
    run(nowNanos, () -> heads.seen(epoch));
  }

  /**
   * A HEAD has come, from the producer or over the link, of a stream below the last one: below that
   * with which the producer was admitted, or that of the mirror; or another one of the mirror's
   * last epoch. Two producers have written to the session without knowing of each other, and the
   * older one's stream goes on; who has seen the newer one's would refuse it for ever. The
   * producer, wherever it is, is told INTERNAL, 0, and at the next JOIN a JOINED.id above its own
   * last epoch, from which it knows, and begins a stream of its own. Over a link, {@link #linkLost}
   * with {@link LinkEnd#LOWER_EPOCH} follows.
   *
   * @param epoch of the HEAD, which is not to be published
   * @param nowNanos the time
   */
  public void olderStream(long epoch, long nowNanos) {
    run(nowNanos, () -> heads.seen(epoch + 1));
  }

  /**
   * The session has outlived its producer by the linger time, or an operator has ended it. Only an
   * owner without a producer ends a session; otherwise nothing happens.
   *
   * @param nowNanos the time
   */
  public void lingerEnded(long nowNanos) {
    run(nowNanos, ownership::ends);
  }

  // ---- consumers ----

  /**
   * A consumer's JOIN has passed all checks that need nobody else. It is admitted or refused, now
   * or within three seconds, unless {@link #consumerGone} comes before. One that waits may be
   * admitted where there is nothing yet: it must not be given a place in what comes while that is
   * of a lower epoch or stream than its own.
   *
   * @param consumer its connection
   * @param epoch the epoch of its position, 0 if it has none
   * @param stream the stream of its position, 0 if it has none
   * @param waits whether it waits for a session that is not there
   * @param nowNanos the time
   */
  public void consumerJoins(T consumer, long epoch, long stream, boolean waits, long nowNanos) {
    run(nowNanos, () -> mirror.waiting().add(consumer, epoch, stream, waits, nowNanos));
  }

  /**
   * A consumer that waits to be admitted is gone.
   *
   * @param consumer its connection
   * @param nowNanos the time
   */
  public void consumerGone(T consumer, long nowNanos) {
    run(nowNanos, () -> mirror.waiting().gone(consumer));
  }

  /**
   * How many consumers the session has at this node, links left out.
   *
   * @param count those that were admitted and are there
   * @param nowNanos the time
   */
  public void consumersNow(int count, long nowNanos) {
    run(nowNanos, () -> mirror.consumers(count));
  }

  // ---- the link ----

  /**
   * The link has had its JOINED, and the HEAD that this promises, which has been told by {@link
   * #headPublished} before. Where that HEAD does not go on exactly the log has begun anew.
   *
   * @param live whether the producer is there
   * @param nowNanos the time
   */
  public void linkUp(boolean live, long nowNanos) {
    run(nowNanos, () -> mirror.up(live));
  }

  /**
   * STATE 0 or 1 has come over the link.
   *
   * @param live whether the producer is there
   * @param nowNanos the time
   */
  public void linkState(boolean live, long nowNanos) {
    run(nowNanos, () -> mirror.state(live));
  }

  /**
   * The link could not be made, or has ended.
   *
   * @param why what has become of it
   * @param retryNanos how long the owner wants to be left alone, 0 where it has not said so
   * @param nowNanos the time
   */
  public void linkLost(LinkEnd why, long retryNanos, long nowNanos) {
    run(nowNanos, () -> mirror.lost(why, retryNanos, nowNanos));
  }

  // ---- the directory ----

  /**
   * The watch tells a change of the entry.
   *
   * @param entry what there is now
   * @param revision of the change
   * @param nowNanos the time
   */
  public void changed(Optional<Versioned<SessionEntry>> entry, long revision, long nowNanos) {
    run(
        nowNanos,
        () -> {
          known.changed(entry, revision);
          lookAgain();
        });
  }

  /**
   * The directory has told everything anew.
   *
   * @param entry what it says of this session
   * @param revision of the snapshot
   * @param nowNanos the time
   */
  public void snapshot(Optional<Versioned<SessionEntry>> entry, long revision, long nowNanos) {
    run(
        nowNanos,
        () -> {
          known.snapshot(entry, revision);
          lookAgain();
        });
  }

  /**
   * Nodes have come or gone.
   *
   * @param nowNanos the time
   */
  public void nodesChanged(long nowNanos) {
    run(nowNanos, this::lookAgain);
  }

  private void lookAgain() {
    if (claim != null) {
      claim.lookAgain();
    }
  }

  /**
   * The answer to {@link SessionEffects#read}.
   *
   * @param entry what there is
   * @param nowNanos the time
   */
  public void readAnswered(Optional<Versioned<SessionEntry>> entry, long nowNanos) {
    run(
        nowNanos,
        () -> {
          requests.readAnswered(entry);
          mirror.waiting().answered(null, false);
          answered();
        });
  }

  /**
   * The answer to {@link SessionEffects#write} or {@link SessionEffects#delete}.
   *
   * @param outcome what has become of it
   * @param nowNanos the time
   */
  public void writeAnswered(WriteOutcome outcome, long nowNanos) {
    run(
        nowNanos,
        () -> {
          requests.writeAnswered(outcome);
          answered();
        });
  }

  private void answered() {
    if (claim != null && !known.inDoubt()) {
      claim.hasRead();
    }
  }

  /**
   * A request to the directory has failed. A write may have been done, or may be done later.
   *
   * @param kind how
   * @param nowNanos the time
   */
  public void failed(DirectoryException.Kind kind, long nowNanos) {
    run(
        nowNanos,
        () -> {
          requests.failed(kind, nowNanos);
          if (kind != DirectoryException.Kind.NOT_WRITABLE) {
            mirror.waiting().answered(Refusal.UNREACHABLE, true);
          }
          if (claim != null) {
            claim.failed(kind);
          }
        });
  }

  /**
   * It is as late as {@link SessionEffects#timerAt} has asked for. May be called at any time.
   *
   * @param nowNanos the time
   */
  public void timer(long nowNanos) {
    run(nowNanos, () -> timerAt = NEVER);
  }

  // ---- what follows ----

  private void run(long now, Runnable what) {
    later.add(
        () -> {
          what.run();
          settle(now);
        });
    if (!inside) {
      inside = true;
      try {
        for (Runnable next = later.poll(); next != null; next = later.poll()) {
          next.run();
        }
      } finally {
        inside = false;
      }
    }
  }

  private void settle(long now) {
    settleClaim(now);
    settleOwnership();
    boolean owns = ownership.isHeld();
    if (owns) {
      mirror.rests(now);
    } else {
      mirror.settle(claim != null, now);
    }
    boolean ask = mirror.settleWaiting(owns, now);
    request(ask, now);
    setTimer(now);
  }

  private void settleClaim(long now) {
    Claim<T> mine = claim;
    if (mine == null) {
      return;
    }
    if (known.isOf(context.self(), mine.number)) {
      claim = null;
      admit(mine.producer, mine.join, mine.number, true);
      if (mine.takesOver(context.self())) {
        effects.tookOver();
      }
    } else if (mine.isOvertaken(context.self(), known)) {
      refuse(mine, Refusal.ANOTHER_CLAIM);
    } else if (now - mine.until >= 0) {
      refuse(mine, Refusal.UNREACHABLE);
    } else {
      Refusal refusal =
          requests.mayAsk(now) ? mine.decide(owned, context, known, now) : mine.refusal();
      if (refusal != null) {
        refuse(mine, refusal);
      }
    }
  }

  private void refuse(Claim<T> mine, Refusal why) {
    claim = null;
    effects.refuse(mine.producer, why);
  }

  private void settleOwnership() {
    if (!ownership.isHeld()) {
      return;
    }
    SessionEntry entry = known.entry();
    if (entry != null && !ClaimRules.isNobodyElses(entry, context.self())) {
      ownership.yield(known);
      mirror.takesOver();
      return;
    }
    ownership.settle(known, heads.highest());
    if (ownership.isEnding() && entry == null && !known.inDoubt() && !requests.isOpen()) {
      ownership.drop();
      mirror.end();
    }
  }

  /** What is to be asked of the directory, the most urgent first, one at a time. */
  private void request(boolean ask, long now) {
    if (!requests.mayAsk(now)) {
      return;
    }
    Claim<T> mine = claim;
    SessionEntry entry = known.entry();
    if (known.inDoubt() || (mine != null && mine.wantsRead())) {
      read();
    } else if (mine != null && mine.isDecided()) {
      requests.write(mine.entry(context.self(), entry, heads));
    } else if (ownership.isHeld()) {
      ownership.request(requests, entry, heads);
    } else if (entry != null && mine == null && entry.owner().equals(context.self())) {
      requests.write(ClaimRules.released(entry));
    } else if (entry != null && above(mirror.unwritten(entry), entry.highest())) {
      requests.write(entry.withSeen(mirror.unwritten(entry)));
    } else if (entry != null && mirror.vouches(now)) {
      requests.write(Voucher.vouched(entry));
    } else if (ask && context.reads().tryTake(now)) {
      read();
    } else if (ask) {
      mirror.waiting().answered(null, true);
      mirror.settleWaiting(false, now);
    }
  }

  private void read() {
    mirror.waiting().asking();
    requests.read();
  }

  private void setTimer(long now) {
    long next = Math.min(mirror.nextNanos(now), requests.nextNanos(now));
    if (claim != null) {
      next = Math.min(next, claim.nextNanos(now));
    }
    if (next != timerAt) {
      timerAt = next;
      effects.timerAt(next);
    }
  }
}
