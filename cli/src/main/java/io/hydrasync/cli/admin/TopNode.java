package io.hydrasync.cli.admin;

import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Style;
import io.hydrasync.cli.console.StyledLine;
import io.hydrasync.cli.console.Units;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * A node in {@code hydra top --cluster}.
 *
 * @param id the first digits of it
 * @param state what it is doing
 * @param isWell whether it answers, and others see it
 * @param address where it is asked
 * @param trouble why it does not answer, empty if it does
 * @param figures of its last answer: status, and what it is to its sessions
 * @param in bytes a second from clients
 * @param out bytes a second to clients
 */
record TopNode(
    String id,
    String state,
    boolean isWell,
    String address,
    String trouble,
    JsonObject figures,
    double in,
    double out) {
  private static final int FEWEST = 2;

  String text(String field) {
    return figures.get(field).getAsString();
  }

  long number(String field) {
    return figures.get(field).getAsLong();
  }

  /** As a table of at most so many lines: those in trouble first where not all have a place. */
  static List<StyledLine> lines(List<TopNode> nodes, int columns, int most) {
    Set<NodeColumn> shown = NodeColumn.fitting(columns + 1);
    StringBuilder heading = new StringBuilder();
    shown.forEach(column -> heading.append(column.heading()));
    List<StyledLine> lines = new ArrayList<>();
    lines.add(StyledLine.of(heading.substring(1), Style.BOLD));
    int room = Math.max(FEWEST, most) - 1;
    int fit = nodes.size() <= room ? nodes.size() : Math.max(1, room - 1);
    nodes.stream()
        .sorted(Comparator.comparing(TopNode::isWell).thenComparing(TopNode::id))
        .limit(fit)
        .sorted(Comparator.comparing(TopNode::id))
        .forEach(node -> lines.add(node.line(shown)));
    if (fit < nodes.size()) {
      lines.add(StyledLine.of("and " + Units.count(nodes.size() - fit, "node") + " more"));
    }
    return lines;
  }

  private StyledLine line(Set<NodeColumn> shown) {
    if (!trouble.isEmpty()) {
      String who = NodeColumn.NODE.of(this) + NodeColumn.STATE.of(this) + " " + address;
      return StyledLine.of(who.substring(1) + "  " + trouble, isWell ? Style.PLAIN : Style.RED);
    }
    StringBuilder line = new StringBuilder();
    shown.forEach(column -> line.append(column.of(this)));
    return StyledLine.of(line.substring(1), isWell ? Style.PLAIN : Style.YELLOW);
  }
}
