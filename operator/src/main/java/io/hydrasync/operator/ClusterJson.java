package io.hydrasync.operator;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.server.ClusterStatus;
import io.hydrasync.server.ClusterStatus.SessionSeat;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/** The JSON of what a node tells about its cluster. */
final class ClusterJson {
  private static final int MOST_NODES = 1_000;

  private ClusterJson() {}

  /** With so many of its sessions, by name. */
  static JsonObject of(ClusterStatus status, int mostSessions) {
    JsonObject json = new JsonObject();
    json.addProperty("self", status.self().toString());
    json.addProperty("listen", HostPort.of(status.listen()).toString());
    json.addProperty("leaseHeld", status.leaseHeld());
    status.leaseLeft().ifPresent(left -> json.addProperty("leaseLeftMs", left.toMillis()));
    JsonObject directory = new JsonObject();
    directory.addProperty("reachable", status.directory().reachable());
    directory.addProperty("writable", status.directory().writable());
    directory.addProperty("problem", status.directory().problem());
    json.add("directory", directory);
    json.addProperty("nodeCount", status.nodes().size());
    JsonArray nodes = new JsonArray();
    status.nodes().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .limit(MOST_NODES)
        .forEach(node -> nodes.add(of(node.getKey(), node.getValue(), status.self())));
    json.add("nodes", nodes);
    json.addProperty("strangers", status.strangers());
    json.addProperty("sessions", status.sessions());
    json.addProperty("hereCount", status.here().size());
    JsonArray here = new JsonArray();
    status.here().stream()
        .sorted(Comparator.comparing(SessionSeat::name))
        .limit(mostSessions)
        .forEach(seat -> here.add(of(seat)));
    json.add("here", here);
    return json;
  }

  private static JsonObject of(NodeId id, NodeEntry entry, NodeId self) {
    JsonObject json = new JsonObject();
    json.addProperty("id", id.toString());
    json.addProperty("self", id.equals(self));
    json.addProperty("link", entry.link().toString());
    entry.client().ifPresent(address -> json.addProperty("client", address.toString()));
    json.addProperty("version", entry.version());
    json.addProperty("maxFrame", entry.maxFrame());
    json.addProperty("draining", entry.draining());
    json.addProperty("loadPercent", entry.loadPercent());
    entry.http().ifPresent(where -> json.addProperty("http", where.toString()));
    return json;
  }

  private static JsonObject of(SessionSeat seat) {
    JsonObject json = new JsonObject();
    json.addProperty("name", seat.name());
    json.addProperty("seat", seat.seat().name().toLowerCase(Locale.ROOT));
    seat.owner().ifPresent(owner -> json.addProperty("owner", owner.toString()));
    json.addProperty("linked", seat.linked());
    json.addProperty("links", seat.links());
    json.addProperty("consumers", seat.consumers());
    json.addProperty("consumersBehind", seat.consumersBehind());
    return json;
  }
}
