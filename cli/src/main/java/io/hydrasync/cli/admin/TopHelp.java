package io.hydrasync.cli.admin;

import io.hydrasync.cli.console.StyledLine;
import io.hydrasync.cli.console.Wrapped;
import java.util.ArrayList;
import java.util.List;

/** What the keys and words of {@code hydra top} mean. Stateless. */
final class TopHelp {
  private static final String INDENT = "             ";

  private static final List<String> WORDS =
      List.of(
          "q            quit",
          "up, down     select a session (also k, j, page up, page down, home, end)",
          "enter        the consumers of the selected session; enter or esc goes back",
          "s            sort by rate, lag or name",
          "/            show only what contains a text; enter keeps it, esc clears it",
          "?            this help, and back",
          "",
          "LAG          what the slowest consumer has still to take",
          "HELD         what the relay's memory holds for the session",
          "IN, OUT      since the look before; RECEIVED, DELIVERED since the beginning",
          "paused       the producer waits for a consumer that lags",
          "lagging      a consumer has 1 MiB or more still to take",
          "LOST         frames that the relay has announced as lost since it was started");

  private static final List<String> CLUSTER_WORDS =
      List.of(
          "",
          "OWNER        the node that has the session's producer, which counts its IN",
          "EDGES        nodes that mirror the session; CONS and OUT are of all nodes together",
          "NO ANSWER    what a node said last is left out of all sums until it answers again",
          "NO LEASE     it answers, but to other nodes it has gone");

  private TopHelp() {}

  static List<StyledLine> lines(int columns, boolean cluster) {
    List<StyledLine> lines = new ArrayList<>();
    List<String> all = new ArrayList<>(WORDS);
    if (cluster) {
      all.addAll(CLUSTER_WORDS);
    }
    for (String words : all) {
      if (words.isEmpty()) {
        lines.add(StyledLine.EMPTY);
        continue;
      }
      String before = words.substring(0, INDENT.length());
      for (String line :
          Wrapped.words(words.substring(INDENT.length()), columns - INDENT.length())) {
        lines.add(StyledLine.of(before + line));
        before = INDENT;
      }
    }
    return lines;
  }

  /** The last line of the screen: what can be typed now, as far as it fits. */
  static String keys(TopState state, int columns) {
    if (!state.isReady()) {
      return "Ctrl-C quits; no other keys yet";
    }
    if (state.isTyping()) {
      return "filter: " + state.filter() + "_  (enter keeps it, esc clears it)";
    }
    List<String> parts =
        switch (state.page()) {
          case HELP -> List.of("q quit", "esc back");
          case CONSUMERS -> List.of("q quit", "esc back", "up, down scroll", "? help");
          case SESSIONS ->
              List.of(
                  "q quit",
                  "? help",
                  "s sort: " + state.order().words(),
                  "/ filter" + (state.filter().isEmpty() ? "" : ": " + state.filter()),
                  "enter consumers",
                  "up, down select");
        };
    return Wrapped.parts(parts, "  ", columns).get(0);
  }
}
