package io.hydrasync.cluster;

import com.google.gson.JsonObject;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What etcd's answers say of sessions; the watch is not to tell anything older than that. What
 * cannot be read is an {@link IllegalArgumentException}. On the directory's thread.
 */
final class SessionAnswers {
  private final Floors floors;

  SessionAnswers(Floors floors) {
    this.floors = floors;
  }

  /** The revision of the store that an answer was given at. */
  static long revision(JsonObject answer) {
    return Json.number(Json.object(answer, "header"), "revision");
  }

  /** To a read of one key. */
  Optional<Versioned<SessionEntry>> read(SessionHash hash, JsonObject answer) {
    return current(hash, answer, revision(answer));
  }

  /** To a transaction that writes or deletes one key. */
  WriteOutcome outcome(SessionHash hash, JsonObject answer) {
    long revision = revision(answer);
    if (Json.flag(answer, "succeeded")) {
      floors.known(hash, revision);
      return new WriteOutcome.Written(revision);
    }
    List<JsonObject> responses = Json.objects(answer, "responses");
    JsonObject range =
        responses.isEmpty() ? new JsonObject() : Json.object(responses.get(0), "response_range");
    return new WriteOutcome.Conflict(current(hash, range, revision));
  }

  /** To a transaction of such transactions: the keys that are deleted. */
  Set<SessionHash> deleted(List<SessionHash> order, JsonObject answer) {
    List<JsonObject> responses = Json.objects(answer, "responses");
    if (responses.size() != order.size()) {
      throw new IllegalArgumentException("not as many answers as questions");
    }
    Set<SessionHash> deleted = new HashSet<>();
    for (int i = 0; i < order.size(); i++) {
      if (Json.flag(Json.object(responses.get(i), "response_txn"), "succeeded")) {
        deleted.add(order.get(i));
        floors.known(order.get(i), revision(answer));
      }
    }
    return deleted;
  }

  private Optional<Versioned<SessionEntry>> current(
      SessionHash hash, JsonObject range, long revision) {
    List<JsonObject> found = Json.objects(range, "kvs");
    if (found.isEmpty()) {
      floors.absent(hash, revision);
      return Optional.empty();
    }
    KeyValue kv = KeyValue.of(found.get(0));
    floors.known(hash, kv.modRevision());
    return Optional.of(new Versioned<>(Values.session(kv.value()), kv.modRevision()));
  }
}
