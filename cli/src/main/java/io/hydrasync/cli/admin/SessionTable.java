package io.hydrasync.cli.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Units;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** Sessions and consumers as tables that fit their place, with the columns that matter most. */
final class SessionTable {
  private static final String CONSUMER = "%-10s %9s %9s %7s  %s%n";

  private static final int WIDEST = 1_000;

  /** What a single look can tell. */
  private static final Set<TopColumn> LISTED =
      EnumSet.complementOf(
          EnumSet.of(TopColumn.IN, TopColumn.OUT, TopColumn.OWNER, TopColumn.EDGES));

  private SessionTable() {}

  static void sessions(PrintWriter out, JsonObject reply, int columns) {
    heading(out, columns);
    for (JsonElement element : reply.getAsJsonArray("sessions")) {
      session(out, element.getAsJsonObject(), columns);
    }
    long total = reply.get("total").getAsLong();
    int shown = reply.getAsJsonArray("sessions").size();
    if (total > shown) {
      out.println("and " + (total - shown) + " more");
    }
  }

  private static void heading(PrintWriter out, int columns) {
    line(out, columns, TopColumn::heading);
  }

  private static void session(PrintWriter out, JsonObject session, int columns) {
    TopRow row = new TopRow(session, 0, 0);
    LISTED.forEach(column -> column.of(row)); // nothing is shown of one that is not whole
    line(out, columns, column -> column.of(row));
  }

  private static void line(PrintWriter out, int columns, Function<TopColumn, String> cell) {
    StringBuilder line = new StringBuilder();
    int most = Math.min(columns, WIDEST) + 1; // without the first blank
    TopColumn.fitting(most, LISTED).forEach(column -> line.append(cell.apply(column)));
    out.println(line.substring(1).stripTrailing());
  }

  /** What its clients speak; a relay of another build may not say so. */
  static String wire(JsonObject session) {
    return session.has("wire") ? session.get("wire").getAsString() : "";
  }

  static void detail(PrintWriter out, JsonObject reply, int columns) {
    for (JsonElement element : reply.getAsJsonArray("sessions")) {
      JsonObject session = element.getAsJsonObject();
      heading(out, columns);
      session(out, session, columns);
      out.println();
      out.printf(Locale.ROOT, CONSUMER, "CONNECTION", "BYTES", "LAG", "AGE", "PEER");
      if (session.has("producerConnection")) {
        JsonObject producer = session.getAsJsonObject("producerConnection");
        connection(out, producer, size(producer, "receivedBytes"), "producer");
      }
      if (session.has("linkConnections")) {
        for (JsonElement link : session.getAsJsonArray("linkConnections")) {
          JsonObject one = link.getAsJsonObject();
          one.addProperty("peer", one.get("peer").getAsString() + " (a link of another node)");
          connection(out, one, size(one, "sentBytes"), size(one, "lagBytes"));
        }
      }
      for (JsonElement consumer : session.getAsJsonArray("consumerConnections")) {
        JsonObject one = consumer.getAsJsonObject();
        connection(out, one, size(one, "sentBytes"), size(one, "lagBytes"));
      }
    }
  }

  private static void connection(PrintWriter out, JsonObject connection, String bytes, String lag) {
    out.printf(
        Locale.ROOT,
        CONSUMER,
        connection.get("connection").getAsString(),
        bytes,
        lag,
        age(connection),
        connection.get("peer").getAsString());
  }

  private static String size(JsonObject of, String field) {
    return Units.bytes(of.get(field).getAsLong());
  }

  private static String age(JsonObject of) {
    return Units.age(of.get("ageMs").getAsLong());
  }
}
