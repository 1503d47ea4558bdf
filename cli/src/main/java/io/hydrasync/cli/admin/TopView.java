package io.hydrasync.cli.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Style;
import io.hydrasync.cli.console.StyledLine;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.console.Wrapped;
import io.hydrasync.cli.process.WindowSize;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code hydra top} shows: rates are made of one look and the one before. Not thread-safe. */
final class TopView {
  private static final double NANOS = 1e9;
  private static final int HEAD_SHARE = 3;
  private static final String GAP = "  ";
  private static final String MARK = ">";
  private static final String NO_MARK = " ";

  private final String relay;
  private final boolean interactive;
  private @Nullable Look last;
  private List<String> summary = List.of();
  private String lostFrames = "";
  private List<TopRow> rows = List.of();
  private TopConsumers consumers = new TopConsumers(List.of(), List.of(), 0);
  private String lost = "";
  private int first;

  /**
   * One look at the relay.
   *
   * @param nanos when
   * @param status the relay
   * @param sessions some of its sessions
   * @param total how many there are
   * @param detail the session whose consumers are shown; more than one if others have its name,
   *     none if nobody has asked
   */
  record Look(
      long nanos,
      JsonObject status,
      List<JsonObject> sessions,
      long total,
      List<JsonObject> detail) {}

  /**
   * A view that has seen nothing.
   *
   * @param interactive whether there are keys
   */
  TopView(String relay, boolean interactive) {
    this.relay = relay;
    this.interactive = interactive;
  }

  boolean isLost() {
    return !lost.isEmpty();
  }

  /** The relay does not answer. */
  void lose(String why) {
    lost = why;
    last = null;
    rows = List.of();
  }

  /** Takes a look in. Throws as {@link AdminReply#reading} does, and shows what it showed then. */
  void see(Look look) {
    Look before = last;
    double seconds = before == null ? 0 : (look.nanos - before.nanos) / NANOS;
    List<String> parts = summary(look, before, seconds);
    List<TopRow> seen = rows(look, before, seconds);
    seen.forEach(row -> List.of(TopColumn.values()).forEach(column -> column.of(row)));
    TopConsumers detail =
        new TopConsumers(look.detail, before == null ? List.of() : before.detail, seconds);
    detail.check();
    lostFrames = lostFrames(look, before);
    summary = parts;
    rows = seen;
    consumers = detail;
    lost = "";
    last = look;
  }

  /** The names of the sessions that are shown, in their order. */
  List<String> names(TopState state) {
    return chosen(state).stream().map(TopRow::name).toList();
  }

  private List<TopRow> chosen(TopState state) {
    return rows.stream()
        .filter(row -> row.matches(state.filter()))
        .sorted(comparator(state.order()))
        .toList();
  }

  /** The screen as it is now. */
  List<StyledLine> lines(TopState state, WindowSize.Size size) {
    int columns = size.columns();
    List<StyledLine> lines = new ArrayList<>();
    if (isLost() || last == null) {
      lines.add(StyledLine.of("hydra top  " + relay, Style.BOLD));
      Wrapped.words(lost, columns).forEach(line -> lines.add(StyledLine.of(line, Style.RED)));
      lines.add(StyledLine.of("trying again ..."));
    } else {
      head(lines, columns, Math.max(1, size.rows() / HEAD_SHARE));
      lines.add(StyledLine.EMPTY);
      int left = size.rows() - lines.size() - (interactive ? 1 : 0);
      switch (state.page()) {
        case SESSIONS -> sessions(lines, state, columns, left);
        case CONSUMERS -> consumers.lines(lines, state, columns, left);
        case HELP -> TopHelp.lines(columns).stream().limit(left).forEach(lines::add);
      }
    }
    if (interactive) {
      while (lines.size() < size.rows() - 1) {
        lines.add(StyledLine.EMPTY);
      }
      lines.add(StyledLine.of(TopHelp.keys(state, columns), Style.REVERSE));
    }
    return lines.stream().map(line -> line.cut(columns)).toList();
  }

  /** What matters least is at its end, and goes where there are few rows. */
  private void head(List<StyledLine> lines, int columns, int most) {
    List<String> wrapped = Wrapped.parts(summary, GAP, columns).stream().limit(most).toList();
    lines.add(StyledLine.of(wrapped.get(0), Style.BOLD));
    wrapped.stream().skip(1).map(StyledLine::of).forEach(lines::add);
    if (!lostFrames.isEmpty()) {
      lines.add(StyledLine.of(lostFrames, Style.RED));
    }
  }

