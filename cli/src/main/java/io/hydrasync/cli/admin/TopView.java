package io.hydrasync.cli.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.protocol.check.Printable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code hydra top} shows: rates are made of one look and the one before. Not thread-safe. */
final class TopView {
  private static final double NANOS = 1e9;
  private static final String ROW = "%-8s  %-16s %-13s %9s %13s %13s %11s %11s %8s";

  private final String relay;
  private final Order order;
  private @Nullable Look last;
  private boolean lost;

  /** What comes first. */
  enum Order {
    RATE,
    LAG,
    NAME
  }

  /**
   * One look at the relay.
   *
   * @param nanos when
   * @param status the relay
   * @param sessions some of its sessions
   * @param total how many there are
   */
  record Look(long nanos, JsonObject status, List<JsonObject> sessions, long total) {}

  private record Row(JsonObject session, double in, double out) {
    String name() {
      return session.get("name").getAsString();
    }

    long lag() {
      return session.get("maxLagBytes").getAsLong();
    }
  }

  TopView(String relay, Order order) {
    this.relay = relay;
    this.order = order;
  }

  boolean isLost() {
    return lost;
  }

  /** The relay does not answer. */
  List<String> lost(String why, TopScreen.Size size) {
    lost = true;
    last = null;
    return cut(List.of("hydra top  " + relay + "  " + why, "trying again ..."), size);
  }

  List<String> lines(Look look, TopScreen.Size size) {
    lost = false;
    Look before = last;
    last = look;
    double seconds = before == null ? 0 : (look.nanos - before.nanos) / NANOS;
    List<String> lines = new ArrayList<>(summary(look, before, seconds));
    lines.add("");
    lines.add(
        text(ROW, "SESSION", "STATE", "OVERFLOW", "CONSUMERS", "IN", "OUT", "LAG", "HELD", "AGE"));
    rows(look, before, seconds).stream()
        .sorted(comparator())
        .map(TopView::line)
        .forEach(lines::add);
    if (look.total == 0) {
      lines.add("no session yet");
    }
    if (lines.size() > size.rows()) {
      long hidden = look.total - (size.rows() - lines.indexOf("") - 3);
      lines.subList(size.rows() - 1, lines.size()).clear();
      lines.add("and " + hidden + " more");
    }
    return cut(lines, size);
  }

  private List<String> summary(Look look, @Nullable Look before, double seconds) {
    JsonObject status = look.status;
    JsonObject clients = status.getAsJsonObject("connections");
    return List.of(
        text(
            "hydra top  %s  %s, up %s",
            relay,
            status.get("state").getAsString(),
            Quantities.age(status.get("uptimeMs").getAsLong())),
        text(
            "%d sessions  %s producers  %s consumers  in %s  out %s",
            look.total,
            clients.get("producer").getAsString(),
            clients.get("consumer").getAsString(),
            rate(status, before == null ? null : before.status, "receivedBytes", seconds),
            rate(status, before == null ? null : before.status, "sentBytes", seconds)),
        text(
            "memory %s of %s  spilled %s  refused %d  overflow actions %d  frames lost %s",
            Quantities.bytes(status.get("logMemoryBytes").getAsLong()),
            Quantities.bytes(status.get("memoryBudgetBytes").getAsLong()),
            Quantities.bytes(status.get("spillBytes").getAsLong()),
            sum(status.getAsJsonObject("rejected")),
            sum(status.getAsJsonObject("overflows")),
            status.get("gapFrames").getAsString()));
  }

  private static long sum(JsonObject counters) {
    return counters.entrySet().stream()
        .map(Map.Entry::getValue)
        .mapToLong(JsonElement::getAsLong)
        .sum();
  }

  private static String rate(
      JsonObject now, @Nullable JsonObject before, String field, double seconds) {
    return Quantities.rate(perSecond(now, before, field, seconds));
  }

  /** Nothing where there was no look before, or where a counter began anew. */
  private static double perSecond(
      JsonObject now, @Nullable JsonObject before, String field, double seconds) {
    return before == null || seconds <= 0
        ? 0
        : Math.max(0, (now.get(field).getAsLong() - before.get(field).getAsLong()) / seconds);
  }

  private static List<Row> rows(Look look, @Nullable Look before, double seconds) {
    Map<String, JsonObject> known = new HashMap<>();
    if (before != null) {
      before.sessions.forEach(session -> known.put(session.get("name").getAsString(), session));
    }
    return look.sessions.stream()
        .map(
            session -> {
              JsonObject old = known.get(session.get("name").getAsString());
              return new Row(
                  session,
                  perSecond(session, old, "publishedBytes", seconds),
                  perSecond(session, old, "deliveredBytes", seconds));
            })
        .toList();
  }

  private Comparator<Row> comparator() {
    return switch (order) {
      case RATE ->
          Comparator.comparingDouble((Row row) -> row.in + row.out)
              .reversed()
              .thenComparing(Row::name);
      case LAG -> Comparator.comparingLong(Row::lag).reversed().thenComparing(Row::name);
      case NAME -> Comparator.comparing(Row::name);
    };
  }

  private static String line(Row row) {
    JsonObject session = row.session;
    return text(
        ROW,
        row.name(),
        session.get("producerWaits").getAsBoolean()
            ? "producer waits"
            : session.get("state").getAsString(),
        session.get("overflow").getAsString(),
        session.get("consumers").getAsString(),
        Quantities.rate(row.in),
        Quantities.rate(row.out),
        Quantities.bytes(row.lag()),
        Quantities.bytes(session.get("heldBytes").getAsLong()),
        Quantities.age(session.get("ageMs").getAsLong()));
  }

  private static List<String> cut(List<String> lines, TopScreen.Size size) {
    return lines.stream().map(line -> Printable.cell(line, size.columns())).toList();
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
