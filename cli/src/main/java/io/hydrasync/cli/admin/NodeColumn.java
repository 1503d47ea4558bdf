package io.hydrasync.cli.admin;

import io.hydrasync.cli.console.Units;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/** The columns of the nodes of {@code hydra top --cluster}, from left to right. */
enum NodeColumn implements FittingColumns.Column {
  NODE(1, -9, TopNode::id),
  STATE(2, -9, TopNode::state),
  CLIENTS(3, -21, TopNode::address),
  OWNS(8, 5, node -> node.text("owns")),
  MIRRORS(9, 7, node -> node.text("mirrors")),
  CONS(4, 6, node -> node.text("consumers")),
  IN(6, 11, node -> Units.rate(node.in())),
  OUT(7, 11, node -> Units.rate(node.out())),
  UP(5, 7, node -> Units.age(node.number("uptimeMs"))),
  MEMORY(10, 9, node -> Units.bytes(node.number("logMemoryBytes"))),
  TAKEOVERS(11, 9, node -> node.text("takeovers")),
  VERSION(12, -14, node -> node.text("version"));

  private final int rank;
  private final int width;
  private final Function<TopNode, String> value;

  NodeColumn(int rank, int width, Function<TopNode, String> value) {
    this.rank = rank;
    this.width = width;
    this.value = value;
  }

  /** Those that fit, in their order. */
  static Set<NodeColumn> fitting(int columns) {
    return FittingColumns.of(
        columns, EnumSet.allOf(NodeColumn.class), column -> column.rank, NodeColumn.class);
  }

  @Override
  public int width() {
    return width;
  }

  String heading() {
    return FittingColumns.cell(name(), width);
  }

  String of(TopNode node) {
    return FittingColumns.cell(value.apply(node), width);
  }
}