  private void sessions(List<StyledLine> lines, TopState state, int columns, int rowsLeft) {
    String mark = interactive ? NO_MARK : "";
    Set<TopColumn> shown = TopColumn.fitting(columns + 1 - mark.length());
    StringBuilder heading = new StringBuilder();
    shown.forEach(column -> heading.append(column.heading()));
    lines.add(StyledLine.of(mark + heading.substring(1), Style.BOLD));
    List<TopRow> chosen = chosen(state);
    int body = Math.max(1, rowsLeft - 1);
    boolean all = chosen.size() <= body && last != null && last.total == rows.size();
    if (!all) {
      body = Math.max(1, body - 1);
    }
    int at = Math.max(0, names(state).indexOf(state.selected()));
    first = Math.max(at - body + 1, Math.min(first, at));
    first = Math.max(0, Math.min(first, chosen.size() - body));
    List<TopRow> fitting = chosen.subList(first, Math.min(chosen.size(), first + body));
    fitting.forEach(row -> lines.add(line(row, shown, state)));
    if (rows.isEmpty()) {
      lines.add(StyledLine.of("no session yet"));
    } else if (chosen.isEmpty()) {
      lines.add(StyledLine.of("no session matches the filter"));
    } else if (!all && last != null) {
      lines.add(
          StyledLine.of(
              text(
                  "%,d to %,d of %s",
                  first + 1, first + fitting.size(), Units.count(last.total, "session"))));
    }
  }

  private StyledLine line(TopRow row, Set<TopColumn> shown, TopState state) {
    boolean marked = interactive && row.name().equals(state.selected());
    StyledLine line = StyledLine.of(interactive ? (marked ? MARK : NO_MARK) : "");
    boolean begins = true;
    for (TopColumn column : shown) {
      String cell = column.of(row);
      boolean coloured = column == TopColumn.STATE || column == TopColumn.LAG;
      line = line.and(begins ? cell.substring(1) : cell, coloured ? row.style() : Style.PLAIN);
      begins = false;
    }
    return marked ? line.in(Style.REVERSE) : line;
  }

  private List<String> summary(Look look, @Nullable Look before, double seconds) {
    JsonObject status = look.status;
    JsonObject clients = status.getAsJsonObject("connections");
    JsonObject old = before == null ? null : before.status;
    List<String> parts = new ArrayList<>();
    parts.add("hydra top  " + relay);
    parts.add(
        status.get("state").getAsString()
            + ", up "
            + Units.age(status.get("uptimeMs").getAsLong()));
    parts.add(Units.count(look.total, "session"));
    parts.add(Units.count(clients.get("producer").getAsLong(), "producer"));
    parts.add(Units.count(clients.get("consumer").getAsLong(), "consumer"));
    parts.add("in " + Units.rate(perSecond(status, old, "receivedBytes", seconds)));
    parts.add("out " + Units.rate(perSecond(status, old, "sentBytes", seconds)));
    parts.add(
        "memory "
            + Units.bytes(status.get("logMemoryBytes").getAsLong())
            + " of "
            + Units.bytes(status.get("memoryBudgetBytes").getAsLong()));
    parts.add("spilled " + Units.bytes(status.get("spillBytes").getAsLong()));
    parts.add("refused " + sum(status.getAsJsonObject("rejected")));
    parts.add("overflow actions " + sum(status.getAsJsonObject("overflows")));
    if (gaps(look).equals("0")) {
      parts.add("frames lost 0");
    }
    return parts;
  }

  /** As the relay says it: what is no number is worth a line of its own, too. */
  private static String gaps(Look look) {
    return look.status.get("gapFrames").getAsString();
  }

  private static String lostFrames(Look look, @Nullable Look before) {
    String gaps = gaps(look);
    if (gaps.equals("0")) {
      return "";
    }
    boolean more = before != null && !gaps.equals(gaps(before));
    return "frames LOST: " + gaps + (more ? ", some of them just now" : "");
  }

  private static long sum(JsonObject counters) {
    return counters.entrySet().stream()
        .map(Map.Entry::getValue)
        .mapToLong(JsonElement::getAsLong)
        .sum();
  }

  /** Nothing where there was no look before, or where a counter began anew. */
  static double perSecond(
      JsonObject now, @Nullable JsonObject before, String field, double seconds) {
    return before == null || seconds <= 0
        ? 0
        : Math.max(0, (now.get(field).getAsLong() - before.get(field).getAsLong()) / seconds);
  }

  private static List<TopRow> rows(Look look, @Nullable Look before, double seconds) {
    Map<String, JsonObject> known = new HashMap<>();
    if (before != null) {
      before.sessions.forEach(session -> known.put(session.get("name").getAsString(), session));
    }
    return look.sessions.stream()
        .map(
            session -> {
              JsonObject old = known.get(session.get("name").getAsString());
              return new TopRow(
                  session,
                  perSecond(session, old, "publishedBytes", seconds),
                  perSecond(session, old, "deliveredBytes", seconds));
            })
        .toList();
  }

  private static Comparator<TopRow> comparator(TopState.Order order) {
    return switch (order) {
      case RATE ->
          Comparator.comparingDouble((TopRow row) -> row.in() + row.out())
              .reversed()
              .thenComparing(TopRow::name);
      case LAG -> Comparator.comparingLong(TopRow::lag).reversed().thenComparing(TopRow::name);
      case NAME -> Comparator.comparing(TopRow::name);
    };
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
