package io.hydrasync.cli.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Units;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code hydra top} has seen, ready to be drawn.
 *
 * @param summary the first lines, in parts; what matters least is at its end
 * @param lostFrames a line of its own, if there is something to say
 * @param nodes of a cluster
 * @param columns of sessions
 * @param rows sessions
 * @param total how many there are
 * @param consumers of the session that is looked at
 */
record TopPicture(
    List<String> summary,
    String lostFrames,
    List<TopNode> nodes,
    Set<TopColumn> columns,
    List<TopRow> rows,
    long total,
    TopConsumers consumers) {
  private static final double NANOS = 1e9;

  /** Of one relay. */
  static TopPicture of(String relay, TopView.Look look, TopView.@Nullable Look before) {
    double seconds = seconds(look, before);
    TopPicture picture =
        new TopPicture(
            summary(relay, look, before, seconds),
            lostFrames(gaps(look), before == null ? null : gaps(before)),
            List.of(),
            TopColumn.OF_RELAY,
            rows(look, before),
            look.total(),
            new TopConsumers(look.detail(), before == null ? List.of() : before.detail(), seconds));
    picture.check();
    return picture;
  }

  /** Fails as {@link AdminReply#reading} does if something is missing. */
  void check() {
    rows.forEach(row -> columns.forEach(column -> column.of(row)));
    nodes.stream()
        .filter(node -> node.trouble().isEmpty())
        .forEach(node -> NodeColumn.fitting(Integer.MAX_VALUE).forEach(each -> each.of(node)));
    consumers.check();
  }

  static double seconds(TopView.Look look, TopView.@Nullable Look before) {
    return before == null ? 0 : (look.nanos() - before.nanos()) / NANOS;
  }

  /** The sessions of one look. */
  static List<TopRow> rows(TopView.Look look, TopView.@Nullable Look before) {
    double seconds = seconds(look, before);
    Map<String, JsonObject> known = new HashMap<>();
    if (before != null) {
      before.sessions().forEach(session -> known.put(session.get("name").getAsString(), session));
    }
    return look.sessions().stream()
        .map(
            session -> {
              JsonObject old = known.get(session.get("name").getAsString());
              return new TopRow(
                  session,
                  perSecond(session, old, "publishedBytes", seconds),
                  perSecond(session, old, "deliveredBytes", seconds));
            })
        .toList();
  }

  /** Nothing where there was no look before, or where a counter began anew. */
  static double perSecond(
      JsonObject now, @Nullable JsonObject before, String field, double seconds) {
    return before == null || seconds <= 0
        ? 0
        : Math.max(0, (now.get(field).getAsLong() - before.get(field).getAsLong()) / seconds);
  }

  /** As the relay says it: what is no number is worth a line of its own, too. */
  static String gaps(TopView.Look look) {
    return look.status().get("gapFrames").getAsString();
  }

  static String lostFrames(String gaps, @Nullable String before) {
    if (gaps.equals("0")) {
      return "";
    }
    boolean more = before != null && !gaps.equals(before);
    return "frames LOST: " + gaps + (more ? ", some of them just now" : "");
  }

  private static List<String> summary(
      String relay, TopView.Look look, TopView.@Nullable Look before, double seconds) {
    JsonObject status = look.status();
    JsonObject clients = status.getAsJsonObject("connections");
    JsonObject old = before == null ? null : before.status();
    List<String> parts = new ArrayList<>();
    parts.add("hydra top  " + relay);
    parts.add(
        status.get("state").getAsString()
            + ", up "
            + Units.age(status.get("uptimeMs").getAsLong()));
    parts.add(Units.count(look.total(), "session"));
    parts.add(Units.count(clients.get("producer").getAsLong(), "producer"));
    parts.add(Units.count(clients.get("consumer").getAsLong(), "consumer"));
    parts.add("in " + Units.rate(perSecond(status, old, "receivedBytes", seconds)));
    parts.add("out " + Units.rate(perSecond(status, old, "sentBytes", seconds)));
    parts.add(
        "memory "
            + Units.bytes(status.get("logMemoryBytes").getAsLong())
            + " of "
            + Units.bytes(status.get("memoryBudgetBytes").getAsLong()));
    parts.add("spilled " + Units.bytes(status.get("spillBytes").getAsLong()));
    parts.add("refused " + sum(status.getAsJsonObject("rejected")));
    parts.add("overflow actions " + sum(status.getAsJsonObject("overflows")));
    if (gaps(look).equals("0")) {
      parts.add("frames lost 0");
    }
    return parts;
  }

  static long sum(JsonObject counters) {
    return counters.entrySet().stream()
        .map(Map.Entry::getValue)
        .mapToLong(JsonElement::getAsLong)
        .sum();
  }
}
