package io.hydrasync.cli.admin;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Units;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What all nodes of a cluster say, as one: each session once, its bytes counted at its owner and
 * its consumers wherever they are. Stateless.
 */
final class ClusterPicture {
  private static final int SHORT = 8;
  private static final String EDGE = "edge";

  private ClusterPicture() {}

  /**
   * A node.
   *
   * @param id whole, empty if it is not known yet
   * @param entry what the directory says of it; empty if nothing
   * @param address where it is asked
   * @param look the last one, if it answers
   * @param before the one before
   * @param trouble why it does not answer
   * @param troubleMillis since when
   */
  record Node(
      String id,
      JsonObject entry,
      String address,
      Optional<NodeWatch.NodeLook> look,
      Optional<NodeWatch.NodeLook> before,
      String trouble,
      long troubleMillis) {
    String shortId() {
      return shortened(id);
    }

    /** Of one that answers. */
    NodeWatch.NodeLook seen() {
      return look.orElseThrow();
    }

    TopView.@Nullable Look lookBefore() {
      return before.map(NodeWatch.NodeLook::look).orElse(null);
    }
  }

  /** A session as one node has it. */
  private record Part(String node, TopRow row) {
    boolean isEdge() {
      JsonObject session = row.session();
      return session.has("seat") && session.get("seat").getAsString().equals(EDGE);
    }

    /** Whose word counts: the owner's, else that of who has most of it. */
    static final Comparator<Part> ORDER =
        Comparator.comparing(Part::isEdge)
            .thenComparing(part -> !part.row.session().get("producer").getAsBoolean())
            .thenComparing(
                part -> part.row.session().get("publishedBytes").getAsLong(),
                Comparator.reverseOrder());
  }

  static TopPicture of(List<Node> nodes) {
    List<TopRow> rows =
        merged(nodes, node -> TopPicture.rows(node.seen().look(), node.lookBefore()));
    List<TopNode> shown = nodes.stream().map(ClusterPicture::shown).toList();
    long listed =
        looks(nodes)
            .mapToLong(node -> node.seen().cluster().get("sessions").getAsLong())
            .max()
            .orElse(0);
    long total = isWhole(nodes) ? rows.size() : Math.max(rows.size(), listed);
    long gaps = sum(nodes, look -> look.status().get("gapFrames").getAsLong());
    boolean more = nodes.stream().anyMatch(ClusterPicture::losesNow);
    return new TopPicture(
        summary(nodes, shown, total),
        gaps == 0
            ? ""
            : TopPicture.lostFrames(Long.toString(gaps), Long.toString(more ? gaps - 1 : gaps)),
        shown,
        TopColumn.OF_CLUSTER,
        rows,
        total,
        new TopConsumers(details(nodes), List.of(), 0));
  }

  private static Stream<Node> looks(List<Node> nodes) {
    return nodes.stream().filter(node -> node.look().isPresent());
  }

  /** Whether no node has more sessions than it was asked for. */
  private static boolean isWhole(List<Node> nodes) {
    return looks(nodes)
        .map(node -> node.seen().look())
        .allMatch(look -> look.total() == look.sessions().size());
  }

  private static boolean losesNow(Node node) {
    TopView.Look before = node.lookBefore();
    return node.look().isPresent()
        && before != null
        && !TopPicture.gaps(node.seen().look()).equals(TopPicture.gaps(before));
  }

  private static long sum(List<Node> nodes, ToLongFunction<TopView.Look> value) {
    return looks(nodes).mapToLong(node -> value.applyAsLong(node.seen().look())).sum();
  }

  // ---- sessions ----

  private static List<TopRow> merged(List<Node> nodes, Function<Node, List<TopRow>> rows) {
    Map<String, List<Part>> parts = new LinkedHashMap<>();
    looks(nodes)
        .forEach(
            node ->
                rows.apply(node)
                    .forEach(
                        row ->
                            parts
                                .computeIfAbsent(row.name(), first -> new ArrayList<>())
                                .add(new Part(node.shortId(), row))));
    return parts.values().stream().map(ClusterPicture::merged).toList();
  }

