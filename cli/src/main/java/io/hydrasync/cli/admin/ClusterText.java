package io.hydrasync.cli.admin;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Units;
import java.io.PrintWriter;
import java.util.Locale;

/** A cluster as one of its nodes sees it, for somebody who reads it. */
final class ClusterText {
  private static final int SHORT = 8;
  private static final String LINE = "%-12s %s%n";
  private static final String NODE = "%-9s %4s %-8s %-14s %-21s %s%n";
  private static final String SESSION = "%-9s  %-8s  %-9s  %-5s  %9s  %6s  %5s%n";

  private ClusterText() {}

  static void show(PrintWriter out, JsonObject cluster) {
    line(
        out,
        "this node",
        shortened(cluster, "self")
            + ", links at "
            + cluster.get("listen").getAsString()
            + (flag(cluster, "leaseHeld") ? ", lease held" : ", NO LEASE: to others it has gone"));
    line(out, "directory", directory(cluster.getAsJsonObject("directory")));
    line(out, "sessions", cluster.get("sessions").getAsLong() + " in the directory");
    long strangers = cluster.get("strangers").getAsLong();
    if (strangers > 0) {
      line(out, "strangers", Units.count(strangers, "node") + " with another cluster key");
    }
    out.println();
    nodes(out, cluster);
    if (!cluster.getAsJsonArray("here").isEmpty()) {
      out.println();
      sessions(out, cluster);
    }
  }

  private static String directory(JsonObject directory) {
    String problem = directory.get("problem").getAsString();
    String why = problem.isEmpty() ? "" : ": " + problem;
    if (!flag(directory, "reachable")) {
      return "CANNOT BE REACHED" + why;
    }
    return flag(directory, "writable")
        ? problem.isEmpty() ? "all is well" : problem
        : "TAKES NO WRITES" + why;
  }

  private static void nodes(PrintWriter out, JsonObject cluster) {
    out.printf(Locale.ROOT, NODE, "NODE", "LOAD", "STATE", "VERSION", "CLIENTS", "LINKS");
    JsonArray nodes = cluster.getAsJsonArray("nodes");
    for (JsonElement element : nodes) {
      JsonObject node = element.getAsJsonObject();
      out.printf(
          Locale.ROOT,
          NODE,
          shortened(node, "id") + (flag(node, "self") ? "*" : ""),
          node.get("loadPercent").getAsLong() + "%",
          flag(node, "draining") ? "draining" : "running",
          node.get("version").getAsString(),
          node.has("client") ? node.get("client").getAsString() : "not told",
          node.get("link").getAsString());
    }
    more(out, cluster.get("nodeCount").getAsLong() - nodes.size());
  }

  private static void sessions(PrintWriter out, JsonObject cluster) {
    out.printf(
        Locale.ROOT, SESSION, "SESSION", "SEAT", "OWNER", "LINK", "CONSUMERS", "BEHIND", "LINKS");
    JsonArray here = cluster.getAsJsonArray("here");
    for (JsonElement element : here) {
      JsonObject session = element.getAsJsonObject();
      String seat = session.get("seat").getAsString();
      out.printf(
          Locale.ROOT,
          SESSION,
          session.get("name").getAsString(),
          seat,
          session.has("owner") ? shortened(session, "owner") : "-",
          seat.equals("edge") ? flag(session, "linked") ? "up" : "DOWN" : "-",
          session.get("consumers").getAsLong(),
          session.get("consumersBehind").getAsLong(),
          session.get("links").getAsLong());
    }
    more(out, cluster.get("hereCount").getAsLong() - here.size());
  }

  private static void more(PrintWriter out, long left) {
    if (left > 0) {
      out.println("and " + left + " more");
    }
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf(Locale.ROOT, LINE, name, value);
  }

  private static boolean flag(JsonObject of, String field) {
    return of.get(field).getAsBoolean();
  }

  private static String shortened(JsonObject of, String field) {
    String id = of.get(field).getAsString();
    return id.substring(0, Math.min(SHORT, id.length()));
  }
}
