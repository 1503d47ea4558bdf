package io.hydrasync.cluster;

import com.google.gson.JsonObject;
import io.hydrasync.cluster.GatewayException.Reason;
import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lease that says that this node lives, and its key, which is written again with each renewal.
 * On the directory's thread.
 */
final class NodeLease {
  static final Duration TTL = Duration.ofSeconds(10);
  static final Duration EVERY = Duration.ofSeconds(3);

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

  private final Gateway gateway;
  private final Timeline timeline;
  private final Keys keys;
  private final Values values;
  private final NodeId self;
  private final Told told;
  private final Sync sync;
  private Optional<NodeEntry> entry = Optional.empty();
  private @Nullable String id;

  /** Until when it runs at the least, if it runs; for other threads. */
  private volatile @Nullable Long until;

  private boolean held;
  private boolean over;
  private boolean putting;
  private boolean putAgain;
  private Timeline.@Nullable Scheduled next;

  NodeLease(
      Gateway gateway,
      Timeline timeline,
      Keys keys,
      Values values,
      NodeId self,
      Told told,
      Sync sync) {
    this.gateway = gateway;
    this.timeline = timeline;
    this.keys = keys;
    this.values = values;
    this.self = self;
    this.told = told;
    this.sync = sync;
  }

  Optional<NodeEntry> entry() {
    return entry;
  }

  void start() {
    grant();
  }

  void publish(NodeEntry said) {
    entry = Optional.of(said);
    put();
  }

  private void grant() {
    if (over) {
      return;
    }
    long began = timeline.nanoTime();
    gateway
        .urgent(Requests.GRANT, Requests.grant(TTL.toSeconds()), Gateway.Repeat.ALWAYS)
        .thenApply(answer -> Json.required(answer, "ID"))
        .whenComplete(
            (granted, failure) -> {
              if (failure != null) {
                told.failed(Gateway.unwrapped(failure), true);
                again(AFTER_FAILURE, this::grant);
              } else {
                told.wrote();
                id = granted;
                until = began + TTL.toNanos();
                put();
                again(EVERY, this::renew);
              }
            });
  }

  private void again(Duration delay, Runnable what) {
    if (!over) {
      next = timeline.schedule(delay, what);
    }
  }

  private void renew() {
    String renewed = id;
    if (over || renewed == null) {
      return;
    }
    put();
    long began = timeline.nanoTime();
    gateway
        .urgent(Requests.KEEP_ALIVE, Requests.lease(renewed), Gateway.Repeat.ALWAYS)
        .thenApply(answer -> Json.number(answer, "TTL"))
        .whenComplete((ttl, failure) -> renewed(renewed, began, ttl, failure));
  }

  private void renewed(
      String renewed, long began, @Nullable Long ttl, @Nullable Throwable failure) {
    if (over || !renewed.equals(id)) {
      return;
    }
    if (ttl == null) {
      Throwable why = Gateway.unwrapped(failure == null ? new IllegalStateException() : failure);
      told.failed(why, true);
      if (isGone(why)) {
        lost();
      } else {
        again(AFTER_FAILURE, this::renew);
      }
    } else if (ttl <= 0) {
      lost();
    } else {
      told.notRefused();
      until = began + TimeUnit.SECONDS.toNanos(Math.min(ttl, TTL.toSeconds()));
      Duration took = Duration.ofNanos(timeline.nanoTime() - began);
      again(took.compareTo(EVERY) < 0 ? EVERY.minus(took) : Duration.ZERO, this::renew);
    }
  }

  private static boolean isGone(Throwable failure) {
    return failure instanceof GatewayException known && known.reason() == Reason.NOT_FOUND;
  }

  /** How long the lease runs at the least if it is not renewed. From any thread. */
  Optional<Duration> left() {
    Long end = until;
    return end == null
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(Math.max(0, end - timeline.nanoTime())));
  }

  private void lost() {
    id = null;
    until = null;
    if (next != null) {
      next.cancel();
    }
    if (held) {
      held = false;
      told.tell(DirectoryListener::leaseLost);
    }
    sync.doubt("this node's lease has ended");
    grant();
  }

  private void put() {
    String with = id;
    if (over || with == null || entry.isEmpty()) {
      return;
    }
    if (putting) {
      putAgain = true;
      return;
    }
    putting = true;
    byte[] value = values.node(self, entry.get());
    Sync.Mark asked = sync.mark();
    gateway
        .urgent(Requests.PUT, Requests.put(keys.node(self), value, with), Gateway.Repeat.ALWAYS)
        .whenComplete((answer, failure) -> wasPut(with, asked, answer, failure));
  }

  private void wasPut(
      String with, Sync.Mark asked, @Nullable JsonObject answer, @Nullable Throwable failure) {
    putting = false;
    if (over) {
      return;
    }
    if (answer == null) {
      Throwable why = Gateway.unwrapped(failure == null ? new IllegalStateException() : failure);
      if (isGone(why) && with.equals(id)) {
        lost();
      } else if (!isGone(why)) {
        told.failed(why, true);
      }
    } else {
      told.wrote();
      long revision = Json.number(Json.object(answer, "header"), "revision");
      sync.wrote(revision);
      sync.answered(asked, revision);
      if (!held && with.equals(id)) {
        held = true;
        told.tell(DirectoryListener::leaseHeld);
      }
    }
    if (putAgain) {
      putAgain = false;
      put();
    }
  }

  /** Gives the lease back; done when that has been answered, or cannot be. */
  CompletableFuture<?> close() {
    over = true;
    until = null;
    if (next != null) {
      next.cancel();
    }
    return id == null
        ? CompletableFuture.completedFuture(null)
        : gateway
            .urgent(Requests.REVOKE, Requests.lease(id), Gateway.Repeat.ALWAYS)
            .handle((answer, failure) -> null);
  }
}
