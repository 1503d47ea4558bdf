package io.hydrasync.cli.admin;

import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Style;
import io.hydrasync.cli.console.StyledLine;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.console.Wrapped;
import io.hydrasync.cli.process.WindowSize;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code hydra top} shows: rates are made of one look and the one before. Not thread-safe. */
final class TopView {
  private static final int HEAD_SHARE = 3;
  private static final String GAP = "  ";
  private static final String MARK = ">";
  private static final String NO_MARK = " ";

  private final String relay;
  private final boolean interactive;
  private @Nullable Look last;
  private @Nullable TopPicture picture;
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
    picture = null;
  }

  /** Takes a look in. Throws as {@link AdminReply#reading} does, and shows what it showed then. */
  void see(Look look) {
    see(TopPicture.of(relay, look, last));
    last = look;
  }

  /** Takes a picture in, which has been checked. */
  void see(TopPicture next) {
    picture = next;
    lost = "";
  }

  /** The names of the sessions that are shown, in their order. */
  List<String> names(TopState state) {
    return chosen(state).stream().map(TopRow::name).toList();
  }

  private List<TopRow> chosen(TopState state) {
    return rows().stream()
        .filter(row -> row.matches(state.filter()))
        .sorted(comparator(state.order()))
        .toList();
  }

  private List<TopRow> rows() {
    TopPicture now = picture;
    return now == null ? List.of() : now.rows();
  }

  /** The screen as it is now. */
  List<StyledLine> lines(TopState state, WindowSize.Size size) {
    int columns = size.columns();
    List<StyledLine> lines = new ArrayList<>();
    TopPicture now = picture;
    if (now == null) {
      lines.add(StyledLine.of("hydra top  " + relay, Style.BOLD));
      if (isLost()) {
        Wrapped.words(lost, columns).forEach(line -> lines.add(StyledLine.of(line, Style.RED)));
        lines.add(StyledLine.of("trying again ..."));
      } else {
        lines.add(StyledLine.of("asking ..."));
      }
    } else {
      int share = Math.max(1, size.rows() / HEAD_SHARE);
      head(lines, now, columns, share);
      if (!now.nodes().isEmpty()) {
        lines.addAll(TopNode.lines(now.nodes(), columns, share));
      }
      lines.add(StyledLine.EMPTY);
      int left = size.rows() - lines.size() - (interactive ? 1 : 0);
      switch (state.page()) {
        case SESSIONS -> sessions(lines, state, now, columns, left);
        case CONSUMERS -> now.consumers().lines(lines, state, columns, left);
        case HELP ->
            TopHelp.lines(columns, !now.nodes().isEmpty()).stream().limit(left).forEach(lines::add);
      }
    }
    if (interactive) {
      lines.subList(Math.min(lines.size(), size.rows() - 1), lines.size()).clear();
      while (lines.size() < size.rows() - 1) {
        lines.add(StyledLine.EMPTY);
      }
      lines.add(StyledLine.of(TopHelp.keys(state, columns), Style.REVERSE));
    }
    return lines.stream().map(line -> line.cut(columns)).toList();
  }

  /** What matters least is at its end, and goes where there are few rows. */
  private static void head(List<StyledLine> lines, TopPicture now, int columns, int most) {
    List<String> wrapped = Wrapped.parts(now.summary(), GAP, columns).stream().limit(most).toList();
    lines.add(StyledLine.of(wrapped.get(0), Style.BOLD));
    wrapped.stream().skip(1).map(StyledLine::of).forEach(lines::add);
    if (!now.lostFrames().isEmpty()) {
      lines.add(StyledLine.of(now.lostFrames(), Style.RED));
    }
  }

  private void sessions(
      List<StyledLine> lines, TopState state, TopPicture now, int columns, int rowsLeft) {
    String mark = interactive ? NO_MARK : "";
    Set<TopColumn> shown = TopColumn.fitting(columns + 1 - mark.length(), now.columns());
    StringBuilder heading = new StringBuilder();
    shown.forEach(column -> heading.append(column.heading()));
    lines.add(StyledLine.of(mark + heading.substring(1), Style.BOLD));
    List<TopRow> chosen = chosen(state);
    int body = Math.max(1, rowsLeft - 1);
    boolean all = chosen.size() <= body && now.total() == now.rows().size();
    if (!all) {
      body = Math.max(1, body - 1);
    }
    int at = Math.max(0, names(state).indexOf(state.selected()));
    first = Math.max(at - body + 1, Math.min(first, at));
    first = Math.max(0, Math.min(first, chosen.size() - body));
    List<TopRow> fitting = chosen.subList(first, Math.min(chosen.size(), first + body));
    fitting.forEach(row -> lines.add(line(row, shown, state)));
    if (now.rows().isEmpty()) {
      lines.add(StyledLine.of("no session yet"));
    } else if (chosen.isEmpty()) {
      lines.add(StyledLine.of("no session matches the filter"));
    } else if (!all) {
      lines.add(
          StyledLine.of(
              text(
                  "%,d to %,d of %s",
                  first + 1, first + fitting.size(), Units.count(now.total(), "session"))));
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