  private static TopRow merged(List<Part> parts) {
    List<Part> ordered = parts.stream().sorted(Part.ORDER).toList();
    Part first = ordered.get(0);
    JsonObject session = first.row.session().deepCopy();
    session.addProperty("consumers", sum(ordered, "consumers"));
    session.addProperty("deliveredBytes", sum(ordered, "deliveredBytes"));
    session.addProperty("heldBytes", sum(ordered, "heldBytes"));
    session.addProperty("maxLagBytes", most(ordered, "maxLagBytes"));
    session.addProperty("ageMs", most(ordered, "ageMs"));
    session.addProperty("edges", ordered.stream().filter(Part::isEdge).count());
    session.addProperty(TopRow.OWNER_NAME, owner(first));
    double in =
        first.isEdge()
            ? first.row.in() // no owner answers: what comes over its links is the next best
            : ordered.stream().filter(part -> !part.isEdge()).mapToDouble(p -> p.row.in()).sum();
    double out = ordered.stream().mapToDouble(part -> part.row.out()).sum();
    return new TopRow(session, in, out);
  }

  private static String owner(Part first) {
    if (!first.isEdge()) {
      return first.node;
    }
    JsonObject session = first.row.session();
    return session.has("owner") ? shortened(session.get("owner").getAsString()) : "-";
  }

  private static long sum(List<Part> parts, String field) {
    return parts.stream().mapToLong(part -> part.row.session().get(field).getAsLong()).sum();
  }

  private static long most(List<Part> parts, String field) {
    return parts.stream()
        .mapToLong(part -> part.row.session().get(field).getAsLong())
        .max()
        .orElse(0);
  }

  // ---- consumers of one ----

  private static List<JsonObject> details(List<Node> nodes) {
    List<TopRow> sessions =
        merged(
            nodes,
            node ->
                node.seen().look().detail().stream()
                    .map(session -> new TopRow(session, 0, 0))
                    .toList());
    List<JsonObject> details = sessions.stream().map(TopRow::session).toList();
    for (JsonObject detail : details) {
      String name = detail.get("name").getAsString();
      List<JsonObject> consumers = new ArrayList<>();
      looks(nodes).forEach(node -> consumers.addAll(consumers(node, name)));
      JsonArray all = new JsonArray();
      consumers.stream()
          .sorted(Comparator.comparingLong(one -> -one.get("lagBytes").getAsLong()))
          .forEach(all::add);
      detail.add("consumerConnections", all);
    }
    return details;
  }

  private static List<JsonObject> consumers(Node node, String session) {
    TopView.Look look = node.seen().look();
    TopView.Look before = node.lookBefore();
    double seconds = TopPicture.seconds(look, before);
    Map<String, JsonObject> known = new HashMap<>();
    if (before != null) {
      connections(before, session)
          .forEach(one -> known.put(one.get("connection").getAsString(), one));
    }
    List<JsonObject> consumers = new ArrayList<>();
    for (JsonObject one : connections(look, session)) {
      JsonObject copy = one.deepCopy();
      JsonObject old = known.get(one.get("connection").getAsString());
      copy.addProperty(TopConsumers.RATE, TopPicture.perSecond(one, old, "sentBytes", seconds));
      copy.addProperty("node", node.shortId());
      consumers.add(copy);
    }
    return consumers;
  }

  private static List<JsonObject> connections(TopView.Look look, String session) {
    List<JsonObject> connections = new ArrayList<>();
    for (JsonObject detail : look.detail()) {
      if (detail.get("name").getAsString().equals(session)) {
        for (JsonElement one : detail.getAsJsonArray("consumerConnections")) {
          connections.add(one.getAsJsonObject());
        }
      }
    }
    return connections;
  }

  // ---- nodes ----

  private static TopNode shown(Node node) {
    if (node.look().isEmpty()) {
      boolean asked = node.trouble().isEmpty();
      return new TopNode(
          node.shortId().isEmpty() ? "?" : node.shortId(),
          asked ? "asked" : node.address().equals("not told") ? "not asked" : "NO ANSWER",
          asked,
          node.address(),
          asked ? "..." : since(node.troubleMillis()) + cause(node),
          node.entry(),
          0,
          0);
    }
    NodeWatch.NodeLook seen = node.seen();
    TopView.Look look = seen.look();
    TopView.Look before = node.lookBefore();
    double seconds = TopPicture.seconds(look, before);
    JsonObject old = before == null ? null : before.status();
    boolean leased = seen.cluster().get("leaseHeld").getAsBoolean();
    String state = look.status().get("state").getAsString();
    return new TopNode(
        node.shortId(),
        leased || !state.equals("running") ? state : "NO LEASE",
        leased && state.equals("running"),
        node.address(),
        "",
        figures(node, look),
        TopPicture.perSecond(look.status(), old, "receivedBytes", seconds),
        TopPicture.perSecond(look.status(), old, "sentBytes", seconds));
  }

