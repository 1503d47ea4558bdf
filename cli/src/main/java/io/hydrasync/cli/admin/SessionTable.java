package io.hydrasync.cli.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.Locale;

/** Sessions and consumers as tables. */
final class SessionTable {
  private static final String SESSION = "%-8s  %-8s %-13s %9s %11s %11s %11s %11s %8s%n";
  private static final String CONSUMER = "%-10s  %-24s %11s %11s %8s%n";

  private SessionTable() {}

  static void sessions(PrintWriter out, JsonObject reply) {
    heading(out);
    for (JsonElement element : reply.getAsJsonArray("sessions")) {
      session(out, element.getAsJsonObject());
    }
    long total = reply.get("total").getAsLong();
    int shown = reply.getAsJsonArray("sessions").size();
    if (total > shown) {
      out.println("and " + (total - shown) + " more");
    }
  }

  private static void heading(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        SESSION,
        "SESSION",
        "STATE",
        "OVERFLOW",
        "CONSUMERS",
        "RECEIVED",
        "DELIVERED",
        "LAG",
        "HELD",
        "AGE");
  }

  private static void session(PrintWriter out, JsonObject session) {
    out.printf(
        Locale.ROOT,
        SESSION,
        session.get("name").getAsString(),
        session.get("state").getAsString(),
        session.get("overflow").getAsString(),
        session.get("consumers").getAsString(),
        size(session, "publishedBytes"),
        size(session, "deliveredBytes"),
        size(session, "maxLagBytes"),
        size(session, "heldBytes"),
        age(session));
  }

  static void detail(PrintWriter out, JsonObject reply) {
    for (JsonElement element : reply.getAsJsonArray("sessions")) {
      JsonObject session = element.getAsJsonObject();
      heading(out);
      session(out, session);
      out.println();
      out.printf(Locale.ROOT, CONSUMER, "CONNECTION", "PEER", "BYTES", "LAG", "AGE");
      if (session.has("producerConnection")) {
        JsonObject producer = session.getAsJsonObject("producerConnection");
        connection(out, producer, size(producer, "receivedBytes"), "producer");
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
        connection.get("peer").getAsString(),
        bytes,
        lag,
        age(connection));
  }

  private static String size(JsonObject of, String field) {
    return Quantities.bytes(of.get(field).getAsLong());
  }

  private static String age(JsonObject of) {
    return Quantities.age(of.get("ageMs").getAsLong());
  }
}
