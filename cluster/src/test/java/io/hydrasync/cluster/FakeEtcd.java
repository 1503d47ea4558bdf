package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * As much of etcd behind its gateway as a directory uses, with members that fail in the ways that
 * were seen of real ones. What is answered to a path next can be scripted. Thread-safe.
 */
final class FakeEtcd {
  static final String RANGE = "/v3/kv/range";
  static final String PUT = "/v3/kv/put";
  static final String TXN = "/v3/kv/txn";
  static final String KEEP_ALIVE = "/v3/lease/keepalive";
  static final String GRANT = "/v3/lease/grant";
  static final String WATCH = "/v3/watch";

  /** Who is answered: like a sink of a transport, from any thread. */
  interface Reply {
    void begin(int status);

    void write(String text);

    void end();

    /** The connection is closed instead. */
    void cut();
  }

  /** A request as it has come. */
  record Request(int member, String path, Map<String, String> headers, JsonObject body) {}

  private record Value(long created, long mod, byte[] value, @Nullable String lease) {}

  private record Change(long revision, String key, byte @Nullable [] value, long created) {}

  private record Watcher(int member, String from, String to, Reply reply) {}

  private final TreeMap<String, Value> store = new TreeMap<>();
  private final List<Change> history = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private final Map<String, Long> leases = new HashMap<>();
  private final Map<String, Deque<BiConsumer<Request, Reply>>> scripts = new HashMap<>();
  final List<Request> requests = new ArrayList<>();
  final Set<Integer> frozen = new HashSet<>();
  final Set<Integer> leaderless = new HashSet<>();
  final Set<Integer> silentWatches = new HashSet<>();
  private final Deque<Runnable> frozenWork = new ArrayDeque<>();
  private long revision = 1;
  private long compacted;
  private int leaseCount;
  private int tokens;
  boolean full;
  boolean blanks;
  boolean authOn;

  /** As where etcd has lost what it had: a token of before is waited for, not refused. */
  boolean silentOnTokens;

  private final Set<String> validTokens = new HashSet<>();

  /** What is answered to the next request of a path, instead of what would be. */
  synchronized void script(String path, BiConsumer<Request, Reply> answer) {
    scripts.computeIfAbsent(path, p -> new ArrayDeque<>()).add(answer);
  }

  void script(String path, int status, String body) {
    script(path, (request, reply) -> answer(reply, status, body));
  }

  synchronized void forgetScript(String path) {
    scripts.remove(path);
  }

  static void answer(Reply reply, int status, String body) {
    reply.begin(status);
    reply.write(body);
    reply.end();
  }

  synchronized void handle(Request request, Reply reply) {
    requests.add(request);
    if (frozen.contains(request.member())) {
      frozenWork.add(() -> handleNow(request, new Unheard()));
      return;
    }
    handleNow(request, reply);
  }

  /** A member that stood still does what it was asked; nobody hears the answers. */
  synchronized void thaw(int member) {
    frozen.remove(member);
    while (!frozenWork.isEmpty()) {
      frozenWork.remove().run();
    }
  }

  private void handleNow(Request request, Reply reply) {
    Deque<BiConsumer<Request, Reply>> script = scripts.get(request.path());
    if (script != null && !script.isEmpty()) {
      script.remove().accept(request, reply);
    } else if (leaderless.contains(request.member())) {
      answer(reply, 503, "{\"error\":\"no leader\",\"message\":\"no leader\",\"code\":14}");
    } else if (!isAllowed(request) && silentOnTokens) {
      return;
    } else if (!isAllowed(request)) {
      answer(reply, 401, "{\"error\":\"invalid token\",\"message\":\"invalid token\",\"code\":16}");
    } else {
      serve(request, reply);
    }
  }

  private boolean isAllowed(Request request) {
    return !authOn
        || request.path().startsWith("/v3/auth/")
        || request.path().startsWith("/v3/lease/")
        || validTokens.contains(request.headers().getOrDefault("Authorization", ""));
  }

  private void serve(Request request, Reply reply) {
    JsonObject body = request.body();
    switch (request.path()) {
      case RANGE -> range(body, reply);
      case PUT -> put(body, reply);
      case TXN -> transaction(body, reply);
      case GRANT -> grant(reply);
      case KEEP_ALIVE -> keepAlive(body, reply);
      case "/v3/lease/revoke" -> {
        expire(body.get("ID").getAsString());
        send(reply, header());
      }
      case "/v3/auth/authenticate" -> login(reply);
      case WATCH -> watch(request, reply);
      default -> answer(reply, 404, "Not Found\n");
    }
  }

  private void login(Reply reply) {
    String token = "token." + ++tokens;
    validTokens.add(token);
    JsonObject answer = header();
    answer.addProperty("token", token);
    send(reply, answer);
  }

  synchronized void forgetTokens() {
    validTokens.clear();
  }

  private void grant(Reply reply) {
    if (full) {
      noSpace(reply);
      return;
    }
    String id = Integer.toString(1000 + ++leaseCount);
    leases.put(id, 10L);
    JsonObject answer = header();
    answer.addProperty("ID", id);
    answer.addProperty("TTL", "10");
    send(reply, answer);
  }