  /** Why, without the address, which stands beside it. */
  private static String cause(Node node) {
    String address = node.address() + ": ";
    int at = node.trouble().indexOf(address);
    return at < 0 ? node.trouble() : node.trouble().substring(at + address.length());
  }

  private static String since(long millis) {
    return millis == 0 ? "" : "for " + Units.age(millis) + ": ";
  }

  private static JsonObject figures(Node node, TopView.Look look) {
    JsonObject status = look.status();
    JsonObject figures = new JsonObject();
    figures.add("consumers", status.getAsJsonObject("connections").get("consumer"));
    figures.add("uptimeMs", status.get("uptimeMs"));
    figures.add("logMemoryBytes", status.get("logMemoryBytes"));
    figures.add("takeovers", status.get("takeovers"));
    figures.addProperty("owns", seats(look, "owner"));
    figures.addProperty("mirrors", seats(look, EDGE));
    figures.addProperty(
        "version", node.entry().has("version") ? node.entry().get("version").getAsString() : "");
    return figures;
  }

  /** Of those sessions that were asked for. */
  private static String seats(TopView.Look look, String seat) {
    long found =
        look.sessions().stream()
            .filter(each -> each.has("seat") && each.get("seat").getAsString().equals(seat))
            .count();
    return look.total() == look.sessions().size() ? Long.toString(found) : found + "+";
  }

  private static List<String> summary(List<Node> nodes, List<TopNode> shown, long total) {
    List<String> parts = new ArrayList<>();
    parts.add("hydra top  cluster of " + Units.count(nodes.size(), "node"));
    long silent =
        nodes.stream().filter(node -> node.look().isEmpty() && !node.trouble().isEmpty()).count();
    if (silent > 0) {
      parts.add(silent + " WITHOUT AN ANSWER");
    }
    parts.addAll(directory(nodes));
    parts.add(Units.count(total, "session"));
    parts.add(Units.count(clients(nodes, "producer"), "producer"));
    parts.add(Units.count(clients(nodes, "consumer"), "consumer"));
    parts.add("in " + Units.rate(shown.stream().mapToDouble(TopNode::in).sum()));
    parts.add("out " + Units.rate(shown.stream().mapToDouble(TopNode::out).sum()));
    parts.add("memory " + Units.bytes(sum(nodes, look -> number(look, "logMemoryBytes"))));
    parts.add("spilled " + Units.bytes(sum(nodes, look -> number(look, "spillBytes"))));
    parts.add("takeovers " + sum(nodes, look -> number(look, "takeovers")));
    parts.add("refused " + sum(nodes, look -> counters(look, "rejected")));
    parts.add("overflow actions " + sum(nodes, look -> counters(look, "overflows")));
    if (sum(nodes, look -> number(look, "gapFrames")) == 0) {
      parts.add("frames lost 0");
    }
    return parts;
  }

  /** What most want to know of it; empty if all is well at all. */
  private static List<String> directory(List<Node> nodes) {
    long away = looks(nodes).filter(node -> !directory(node, "reachable")).count();
    long full =
        looks(nodes)
            .filter(node -> directory(node, "reachable") && !directory(node, "writable"))
            .count();
    List<String> parts = new ArrayList<>();
    if (away > 0) {
      parts.add("DIRECTORY CANNOT BE REACHED by " + away);
    }
    if (full > 0) {
      parts.add("DIRECTORY TAKES NO WRITES from " + full);
    }
    return parts;
  }

  private static boolean directory(Node node, String field) {
    return node.seen().cluster().getAsJsonObject("directory").get(field).getAsBoolean();
  }

  private static long clients(List<Node> nodes, String role) {
    return sum(nodes, look -> look.status().getAsJsonObject("connections").get(role).getAsLong());
  }

  private static long counters(TopView.Look look, String field) {
    return TopPicture.sum(look.status().getAsJsonObject(field));
  }

  private static long number(TopView.Look look, String field) {
    return look.status().get(field).getAsLong();
  }

  private static String shortened(String id) {
    return id.substring(0, Math.min(SHORT, id.length()));
  }
}
