package io.hydrasync.cluster;

import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listener, whose exceptions end nothing, and the state that it was told. */
final class Told {
  private static final Logger LOG = LoggerFactory.getLogger(Told.class);

  private final DirectoryListener listener;
  private volatile DirectoryState state = DirectoryState.UNKNOWN;
  private boolean writable = true;
  private String lastFailure = DirectoryState.UNKNOWN.problem();
  private String refusal = "";
  private boolean over;

  Told(DirectoryListener listener) {
    this.listener = listener;
  }

  DirectoryState state() {
    return state;
  }

  void tell(Consumer<DirectoryListener> what) {
    if (over) {
      return;
    }
    try {
      what.accept(listener);
    } catch (RuntimeException e) {
      LOG.error("the listener of the directory has failed", e);
    }
  }

  /** Nothing is told any more. */
  void end() {
    over = true;
  }

  void wrote() {
    writable = true;
  }

  /** What a request has failed with, by this node's own or another's doing. */
  void failed(Throwable failure, boolean own) {
    String text = String.valueOf(failure.getMessage());
    if (failure instanceof GatewayException known) {
      switch (known.reason()) {
        case FULL -> writable = false;
        case REFUSED -> refusal = own ? text : refusal;
        default -> lastFailure = text;
      }
    } else {
      lastFailure = text;
    }
  }

  /** What this node does by itself is not refused. */
  void notRefused() {
    refusal = "";
  }

  /** Tells the state, if it has changed. */
  void update(boolean reachable) {
    DirectoryState now = new DirectoryState(reachable, writable, problem(reachable));
    DirectoryState before = state;
    if (!now.equals(before)) {
      state = now;
      if (!now.problem().isEmpty()) {
        LOG.warn("the directory: {}", now.problem());
      } else if (!before.problem().isEmpty()) {
        LOG.info("the directory is reachable and writable");
      }
      tell(to -> to.state(now));
    }
  }

  private String problem(boolean reachable) {
    if (!reachable) {
      return lastFailure;
    }
    if (!writable) {
      return "etcd is full and takes no writes: compact it, defragment each member, then disarm the"
          + " alarm";
    }
    return refusal;
  }
}
