package io.hydrasync.operator;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.hydrasync.server.AdmissionLimits;
import io.hydrasync.server.ClusterStatus.SessionSeat;
import io.hydrasync.server.ConnectionStatus;
import io.hydrasync.server.RelayStatus;
import io.hydrasync.server.SessionStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/** The JSON of what a relay tells about itself. Sizes in bytes, times in milliseconds. */
final class StatusJson {
  private StatusJson() {}

  static JsonObject of(RelayStatus status) {
    JsonObject json = new JsonObject();
    json.addProperty("state", status.state());
    json.addProperty("uptimeMs", status.uptime().toMillis());
    JsonObject connections = new JsonObject();
    status
        .connections()
        .forEach(
            (role, count) -> connections.addProperty(role.name().toLowerCase(Locale.ROOT), count));
    connections.addProperty("observer", status.observers());
    connections.addProperty("joining", status.joining());
    json.add("connections", connections);
    JsonObject links = new JsonObject();
    links.addProperty("owner", status.linksTaken());
    links.addProperty("edge", status.linksMade());
    links.addProperty("receivedBytes", status.linkReceivedBytes());
    links.addProperty("sentBytes", status.linkSentBytes());
    json.add("links", links);
    json.addProperty("takeovers", status.takeovers());
    json.addProperty("sessions", status.sessions());
    json.addProperty("logMemoryBytes", status.logMemoryBytes());
    json.addProperty("memoryBudgetBytes", status.memoryBudgetBytes());
    json.addProperty("spillBytes", status.spillBytes());
    json.addProperty("receivedBytes", status.receivedBytes());
    json.addProperty("sentBytes", status.sentBytes());
    json.addProperty("gapFrames", status.gapFrames());
    json.add("handshakes", of(status.handshakes()));
    json.add("rejected", of(status.rejected()));
    json.add("closed", of(status.closed()));
    json.add("overflows", of(status.overflows()));
    return json;
  }

  private static JsonObject of(Map<String, Long> counters) {
    JsonObject json = new JsonObject();
    counters.forEach(json::addProperty);
    return json;
  }

  /** A session without its consumers. */
  static JsonObject summary(SessionStatus session) {
    JsonObject json = new JsonObject();
    json.addProperty("name", session.name());
    json.addProperty("wire", session.wire());
    json.addProperty("state", session.state());
    json.addProperty("overflow", session.overflow());
    json.addProperty("ageMs", session.age().toMillis());
    json.addProperty("publishedBytes", session.publishedBytes());
    json.addProperty("deliveredBytes", session.deliveredBytes());
    json.addProperty("heldBytes", session.heldBytes());
    json.addProperty("maxLagBytes", session.maxLagBytes());
    json.addProperty("consumers", session.consumers().size());
    json.addProperty("producer", session.producer().isPresent());
    json.addProperty("producerWaits", session.producerWaits());
    session.seat().ifPresent(seat -> add(json, seat));
    return json;
  }

  /** What a node is to a session. */
  private static void add(JsonObject json, SessionSeat seat) {
    json.addProperty("seat", seat.seat().name().toLowerCase(Locale.ROOT));
    seat.owner().ifPresent(owner -> json.addProperty("owner", owner.toString()));
    json.addProperty("linked", seat.linked());
    json.addProperty("links", seat.links());
  }

  /** A session with those of its consumers and links that are furthest behind. */
  static JsonObject detail(SessionStatus session, int mostConsumers) {
    JsonObject json = summary(session);
    session.producer().ifPresent(producer -> json.add("producerConnection", of(producer)));
    json.add("consumerConnections", furthestBehind(session.consumers(), mostConsumers));
    if (session.seat().isPresent()) {
      json.add("linkConnections", furthestBehind(session.links(), mostConsumers));
    }
    return json;
  }

  private static JsonArray furthestBehind(List<ConnectionStatus> connections, int most) {
    JsonArray found = new JsonArray();
    connections.stream()
        .sorted(
            Comparator.comparingLong(ConnectionStatus::lagBytes)
                .reversed()
                .thenComparingLong(ConnectionStatus::id))
        .limit(most)
        .forEach(connection -> found.add(of(connection)));
    return found;
  }

  private static JsonObject of(ConnectionStatus connection) {
    JsonObject json = new JsonObject();
    json.addProperty("connection", connection.id());
    json.addProperty("peer", connection.peer());
    json.addProperty("ageMs", connection.age().toMillis());
    json.addProperty("receivedBytes", connection.receivedBytes());
    json.addProperty("sentBytes", connection.sentBytes());
    json.addProperty("lagBytes", connection.lagBytes());
    return json;
  }

  static JsonObject of(AdmissionLimits limits) {
    JsonObject json = new JsonObject();
    json.addProperty("maxConnections", limits.maxConnections());
    json.addProperty("connectionsPerAddress", limits.connectionsPerAddress());
    json.addProperty("maxJoining", limits.maxJoining());
    json.addProperty("joiningPerAddress", limits.joiningPerAddress());
    json.addProperty("joiningPer56", limits.joiningPer56());
    json.addProperty("joiningPer48", limits.joiningPer48());
    json.addProperty("maxSessions", limits.maxSessions());
    json.addProperty("sessionsPerAddress", limits.sessionsPerAddress());
    json.addProperty("consumersPerSession", limits.consumersPerSession());
    json.addProperty("handshakesPerSecond", limits.handshakesPerSecond());
    json.addProperty("handshakeBurst", limits.handshakeBurst());
    json.addProperty("loopbackExempt", limits.loopbackExempt());
    return json;
  }

  /** The sessions with the highest value first, and by name where it is the same. */
  static List<SessionStatus> highest(
      List<SessionStatus> sessions, ToLongFunction<SessionStatus> value, int most) {
    return sessions.stream()
        .sorted(Comparator.comparingLong(value).reversed().thenComparing(SessionStatus::name))
        .limit(most)
        .toList();
  }
}
