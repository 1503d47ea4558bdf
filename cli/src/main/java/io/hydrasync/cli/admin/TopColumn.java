package io.hydrasync.cli.admin;

import io.hydrasync.cli.console.Units;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** The columns of {@code hydra top}, from left to right; the less important go first. */
enum TopColumn {
  SESSION(1, -8, TopRow::name),
  STATE(2, -8, TopRow::state),
  LAG(3, 9, row -> Units.bytes(row.lag())),
  HELD(4, 9, row -> size(row, "heldBytes")),
  CONS(6, 5, row -> row.text("consumers")),
  IN(7, 11, row -> Units.rate(row.in())),
  OUT(8, 11, row -> Units.rate(row.out())),
  AGE(5, 7, row -> Units.age(row.session().get("ageMs").getAsLong())),
  OVERFLOW(9, -12, row -> row.text("overflow")),
  RECEIVED(10, 9, row -> size(row, "publishedBytes")),
  DELIVERED(11, 9, row -> size(row, "deliveredBytes")),
  WIRE(12, -13, row -> SessionTable.wire(row.session()));

  private final int rank;
  private final int width;
  private final Function<TopRow, String> value;

  /**
   * A column.
   *
   * @param rank 1 is what one opens it for
   * @param width negative where texts begin at the left
   */
  TopColumn(int rank, int width, Function<TopRow, String> value) {
    this.rank = rank;
    this.width = width;
    this.value = value;
  }

  /** Those that fit, in their order. */
  static Set<TopColumn> fitting(int columns) {
    return fitting(columns, EnumSet.allOf(TopColumn.class));
  }

  /** Those of some that fit, in their order. */
  static Set<TopColumn> fitting(int columns, Set<TopColumn> some) {
    Set<TopColumn> fitting = EnumSet.noneOf(TopColumn.class);
    int left = columns;
    List<TopColumn> ranked =
        some.stream().sorted(Comparator.comparingInt(column -> column.rank)).toList();
    for (TopColumn column : ranked) {
      int needed = Math.abs(column.width) + 1; // and a blank before it
      if (needed > left) {
        return fitting; // nothing that is less important takes its place
      }
      fitting.add(column);
      left -= needed;
    }
    return fitting;
  }

  String heading() {
    return cell(name());
  }

  String of(TopRow row) {
    return cell(value.apply(row));
  }

  private String cell(String text) {
    return String.format(Locale.ROOT, " %" + width + "s", text);
  }

  private static String size(TopRow row, String field) {
    return Units.bytes(row.session().get(field).getAsLong());
  }
}
