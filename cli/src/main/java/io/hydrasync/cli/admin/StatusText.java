package io.hydrasync.cli.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A relay's status for somebody who reads it. */
final class StatusText {
  private StatusText() {}

  static void show(PrintWriter out, JsonObject status) {
    line(
        out,
        "state",
        status.get("state").getAsString() + ", up " + Quantities.age(number(status, "uptimeMs")));
    line(out, "clients", counts(status.getAsJsonObject("connections"), true));
    line(out, "sessions", status.get("sessions").getAsString());
    line(
        out, "memory", size(status, "logMemoryBytes") + " of " + size(status, "memoryBudgetBytes"));
    line(out, "spilled", size(status, "spillBytes"));
    line(out, "received", size(status, "receivedBytes"));
    line(out, "sent", size(status, "sentBytes"));
    line(out, "frames lost", status.get("gapFrames").getAsString());
    for (String name : List.of("handshakes", "rejected", "closed", "overflows")) {
      line(out, name, counts(status.getAsJsonObject(name), false));
    }
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf(Locale.ROOT, "%-12s %s%n", name, value);
  }

  /** What has happened at all: there are many things that may. */
  private static String counts(JsonObject counters, boolean all) {
    String text =
        counters.entrySet().stream()
            .filter(counter -> all || counter.getValue().getAsLong() > 0)
            .map(StatusText::count)
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? "none" : text;
  }

  private static String count(Map.Entry<String, JsonElement> counter) {
    return counter.getKey() + " " + counter.getValue().getAsString();
  }

  private static long number(JsonObject of, String field) {
    return of.get(field).getAsLong();
  }

  private static String size(JsonObject of, String field) {
    return Quantities.bytes(number(of, field));
  }
}
