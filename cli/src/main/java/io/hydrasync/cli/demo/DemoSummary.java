package io.hydrasync.cli.demo;

import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.console.Wrapped;
import io.hydrasync.cli.exit.Failures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What came of the demo, in a few lines that stay.
 *
 * @param last the demo when it was over
 * @param producer who has sent
 * @param consumers who have received
 */
record DemoSummary(DemoLook last, Tally producer, List<Tally> consumers) {
  private static final String INDENT = "           ";
  private static final int LONGEST_TEXT = 100;

  /** Whether everybody got everything and nothing could be read. */
  boolean isGood() {
    return producer.failure().isEmpty()
        && producer.hash().isPresent()
        && consumers.stream().allMatch(consumer -> consumer.equalTo(producer))
        && last.readable() == 0;
  }

  /** Lines that are not wider than so many columns. */
  List<String> lines(int columns) {
    List<String> lines = new ArrayList<>();
    int width = Math.min(columns, LONGEST_TEXT);
    add(
        lines,
        width,
        "sent",
        Units.count(producer.messages(), "message")
            + ", "
            + Units.bytes(producer.bytes())
            + ", in "
            + Units.time(last.seconds())
            + ": "
            + rate(producer.bytes()));
    add(lines, width, "sealed", "each message once, for all three consumers");
    producer.failure().ifPresent(e -> add(lines, width, "", "failed: " + Failures.describe(e)));
    long delivered = consumers.stream().mapToLong(Tally::bytes).sum();
    long same = consumers.stream().filter(consumer -> consumer.equalTo(producer)).count();
    add(
        lines,
        width,
        "delivered",
        same
            + " of "
            + consumers.size()
            + " consumers have every message, in order, with the same SHA-256 as the producer: "
            + Units.bytes(delivered)
            + " in all, "
            + rate(delivered));
    for (Tally consumer : consumers) {
      if (!consumer.equalTo(producer)) {
        add(
            lines,
            width,
            "",
            consumer.name()
                + " DIFFERS: "
                + Units.count(consumer.messages(), "message")
                + ", SHA-256 "
                + consumer.shortHash());
      }
      consumer
          .failure()
          .ifPresent(e -> add(lines, width, "", "it failed: " + Failures.describe(e)));
    }
    add(
        lines,
        width,
        "relay",
        String.format(
            Locale.ROOT,
            "had no key, and could read: %s. The messages' text was looked for in all that it was"
                + " sent and has sent, %s and %s, and found %s.",
            last.readable() == 0 ? "nothing" : "SOMETHING",
            Units.bytes(last.bytesIn()),
            Units.bytes(last.bytesOut()),
            Units.count(last.readable(), "time")));
    lines.add("");
    lines.addAll(
        Wrapped.words(
            isGood()
                ? "Sealed once, opened three times, nothing lost, nothing to read on the way."
                : "FAILED: see above.",
            width));
    return lines;
  }

  private String rate(long bytes) {
    return Units.rate(bytes / Math.max(last.seconds(), 1e-9));
  }

  private static void add(List<String> lines, int width, String name, String words) {
    String first = String.format(Locale.ROOT, "%-" + INDENT.length() + "s", name);
    for (String line : Wrapped.words(words, width - INDENT.length())) {
      lines.add((lines.isEmpty() || !first.isBlank() ? first : INDENT) + line);
      first = INDENT;
    }
  }
}
