package io.hydrasync.server.internal.cluster;

import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The session for consumers, where this node does not own it: a log that a link fills, for as long
 * as somebody may want it.
 *
 * @param <T> a client's connection
 */
final class Mirror<T> {
  /** How long consumers stay without a link to a producer that is said to be there. */
  static final long LINKLESS = TimeUnit.SECONDS.toNanos(5);

  private final ClusterContext context;
  private final SessionEffects<T> effects;
  private final Known known;
  private final Heads heads;
  private final MirrorLink link;
  private final Voucher voucher;
  private final WaitingConsumers<T> waiting = new WaitingConsumers<>();
  private int consumers;
  private boolean idle;
  private long idleSince;
  private boolean there;
  private boolean endIsUnsure;
  private boolean toldLive;
  private boolean linkless;
  private long linklessSince;

  Mirror(ClusterContext context, SessionEffects<T> effects, Known known, Heads heads, long now) {
    this.context = context;
    this.effects = effects;
    this.known = known;
    this.heads = heads;
    link = new MirrorLink(context, effects);
    voucher = new Voucher(context);
    idleSince = now;
  }

  /** Whether there is a log, or is to be one. */
  boolean isThere() {
    return there || link.isUp() || link.isMaking();
  }

  WaitingConsumers<T> waiting() {
    return waiting;
  }

  void consumers(int count) {
    consumers = count;
  }

  /** There is a log: of this node's producer, or from a link. */
  void begins() {
    there = true;
  }

  /** This node owns the session: what the link has not published is dropped. */
  void unlink() {
    link.end();
    there = true;
    linkless = false;
  }

  /** This node does not own the session any more: its log is the mirror. */
  void takesOver() {
    toldLive = false;
  }

  void up(boolean live) {
    if (link.up()) {
      there = true;
      endIsUnsure = false;
      tell(live);
    }
  }

  void state(boolean live) {
    if (link.isUp()) {
      tell(live);
    }
  }

  void lost(LinkEnd why, long retryNanos, long now) {
    if (link.lost(why, retryNanos, now)) {
      toldLive = false;
      effects.over();
    } else {
      tell(false);
    }
  }

  private void tell(boolean live) {
    if (toldLive != live) {
      toldLive = live;
      effects.producerState(live);
    }
  }

  /**
   * The highest epoch that the entry may not know. While a link works, the log's last is the
   * owner's, which writes it down itself, unless it is cut off from the directory: then nobody else
   * would know of it where that node dies.
   */
  long unwritten(SessionEntry entry) {
    boolean ownersOwn = link.isUp() && context.nodes().has(entry.owner());
    return ownersOwn ? heads.elsewhere() : heads.highest();
  }

  /** Whether the entry is to be written again, for an owner that cannot do so. */
  boolean vouches(long now) {
    return voucher.isDue(now);
  }

  /** Forgets the session. */
  void end() {
    link.end();
    heads.forget();
    there = false;
    endIsUnsure = false;
    linkless = false;
    toldLive = false;
    effects.end();
  }

  /** Somebody else looks after the session: this node owns it. */
  void rests(long now) {
    idle = false;
    idleSince = now;
    voucher.settle(false, 0, now);
  }

  /** Does what follows from the entry, the link and who is there. */
  void settle(boolean claiming, long now) {
    boolean wanted = consumers > 0 || !waiting.isEmpty();
    idle = !wanted && !claiming;
    idleSince = idle ? idleSince : now;
    if (there && idle && now - idleSince >= context.lingerNanos()) {
      end();
      return;
    }
    SessionEntry entry = known.entry();
    link.settle(there || wanted, entry, now);
    voucher.settle(entry != null && isCutOff(entry), known.modRevision(), now);
    if (entry != null) {
      endIsUnsure = false;
    } else if (link.isUp() || known.wasLive()) {
      endIsUnsure = true;
    } else if (there && !endIsUnsure && !claiming && !known.inDoubt()) {
      end();
      return;
    }
    settleLinkless(entry, now);
  }

  private void settleLinkless(@Nullable SessionEntry entry, long now) {
    boolean lacks = consumers > 0 && !link.isUp() && !link.isOver();
    if (!lacks || (entry == null ? !there : isAway(entry))) {
      linkless = false;
    } else if (!linkless) {
      linkless = true;
      linklessSince = now;
    } else if (now - linklessSince >= LINKLESS) {
      linkless = false;
      effects.leaveElsewhere();
    }
  }

  /** Whether the directory says that no producer is there. */
  private boolean isAway(SessionEntry entry) {
    return !entry.live() || !isElsewhere(entry);
  }

  /** Whether the owner is there, with its producer, and the directory has lost it. */
  private boolean isCutOff(SessionEntry entry) {
    return toldLive && link.isTo(entry.owner()) && !context.nodes().has(entry.owner());
  }

  /** Whether another node owns the session, and is there. */
  private boolean isElsewhere(SessionEntry entry) {
    NodeId owner = entry.owner();
    return !owner.equals(context.self()) && context.nodes().has(owner);
  }

  /** What becomes of consumers that wait. */
  boolean settleWaiting(boolean owns, long now) {
    if (waiting.isEmpty()) {
      return false;
    }
    SessionEntry entry = known.entry();
    Situation situation =
        new Situation(
            owns || there || entry != null,
            owns || link.isUp() || link.isOver(),
            entry != null && isElsewhere(entry),
            entry != null && heads.epoch() != 0,
            heads);
    return waiting.settle(situation, effects, now);
  }

  /** When something becomes due that nobody else tells. */
  long nextNanos(long now) {
    long next = Math.min(waiting.nextNanos(), link.nextNanos(now));
    next = Math.min(next, voucher.nextNanos(now));
    next = there && idle ? Math.min(next, idleSince + context.lingerNanos()) : next;
    return linkless ? Math.min(next, linklessSince + LINKLESS) : next;
  }
}
