package io.hydrasync.cluster;

import com.google.gson.JsonObject;
import io.hydrasync.cluster.GatewayException.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Reads all keys at one revision, a page at a time. On the directory's thread. */
final class Snapshot {
  /** Keys of a page; fewer where their values are long, or a page does not come in time. */
  static final int PAGE = 5_000;

  /** A page that is no longer than this and does not come ends the reading. */
  private static final int SHORT_PAGE = 100;

  private final Gateway gateway;
  private final Keys keys;
  private final CompletableFuture<Snapshot> done = new CompletableFuture<>();
  private final List<KeyValue> found = new ArrayList<>();
  private int limit = PAGE;
  private long revision;

  private Snapshot(Gateway gateway, Keys keys) {
    this.gateway = gateway;
    this.keys = keys;
  }

  static CompletableFuture<Snapshot> read(Gateway gateway, Keys keys) {
    Snapshot snapshot = new Snapshot(gateway, keys);
    snapshot.page(keys.first());
    return snapshot.done;
  }

  List<KeyValue> found() {
    return found;
  }

  long revision() {
    return revision;
  }

  private void page(byte[] from) {
    gateway
        .urgent(
            Requests.RANGE, Requests.page(from, keys.end(), limit, revision), Gateway.Repeat.ALWAYS)
        .whenComplete(
            (answer, failure) -> {
              if (failure != null) {
                failed(from, Gateway.unwrapped(failure));
              } else {
                read(answer);
              }
            });
  }

  private void failed(byte[] from, Throwable failure) {
    if (failure instanceof GatewayException known && mayBeShorter(known.reason())) {
      limit /= 2;
      page(from);
    } else {
      done.completeExceptionally(failure);
    }
  }

  private boolean mayBeShorter(Reason reason) {
    return (reason == Reason.TOO_LONG && limit > 1)
        || (reason == Reason.UNKNOWN && limit > SHORT_PAGE);
  }

  private void read(JsonObject answer) {
    try {
      if (revision == 0) {
        revision = Json.number(Json.object(answer, "header"), "revision");
      }
      List<JsonObject> page = Json.objects(answer, "kvs");
      page.forEach(kv -> found.add(KeyValue.of(kv)));
      if (Json.flag(answer, "more") && !page.isEmpty()) {
        byte[] last = Json.bytes(page.get(page.size() - 1), "key");
        page(Arrays.copyOf(last, last.length + 1));
      } else {
        done.complete(this);
      }
    } catch (IllegalArgumentException e) {
      done.completeExceptionally(
          new GatewayException(Reason.UNKNOWN, "etcd answers what cannot be read"));
    }
  }
}
