package io.hydrasync.cli.demo;

import io.hydrasync.cli.console.Style;
import io.hydrasync.cli.console.StyledLine;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.console.Wrapped;
import io.hydrasync.cli.process.WindowSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Puts the demo into lines that fit a terminal of 60 columns or more. Stateless. */
final class DemoLayout {
  private static final int NAME = 10;
  private static final int AMOUNT = 9;
  private static final int RATE = 11;
  private static final int COUNT = 18;
  private static final int REMARK = 23;
  private static final int WIDE_ENOUGH_FOR_RATE = 76;
  private static final int WIDE_ENOUGH_FOR_COUNT = 100;
  private static final int LONGEST_BAR = 60;
  private static final int SHORTEST_BAR = 5;
  private static final int LONGEST_TEXT = 100;

  private static final String TITLE = "hydra demo: one producer, one relay, three consumers";

  private DemoLayout() {}

  /** What one sees, said in front of it. */
  static List<String> introduction(String relay, int columns) {
    int width = Math.min(columns, LONGEST_TEXT);
    List<String> lines = new ArrayList<>(Wrapped.words(TITLE, width));
    lines.addAll(
        Wrapped.words(
            "The producer seals each message once. The relay at "
                + relay
                + " has no key: it copies sealed bytes to the consumers, which open them. All of it"
                + " runs here, over TCP.",
            width));
    lines.addAll(
        Wrapped.words(
            "Consumer 2 is slow for a while and consumer 3 comes late, on purpose: both still get"
                + " everything, in order. A consumer's bar is what it has of all that was sent.",
            width));
    return lines;
  }

  /** The demo on a terminal; without the introduction where that takes too many rows. */
  static List<StyledLine> lines(DemoLook look, WindowSize.Size size) {
    int columns = size.columns();
    List<StyledLine> lines = new ArrayList<>();
    List<StyledLine> rows = rows(look, columns);
    List<String> words = introduction(look.relay(), columns);
    if (words.size() + 1 + rows.size() <= size.rows()) {
      lines.add(StyledLine.of(words.get(0), Style.BOLD));
      words.stream().skip(1).map(StyledLine::of).forEach(lines::add);
      lines.add(StyledLine.EMPTY);
    }
    lines.addAll(rows);
    return lines.stream().map(line -> line.cut(columns)).toList();
  }

  private static List<StyledLine> rows(DemoLook look, int columns) {
    List<StyledLine> rows = new ArrayList<>();
    DemoLook.Part producer = look.producer();
    StyledLine time =
        StyledLine.of(
            producer.stage() == Stage.SENDING
                ? text(
                    "%s of %s s",
                    Units.significant(Math.floor(10 * look.seconds()) / 10),
                    Units.significant(look.ofSeconds()))
                : producer.stage().words(),
            producer.stage().style());
    rows.add(row(producer, look.sentShare(), time, columns));
    for (DemoLook.Part consumer : look.consumers()) {
      rows.add(row(consumer, look.share(consumer), remark(look, consumer), columns));
    }
    rows.add(
        StyledLine.of(
            text(
                "%-" + NAME + "s  %s in, %s out, all sealed",
                "relay",
                Units.bytes(look.bytesIn()),
                Units.bytes(look.bytesOut()))));
    rows.add(
        StyledLine.of(
            text("%-" + NAME + "s  messages it could read: %,d", "", look.readable()),
            look.readable() == 0 ? Style.PLAIN : Style.RED));
    long held = look.heldBytes();
    look.furthestBehind()
        .filter(consumer -> held > 0)
        .ifPresent(
            consumer ->
                rows.add(
                    StyledLine.of(
                        text(
                            "%-" + NAME + "s  %s held for %s",
                            "",
                            Units.bytes(held),
                            consumer.name()),
                        Style.CYAN)));
    return rows;
  }

  private static StyledLine remark(DemoLook look, DemoLook.Part consumer) {
    long behind = look.behind(consumer);
    String words = consumer.stage().words();
    if (behind > 0 && consumer.stage() != Stage.ABSENT) {
      words += (words.isEmpty() ? "" : ", ") + Units.bytes(behind) + " behind";
    }
    return StyledLine.of(words, consumer.stage().style());
  }

  private static StyledLine row(DemoLook.Part part, double share, StyledLine remark, int columns) {
    StringBuilder figures = new StringBuilder();
    if (columns >= WIDE_ENOUGH_FOR_COUNT) {
      figures.append(right(Units.count(part.messages(), "message"), COUNT));
    }
    figures.append(right(Units.bytes(part.bytes()), AMOUNT));
    if (columns >= WIDE_ENOUGH_FOR_RATE) {
      figures.append(right(Units.rate(part.bytesPerSecond()), RATE));
    }
    int left = columns - NAME - 2 - 2 - figures.length() - 2 - REMARK;
    int bar = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, left));
    StyledLine line =
        StyledLine.of(text("%-" + NAME + "s  ", part.name()))
            .and(Units.bar(share, bar), part.stage().style())
            .and(figures + "  ");
    return line.and(remark.text(), part.stage().style());
  }

  private static String right(String figure, int columns) {
    return text("  %" + columns + "s", figure);
  }

  /** One line for where nothing can be drawn again. */
  static String plain(DemoLook look) {
    String consumers =
        look.consumers().stream()
            .map(
                consumer -> {
                  String words = consumer.stage().words();
                  return Units.bytes(consumer.bytes())
                      + (words.isEmpty() ? "" : " (" + words + ")");
                })
            .collect(Collectors.joining(", "));
    // behind the consumers, so that nobody seems to have more than was sent
    return text(
        "%s s: sent %s, received %s",
        Units.significant(Math.floor(look.seconds())),
        Units.bytes(look.producer().bytes()),
        consumers);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
