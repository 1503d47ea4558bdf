package io.hydrasync.cli.admin;

import io.hydrasync.cli.console.Units;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/** The columns of {@code hydra top}, from left to right; the less important go first. */
enum TopColumn implements FittingColumns.Column {
  SESSION(1, 1, -8, TopRow::name),
  STATE(2, 2, -8, TopRow::state),
  LAG(3, 3, 9, row -> Units.bytes(row.lag())),
  HELD(4, 9, 9, row -> size(row, "heldBytes")),
  CONS(6, 4, 5, row -> row.text("consumers")),
  OWNER(TopColumn.NEVER, 5, -9, TopRow::owner),
  EDGES(TopColumn.NEVER, 10, 5, row -> row.text("edges")),
  IN(7, 7, 11, row -> Units.rate(row.in())),
  OUT(8, 8, 11, row -> Units.rate(row.out())),
  AGE(5, 6, 7, row -> Units.age(row.session().get("ageMs").getAsLong())),
  OVERFLOW(9, 11, -12, row -> row.text("overflow")),
  RECEIVED(10, 12, 9, row -> size(row, "publishedBytes")),
  DELIVERED(11, 13, 9, row -> size(row, "deliveredBytes")),
  WIRE(12, 14, -13, row -> SessionTable.wire(row.session()));

  private static final int NEVER = 0;

  /** Of a relay's sessions. */
  static final Set<TopColumn> OF_RELAY = EnumSet.complementOf(EnumSet.of(OWNER, EDGES));

  /** Of a cluster's. */
  static final Set<TopColumn> OF_CLUSTER = EnumSet.allOf(TopColumn.class);

  private final int rank;
  private final int clusterRank;
  private final int width;
  private final Function<TopRow, String> value;

  /**
   * A column.
   *
   * @param rank 1 is what one opens it for
   * @param clusterRank the same for a cluster
   * @param width negative where texts begin at the left
   */
  TopColumn(int rank, int clusterRank, int width, Function<TopRow, String> value) {
    this.rank = rank;
    this.clusterRank = clusterRank;
    this.width = width;
    this.value = value;
  }

  /** Those of some that fit, in their order. */
  static Set<TopColumn> fitting(int columns, Set<TopColumn> some) {
    boolean cluster = some.contains(OWNER);
    return FittingColumns.of(
        columns, some, column -> cluster ? column.clusterRank : column.rank, TopColumn.class);
  }

  @Override
  public int width() {
    return width;
  }

  String heading() {
    return FittingColumns.cell(name(), width);
  }

  String of(TopRow row) {
    return FittingColumns.cell(value.apply(row), width);
  }

  private static String size(TopRow row, String field) {
    return Units.bytes(row.session().get(field).getAsLong());
  }
}
