package io.hydrasync.cli;

import io.hydrasync.client.Gap;
import io.hydrasync.client.Stall;
import java.util.Locale;

/** How recv tells what happens to its stream. */
final class RecvEvents {
  private RecvEvents() {}

  static void tell(Console console, Gap gap) {
    console.say(
        Json.event("gap")
            .with("stream", gap.stream())
            .with("from", gap.from())
            .with("to", Long.toUnsignedString(gap.to()))
            .with("kind", lower(gap.kind())),
        "missing: " + gap);
  }

  static void tell(Console console, Stall stall) {
    long seconds = stall.by().toSeconds();
    console.say(
        Json.event("stalled").with("kind", lower(stall.kind())).with("seconds", seconds),
        stall.kind() == Stall.Kind.SILENT
            ? "the producer is connected, but nothing has come for " + seconds + " s"
            : "what comes is " + seconds + " s late, or a clock is wrong by that");
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
