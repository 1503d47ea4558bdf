package io.hydrasync.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.hydrasync.server.AdminHandler;
import io.hydrasync.server.AdmissionLimits;
import io.hydrasync.server.ClusterStatus;
import io.hydrasync.server.RelayOperator;
import io.hydrasync.server.SessionStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * The JSON of admins: {@code {"op":"status"}} and so on. A reply is {@code {"ok":true,...}} or
 * {@code {"ok":false,"error":"..."}}, with {@code "owner":"HOST:PORT"} where another node of the
 * cluster, at this address for clients, is the one to be asked. Called by the relay on its admin
 * thread, one request at a time. Thread-safe.
 *
 * <table>
 *   <caption>Requests</caption>
 *   <tr><th>op</th><th>fields</th><th>reply</th></tr>
 *   <tr><td>status</td><td></td><td>status, limits, timeMs (the relay's clock)</td></tr>
 *   <tr><td>sessions</td><td>sort (lag, received), limit</td><td>total, sessions</td></tr>
 *   <tr><td>session</td><td>session</td><td>sessions with their consumers</td></tr>
 *   <tr><td>cluster</td><td>limit</td><td>cluster: nodes, and this one's sessions</td></tr>
 *   <tr><td>kick</td><td>connection</td><td></td></tr>
 *   <tr><td>end-session</td><td>session</td><td>ended</td></tr>
 *   <tr><td>limits</td><td></td><td>limits</td></tr>
 *   <tr><td>set-limits</td><td>those to change</td><td>limits</td></tr>
 *   <tr><td>drain</td><td>delayMs, boundMs</td><td></td></tr>
 *   <tr><td>reload</td><td></td><td>reloaded</td></tr>
 * </table>
 */
public final class AdminRequests implements AdminHandler {
  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final int DEFAULT_SESSIONS = 200;
  private static final int MOST_SESSIONS = 2_000;
  private static final int MOST_CONSUMERS = 2_000;
  private static final Map<String, ToLongFunction<SessionStatus>> ORDERS =
      Map.of("lag", SessionStatus::maxLagBytes, "received", SessionStatus::publishedBytes);

  private final Map<String, Operation> operations = new TreeMap<>();
  private final RelayLifecycle lifecycle;

  @FunctionalInterface
  private interface Operation {
    /** Takes the request's fields and fills in the reply. */
    void answer(RelayOperator relay, AdminRequest request, JsonObject reply);
  }

  /**
   * A handler.
   *
   * @param lifecycle what the program that runs the relay can do
   */
  public AdminRequests(RelayLifecycle lifecycle) {
    this.lifecycle = Objects.requireNonNull(lifecycle, "lifecycle is null");
    operations.put("status", AdminRequests::status);
    operations.put("sessions", AdminRequests::sessions);
    operations.put("session", AdminRequests::session);
    operations.put("cluster", AdminRequests::cluster);
    operations.put("kick", AdminRequests::kick);
    operations.put("end-session", AdminRequests::endSession);
    operations.put("limits", AdminRequests::limits);
    operations.put("set-limits", AdminRequests::setLimits);
    operations.put("drain", this::drain);
    operations.put("reload", this::reload);
  }

  @Override
  public byte[] answer(RelayOperator relay, byte[] request) {
    JsonObject reply = new JsonObject();
    reply.addProperty("ok", true);
    try {
      AdminRequest fields = AdminRequest.parse(new String(request, UTF_8));
      String op = AdminRequest.required("op", fields.text("op"));
      Operation operation = operations.get(op);
      if (operation == null) {
        throw new IllegalArgumentException("op is one of " + operations.keySet());
      }
      operation.answer(relay, fields, reply);
    } catch (IllegalArgumentException e) {
      reply = new JsonObject();
      reply.addProperty("ok", false);
      reply.addProperty("error", String.valueOf(e.getMessage()));
      if (e instanceof ElsewhereException elsewhere) {
        reply.addProperty("owner", elsewhere.owner().toString());
      }
    }
    return reply.toString().getBytes(UTF_8);
  }

  private static void status(RelayOperator relay, AdminRequest request, JsonObject reply) {
    request.end();
    reply.add("status", StatusJson.of(relay.status()));
    reply.add("limits", StatusJson.of(relay.admission()));
    reply.addProperty("timeMs", System.currentTimeMillis());
  }

  private static void sessions(RelayOperator relay, AdminRequest request, JsonObject reply) {
    ToLongFunction<SessionStatus> order = ORDERS.get(request.text("sort").orElse("lag"));
    if (order == null) {
      throw new IllegalArgumentException("sort is lag or received");
    }
    int limit = limit(request);
    request.end();
    List<SessionStatus> all = relay.sessions(DEADLINE);
    JsonArray sessions = new JsonArray();
    StatusJson.highest(all, order, limit)
        .forEach(session -> sessions.add(StatusJson.summary(session)));
    reply.addProperty("total", all.size());
    reply.add("sessions", sessions);
  }

  private static int limit(AdminRequest request) {
    return request.number("limit", 1, MOST_SESSIONS).orElse((long) DEFAULT_SESSIONS).intValue();
  }

  private static void session(RelayOperator relay, AdminRequest request, JsonObject reply) {
    String name = request.session();
    request.end();
    List<SessionStatus> found = relay.sessions(name, DEADLINE);
    if (found.isEmpty()) {
      throw new IllegalArgumentException("no session " + name);
    }
    JsonArray sessions = new JsonArray();
    found.forEach(
        session -> sessions.add(StatusJson.detail(session, MOST_CONSUMERS / found.size())));
    reply.add("sessions", sessions);
  }

  private static void cluster(RelayOperator relay, AdminRequest request, JsonObject reply) {
    int limit = limit(request);
    request.end();
    ClusterStatus status =
        relay
            .cluster(DEADLINE)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "this relay is no node of a cluster: it was started without --cluster"));
    reply.add("cluster", ClusterJson.of(status, limit));
  }

  private static void kick(RelayOperator relay, AdminRequest request, JsonObject reply) {
    long id = AdminRequest.required("connection", request.number("connection", 1, Long.MAX_VALUE));
    request.end();
    if (!relay.kick(id)) {
      throw new IllegalArgumentException("no connection " + id);
    }
  }

  private static void endSession(RelayOperator relay, AdminRequest request, JsonObject reply) {
    String name = request.session();
    request.end();
    int ended = relay.endSession(name, DEADLINE);
    if (ended == 0) {
      throw notHere(relay, name);
    }
    reply.addProperty("ended", ended);
  }

  /** Only the owner of a session ends it; who mirrors it knows which node that is. */
  private static IllegalArgumentException notHere(RelayOperator relay, String name) {
    return relay
        .cluster(DEADLINE)
        .flatMap(status -> ElsewhereException.of(name, status))
        .orElseGet(() -> new IllegalArgumentException("no session " + name));
  }

  private static void limits(RelayOperator relay, AdminRequest request, JsonObject reply) {
    request.end();
    reply.add("limits", StatusJson.of(relay.admission()));
  }

  private static void setLimits(RelayOperator relay, AdminRequest request, JsonObject reply) {
    AdmissionLimits now = relay.admission();
    AdmissionLimits next =
        now.withMaxConnections(limit(request, "maxConnections", now.maxConnections()))
            .withConnectionsPerAddress(
                limit(request, "connectionsPerAddress", now.connectionsPerAddress()))
            .withMaxJoining(limit(request, "maxJoining", now.maxJoining()))
            .withJoining(
                limit(request, "joiningPerAddress", now.joiningPerAddress()),
                limit(request, "joiningPer56", now.joiningPer56()),
                limit(request, "joiningPer48", now.joiningPer48()))
            .withSessions(
                limit(request, "maxSessions", now.maxSessions()),
                limit(request, "sessionsPerAddress", now.sessionsPerAddress()))
            .withConsumersPerSession(
                limit(request, "consumersPerSession", now.consumersPerSession()))
            .withHandshakes(
                limit(request, "handshakesPerSecond", now.handshakesPerSecond()),
                limit(request, "handshakeBurst", now.handshakeBurst()))
            .withLoopbackExempt(request.flag("loopbackExempt").orElse(now.loopbackExempt()));
    request.end();
    relay.admission(next);
    reply.add("limits", StatusJson.of(next));
  }

  private static int limit(AdminRequest request, String name, int now) {
    return request.number(name, 1, Integer.MAX_VALUE).map(Long::intValue).orElse(now);
  }

  private void drain(RelayOperator relay, AdminRequest request, JsonObject reply) {
    Duration delay = request.millis("delayMs").orElseGet(lifecycle::drainDelay);
    Duration bound = request.millis("boundMs").orElseGet(lifecycle::drainTimeout);
    request.end();
    lifecycle.drain(delay, bound);
  }

  private void reload(RelayOperator relay, AdminRequest request, JsonObject reply) {
    request.end();
    reply.addProperty("reloaded", lifecycle.reload());
  }
}
