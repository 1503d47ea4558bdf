package io.hydrasync.cli.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Style;
import io.hydrasync.cli.console.StyledLine;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.console.Wrapped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The consumers of a session, as {@code hydra top} shows them: who lags most first.
 *
 * @param sessions with their connections, as the relay tells
 * @param before the same at the look before
 * @param seconds between the two
 */
record TopConsumers(List<JsonObject> sessions, List<JsonObject> before, double seconds) {
  /** Bytes a second, where they have been reckoned already. */
  static final String RATE = "bytesPerSecond";

  private static final int WIDE_ENOUGH_FOR_RATE = 70;
  private static final int WIDE_ENOUGH_FOR_SENT = 90;

  /** Fails as {@link AdminReply#reading} does if something is missing. */
  void check() {
    table(Integer.MAX_VALUE);
  }

  /** Adds as many rows as there is room for, from where the state has scrolled to. */
  void lines(List<StyledLine> lines, TopState state, int columns, int rows) {
    int room = rows;
    for (JsonObject session : sessions) {
      List<String> words = Wrapped.parts(head(session), "  ", columns);
      words.forEach(line -> lines.add(StyledLine.of(line, Style.BOLD)));
      room -= words.size();
    }
    List<StyledLine> table = table(columns);
    lines.add(table.get(0));
    room -= 2; // the heading, and what is left out
    state.scrolledAtMost(table.size() - 1 - room);
    int from = 1 + state.scrolled();
    int to = Math.max(from, Math.min(table.size(), from + room));
    lines.addAll(table.subList(from, to));
    if (table.size() == 1) {
      lines.add(StyledLine.of("no consumer"));
    } else if (to - from < table.size() - 1) {
      lines.add(
          StyledLine.of(
              from + " to " + (to - 1) + " of " + Units.count(table.size() - 1L, "consumer")));
    }
  }

  private static List<String> head(JsonObject session) {
    TopRow row = new TopRow(session, 0, 0);
    List<String> parts = new ArrayList<>();
    parts.add("session " + row.name());
    parts.add(row.state());
    parts.add(row.text("overflow"));
    parts.add("lag " + Units.bytes(row.lag()));
    parts.add("held " + Units.bytes(session.get("heldBytes").getAsLong()));
    parts.add(Units.count(session.get("consumers").getAsLong(), "consumer"));
    if (session.has(TopRow.OWNER_NAME)) {
      parts.add("owner " + row.owner());
      parts.add("edges " + row.text("edges"));
    }
    if (session.has("producerConnection")) {
      JsonObject producer = session.getAsJsonObject("producerConnection");
      parts.add("producer " + producer.get("peer").getAsString());
    }
    return parts;
  }

  private List<StyledLine> table(int columns) {
    Map<String, JsonObject> known = new HashMap<>();
    before.forEach(session -> connections(session).forEach(one -> known.put(id(one), one)));
    boolean cluster = sessions.stream().anyMatch(session -> session.has("edges"));
    int room = cluster ? columns - node("").length() : columns;
    List<StyledLine> table = new ArrayList<>();
    table.add(
        StyledLine.of(
            (cluster ? node("NODE") : "")
                + row(room, "CONNECTION", "LAG", "RATE", "SENT", "AGE", "PEER"),
            Style.BOLD));
    for (JsonObject session : sessions) {
      for (JsonObject one : connections(session)) {
        long lag = one.get("lagBytes").getAsLong();
        double rate =
            one.has(RATE)
                ? one.get(RATE).getAsDouble()
                : TopPicture.perSecond(one, known.get(id(one)), "sentBytes", seconds);
        table.add(
            StyledLine.of(
                (cluster ? node(one.get("node").getAsString()) : "")
                    + row(
                        room,
                        id(one),
                        Units.bytes(lag),
                        Units.rate(rate),
                        Units.bytes(one.get("sentBytes").getAsLong()),
                        Units.age(one.get("ageMs").getAsLong()),
                        one.get("peer").getAsString()
                            + (lag >= TopRow.LAGGING_BYTES ? "  lagging" : "")),
                lag >= TopRow.LAGGING_BYTES ? Style.CYAN : Style.PLAIN));
      }
    }
    return table;
  }

  private static List<JsonObject> connections(JsonObject session) {
    return session.getAsJsonArray("consumerConnections").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  private static String node(String id) {
    return String.format(Locale.ROOT, "%-8s ", id);
  }

  private static String id(JsonObject connection) {
    return connection.get("connection").getAsString();
  }

  private static String row(
      int columns, String id, String lag, String rate, String sent, String age, String peer) {
    StringBuilder row = new StringBuilder();
    row.append(String.format(Locale.ROOT, "%-10s %9s", id, lag));
    if (columns >= WIDE_ENOUGH_FOR_RATE) {
      row.append(String.format(Locale.ROOT, " %11s", rate));
    }
    if (columns >= WIDE_ENOUGH_FOR_SENT) {
      row.append(String.format(Locale.ROOT, " %9s", sent));
    }
    return row.append(String.format(Locale.ROOT, " %7s  %s", age, peer)).toString();
  }
}