  private void keepAlive(JsonObject body, Reply reply) {
    JsonObject result = header();
    result.add("ID", body.get("ID"));
    if (leases.containsKey(body.get("ID").getAsString())) {
      result.addProperty("TTL", "10");
    }
    JsonObject answer = new JsonObject();
    answer.add("result", result);
    reply.begin(200);
    reply.write(text(answer) + "\n");
    reply.end();
  }

  private static void noSpace(Reply reply) {
    answer(reply, 429, "{\"error\":\"full\",\"message\":\"full\",\"code\":8}");
  }

  private void put(JsonObject body, Reply reply) {
    String lease = body.has("lease") ? body.get("lease").getAsString() : null;
    if (full) {
      noSpace(reply);
    } else if (lease != null && !leases.containsKey(lease)) {
      answer(reply, 404, "{\"error\":\"no lease\",\"message\":\"no lease\",\"code\":5}");
    } else {
      revision++;
      set(key(body), bytes(body, "value"), lease);
      send(reply, header());
    }
  }

  private void set(String key, byte[] value, @Nullable String lease) {
    Value before = store.get(key);
    long created = before == null ? revision : before.created;
    store.put(key, new Value(created, revision, value, lease));
    changed(new Change(revision, key, value, created));
  }

  private void remove(String key) {
    store.remove(key);
    changed(new Change(revision, key, null, 0));
  }

  private void range(JsonObject body, Reply reply) {
    long at = Json.number(body, "revision");
    if (at > 0 && at < compacted) {
      answer(reply, 400, "{\"error\":\"compacted\",\"message\":\"compacted\",\"code\":11}");
    } else {
      send(reply, ranged(body));
    }
  }

  private JsonObject ranged(JsonObject body) {
    String from = key(body);
    String to = new String(bytes(body, "range_end"), UTF_8);
    long limit = Json.number(body, "limit");
    JsonObject answer = header();
    JsonArray kvs = new JsonArray();
    for (Map.Entry<String, Value> each : store.tailMap(from).entrySet()) {
      boolean in = to.isEmpty() ? each.getKey().equals(from) : each.getKey().compareTo(to) < 0;
      if (!in) {
        break;
      }
      if (limit > 0 && kvs.size() == limit) {
        answer.addProperty("more", true);
        break;
      }
      Value value = each.getValue();
      kvs.add(kv(each.getKey(), value.value, value.created, value.mod));
    }
    if (kvs.size() > 0) {
      answer.add("kvs", kvs);
      answer.addProperty("count", Integer.toString(kvs.size()));
    }
    return answer;
  }

  private void transaction(JsonObject body, Reply reply) {
    if (full && body.toString().contains("request_put")) {
      noSpace(reply);
      return;
    }
    revision++;
    int before = history.size();
    JsonObject answer = apply(body);
    if (history.size() == before) {
      revision--; // nothing was written
      answer.add("header", header().get("header"));
    }
    send(reply, answer);
  }

  private JsonObject apply(JsonObject txn) {
    boolean holds = true;
    for (JsonObject compare : Json.objects(txn, "compare")) {
      Value value = store.get(key(compare));
      holds &= (value == null ? 0 : value.mod) == Json.number(compare, "mod_revision");
    }
    JsonObject answer = header();
    if (holds) {
      answer.addProperty("succeeded", true);
    }
    JsonArray responses = new JsonArray();
    for (JsonObject each : Json.objects(txn, holds ? "success" : "failure")) {
      responses.add(operation(each));
    }
    if (responses.size() > 0) {
      answer.add("responses", responses);
    }
    return answer;
  }

  private JsonObject operation(JsonObject operation) {
    JsonObject response = new JsonObject();
    if (operation.has("request_put")) {
      JsonObject put = Json.object(operation, "request_put");
      set(key(put), bytes(put, "value"), null);
      response.add("response_put", header());
    } else if (operation.has("request_delete_range")) {
      remove(key(Json.object(operation, "request_delete_range")));
      response.add("response_delete_range", header());
    } else if (operation.has("request_range")) {
      response.add("response_range", ranged(Json.object(operation, "request_range")));
    } else {
      response.add("response_txn", apply(Json.object(operation, "request_txn")));
    }
    return response;
  }

  private void watch(Request request, Reply reply) {
    JsonObject create = Json.object(request.body(), "create_request");
    long start = Json.number(create, "start_revision");
    Watcher watcher =
        new Watcher(
            request.member(), key(create), new String(bytes(create, "range_end"), UTF_8), reply);
    reply.begin(200);
    JsonObject created = header();
    created.addProperty("created", true);
    line(reply, created);
    if (start > 0 && start < compacted) {
      JsonObject canceled = header();
      canceled.addProperty("canceled", true);
      canceled.addProperty("compact_revision", Long.toString(compacted));
      line(reply, canceled);
      return;
    }
    watchers.add(watcher);
    for (Change change : history) {
      if (change.revision >= start) {
        tell(watcher, change);
      }
    }
  }

