package io.hydrasync.cli.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.console.Wrapped;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A relay's status for somebody who reads it. */
final class StatusText {
  private static final int INDENT = 13;

  private StatusText() {}

  static void show(PrintWriter out, JsonObject status, int columns) {
    line(
        out,
        "state",
        status.get("state").getAsString() + ", up " + Units.age(number(status, "uptimeMs")));
    lines(out, "clients", counts(status.getAsJsonObject("connections"), true), columns);
    line(out, "sessions", status.get("sessions").getAsString());
    line(
        out, "memory", size(status, "logMemoryBytes") + " of " + size(status, "memoryBudgetBytes"));
    line(out, "spilled", size(status, "spillBytes"));
    line(out, "received", size(status, "receivedBytes"));
    line(out, "sent", size(status, "sentBytes"));
    line(out, "frames lost", status.get("gapFrames").getAsString());
    for (String name : List.of("handshakes", "rejected", "closed", "overflows")) {
      lines(out, name, counts(status.getAsJsonObject(name), false), columns);
    }
  }

  private static void lines(PrintWriter out, String name, List<String> counts, int columns) {
    String before = name;
    for (String line : Wrapped.parts(counts, ", ", columns - INDENT)) {
      line(out, before, line);
      before = "";
    }
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf(Locale.ROOT, "%-12s %s%n", name, value);
  }

  /** What has happened at all: there are many things that may. */
  private static List<String> counts(JsonObject counters, boolean all) {
    List<String> counts =
        counters.entrySet().stream()
            .filter(counter -> all || counter.getValue().getAsLong() > 0)
            .map(StatusText::count)
            .toList();
    return counts.isEmpty() ? List.of("none") : counts;
  }

  private static String count(Map.Entry<String, JsonElement> counter) {
    return counter.getKey() + " " + counter.getValue().getAsString();
  }

  private static long number(JsonObject of, String field) {
    return of.get(field).getAsLong();
  }

  private static String size(JsonObject of, String field) {
    return Units.bytes(number(of, field));
  }
}
