package io.hydrasync.server.internal.cluster;

import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An edge's link to the owner: at once when the entry changes, else every 200 ms to 1 s, or when
 * the owner wants to be asked again if that is later. One that works stays until the entry names
 * another node.
 */
final class MirrorLink {
  private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long MOST = TimeUnit.SECONDS.toNanos(1);

  private final ClusterContext context;
  private final SessionEffects<?> effects;
  private State state = State.NONE;
  private @Nullable NodeId target;
  private @Nullable NodeId triedOwner;
  private long triedClaim;
  private long againAt;
  private boolean over;

  private enum State {
    NONE,
    MAKING,
    UP
  }

  MirrorLink(ClusterContext context, SessionEffects<?> effects) {
    this.context = context;
    this.effects = effects;
  }

  boolean isUp() {
    return state == State.UP;
  }

  boolean isMaking() {
    return state == State.MAKING;
  }

  /** Whether it is up, and to this node. */
  boolean isTo(NodeId node) {
    return state == State.UP && node.equals(target);
  }

  /** Whether STATE 2 has come, and the entry is still that of then. */
  boolean isOver() {
    return over;
  }

  /** Makes, keeps or ends the link. */
  void settle(boolean wanted, @Nullable SessionEntry entry, long now) {
    boolean elsewhere =
        entry != null && !entry.owner().equals(NodeId.NOBODY) && !entry.owner().equals(target);
    if (state != State.NONE && (!wanted || elsewhere)) {
      end();
    }
    if (entry != null && !entry.isOf(tried(), triedClaim)) {
      triedOwner = entry.owner();
      triedClaim = entry.claim();
      over = false;
      againAt = now;
    }
    if (state == State.NONE && wanted && entry != null && !over && now - againAt >= 0) {
      make(entry.owner(), now);
    }
  }

  private NodeId tried() {
    NodeId owner = triedOwner;
    return owner == null ? NodeId.NOBODY : owner;
  }

  private void make(NodeId owner, long now) {
    Optional<NodeEntry> node = context.nodes().find(owner);
    if (node.isEmpty() || owner.equals(context.self())) {
      return;
    }
    if (!context.linkSlots().tryTake()) {
      againAt = now + LEAST;
      return;
    }
    state = State.MAKING;
    target = owner;
    effects.link(owner, node.get().link());
  }

  /** Ends it, whatever it is. */
  void end() {
    if (state != State.NONE) {
      none();
      effects.unlink();
    }
  }

  private void none() {
    if (state == State.MAKING) {
      context.linkSlots().giveBack();
    }
    state = State.NONE;
    target = null;
  }

  /** It is there. False if none was being made. */
  boolean up() {
    if (state != State.MAKING) {
      return false;
    }
    context.linkSlots().giveBack();
    state = State.UP;
    return true;
  }

  /**
   * It is not there any more, or was not to be had. False if there was none: one that was ended,
   * since the entry names another node, has nothing to say.
   *
   * @param retryNanos how long the owner wants to be left alone
   * @return whether the session is over
   */
  boolean lost(LinkEnd why, long retryNanos, long now) {
    if (state == State.NONE) {
      return false;
    }
    over = why == LinkEnd.OVER;
    none();
    long least = why == LinkEnd.UNAUTHORIZED ? MOST : LEAST; // for the operator to see, no sooner
    againAt = now + Math.max(retryNanos, context.between(least, MOST));
    return over;
  }

  /** When to try again. */
  long nextNanos(long now) {
    return state == State.NONE && !over && againAt - now > 0 ? againAt : Long.MAX_VALUE;
  }
}