  private void changed(Change change) {
    history.add(change);
    for (Watcher watcher : List.copyOf(watchers)) {
      if (!frozen.contains(watcher.member) && !silentWatches.contains(watcher.member)) {
        tell(watcher, change);
      }
    }
  }

  private void tell(Watcher watcher, Change change) {
    if (change.key.compareTo(watcher.from) >= 0 && change.key.compareTo(watcher.to) < 0) {
      JsonObject result = header();
      JsonArray events = new JsonArray();
      events.add(event(change.key, change.value, change.created, change.revision));
      result.add("events", events);
      line(watcher.reply, result);
    }
  }

  static JsonObject event(String key, byte @Nullable [] value, long created, long revision) {
    JsonObject event = new JsonObject();
    if (value == null) {
      event.addProperty("type", "DELETE");
    }
    event.add("kv", kv(key, value == null ? new byte[0] : value, created, revision));
    return event;
  }

  private static JsonObject kv(String key, byte[] value, long created, long mod) {
    JsonObject kv = new JsonObject();
    kv.addProperty("key", base64(key.getBytes(UTF_8)));
    if (created > 0) {
      kv.addProperty("create_revision", Long.toString(created));
    }
    kv.addProperty("mod_revision", Long.toString(mod));
    if (value.length > 0) {
      kv.addProperty("value", base64(value));
    }
    return kv;
  }

  /** Says something on each watch of a member. */
  synchronized void onWatches(int member, String line) {
    for (Watcher watcher : List.copyOf(watchers)) {
      if (watcher.member == member) {
        watcher.reply.write(line + "\n");
      }
    }
  }

  /** Ends each watch of a member. */
  synchronized void endWatches(int member) {
    for (Iterator<Watcher> each = watchers.iterator(); each.hasNext(); ) {
      Watcher watcher = each.next();
      if (watcher.member == member) {
        each.remove();
        watcher.reply.end();
      }
    }
  }

  /** A line of a watch with these events. */
  String watchLine(List<JsonObject> events, boolean fragment) {
    JsonObject result = header();
    JsonArray all = new JsonArray();
    events.forEach(all::add);
    result.add("events", all);
    if (fragment) {
      result.addProperty("fragment", true);
    }
    JsonObject line = new JsonObject();
    line.add("result", result);
    return text(line);
  }

  synchronized void expire(String lease) {
    leases.remove(lease);
    List<String> gone =
        store.entrySet().stream()
            .filter(each -> lease.equals(each.getValue().lease))
            .map(Map.Entry::getKey)
            .toList();
    if (!gone.isEmpty()) {
      revision++;
      gone.forEach(this::remove);
    }
  }

  synchronized void expireAll() {
    List.copyOf(leases.keySet()).forEach(this::expire);
  }

  /** Another client's put. */
  synchronized long write(String key, byte[] value) {
    revision++;
    set(key, value, null);
    return revision;
  }

  synchronized void erase(String key) {
    revision++;
    remove(key);
  }

  synchronized void compact() {
    compacted = revision;
    history.clear();
  }

  /** As after a backup was played back: an older revision, and what was there then. */
  synchronized void restore(long older, Map<String, byte[]> content) {
    store.clear();
    history.clear();
    compacted = 0;
    revision = older;
    content.forEach((key, value) -> store.put(key, new Value(older, older, value, null)));
  }

  synchronized long revision() {
    return revision;
  }

  synchronized Map<String, byte[]> content() {
    Map<String, byte[]> all = new TreeMap<>();
    store.forEach((key, value) -> all.put(key, value.value));
    return all;
  }

  synchronized long count(String path) {
    return requests.stream().filter(each -> each.path().equals(path)).count();
  }

  synchronized List<Request> requests(String path) {
    return requests.stream().filter(each -> each.path().equals(path)).toList();
  }

  private JsonObject header() {
    JsonObject header = new JsonObject();
    header.addProperty("cluster_id", "3654401606550283201");
    header.addProperty("revision", Long.toString(revision));
    JsonObject answer = new JsonObject();
    answer.add("header", header);
    return answer;
  }

  private void send(Reply reply, JsonObject answer) {
    answer(reply, 200, text(answer));
  }

  private void line(Reply reply, JsonObject result) {
    JsonObject line = new JsonObject();
    line.add("result", result);
    reply.write(text(line) + "\n");
  }

  private String text(JsonObject object) {
    String text = object.toString();
    return blanks ? text.replace("\":", "\":  ").replace(",\"", ", \"") : text;
  }

  private static String key(JsonObject object) {
    return new String(bytes(object, "key"), UTF_8);
  }

  private static byte[] bytes(JsonObject object, String name) {
    return Json.bytes(object, name);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** Nobody hears. */
  private static final class Unheard implements Reply {
    @Override
    public void begin(int status) {}

    @Override
    public void write(String text) {}

    @Override
    public void end() {}

    @Override
    public void cut() {}
  }
}
