package io.hydrasync.bench.report;

import io.hydrasync.bench.measure.ClusterCost;
import io.hydrasync.bench.measure.CrateCost;
import io.hydrasync.bench.measure.Loads;
import io.hydrasync.bench.measure.Results;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The figures of the native driver as tables, on the page and for a terminal: medians of the
 * rounds. Stateless.
 */
public final class LoadTables {
  private static final Map<String, String> TITLES = new LinkedHashMap<>();

  static {
    TITLES.put(Loads.FEW_MANY, "1,000 messages of 100 B a second, 1→16");
    TITLES.put(Loads.FEW_ONE, "1,000 messages of 100 B a second, 1→1");
    TITLES.put(Loads.COLD, "The first 8,000 messages of a fresh process, 1,000 a second, 1→1");
    TITLES.put(Loads.BUSY, "As fast as it goes, 1→16");
    TITLES.put(Loads.MEMORY, "Resident memory");
    TITLES.put(Loads.MANY, "Many sessions, many consumers");
    TITLES.put(Loads.BESIDE, "A hundred quiet sessions beside a busy one");
    TITLES.put(ClusterCost.FEW, "Through an edge, 1,000 messages of 100 B a second, 1→1");
    TITLES.put(ClusterCost.BUSY, "At an edge, 64 B as fast as it goes, 1→16");
    TITLES.put(
        CrateCost.SHORT, "Under the Rust crate's own clients, a relay that has just started");
    TITLES.put(CrateCost.LONG, "Under the Rust crate's own clients, warmed up");
  }

  private static final String HEAD =
      """
      ## Few messages, cold, memory

      Relays as their users start them, each in a fresh process for every round: ours by `./hydra
      relay` with its defaults. Medians of the rounds, in brackets the least and the greatest.
      A message counts once for each consumer that gets it. Latencies count from when a message was
      due until the last of its consumers had it, and `first` until the first one had it.

      """;

  private LoadTables() {}

  /** Tables of what was measured; empty if nothing was. */
  public static String text(Results results) {
    StringBuilder text = new StringBuilder();
    for (String figure : TITLES.keySet()) {
      if (results.has(figure)) {
        table(results, figure, text.append('\n').append(figure).append('\n'));
      }
    }
    return text.toString();
  }

  private static void table(Results results, String figure, StringBuilder text) {
    List<String> metrics = results.distinct(figure, Results.Sample::metric);
    List<String> head = new ArrayList<>(List.of("", ""));
    head.addAll(metrics);
    line(head, text);
    for (String parameter : results.distinct(figure, Results.Sample::parameter)) {
      for (String subject : results.distinct(figure, Results.Sample::subject)) {
        List<String> cells = new ArrayList<>(List.of(subject, parameter));
        for (String metric : metrics) {
          cells.add(cell(results, figure, subject, parameter, metric));
        }
        line(cells, text);
      }
    }
  }

  /** The section of the page: what is measured down, relays across; empty without figures. */
  static String page(Results results) {
    StringBuilder page = new StringBuilder();
    TITLES.forEach(
        (figure, title) -> {
          if (results.has(figure)) {
            page.append("### ").append(title).append("\n\n");
            crossTable(results, figure, page);
          }
        });
    return page.isEmpty() ? "" : HEAD + page;
  }

  private static void crossTable(Results results, String figure, StringBuilder page) {
    List<String> subjects = results.distinct(figure, Results.Sample::subject);
    page.append("| | | ").append(String.join(" | ", subjects)).append(" |\n");
    page.append("|---|---|").append("---|".repeat(subjects.size())).append('\n');
    for (String parameter : results.distinct(figure, Results.Sample::parameter)) {
      for (String metric : results.distinct(figure, Results.Sample::metric)) {
        List<String> cells = new ArrayList<>();
        for (String subject : subjects) {
          cells.add(cell(results, figure, subject, parameter, metric));
        }
        if (cells.stream().anyMatch(cell -> !cell.isEmpty())) {
          page.append("| " + parameter + " | " + metric + " | " + String.join(" | ", cells));
          page.append(" |\n");
        }
      }
    }
    page.append('\n');
  }

  private static String cell(
      Results results, String figure, String subject, String parameter, String metric) {
    return results
        .summary(figure, subject, parameter, metric)
        .map(
            s ->
                Svg.number(s.median())
                    + (s.rounds() > 1
                        ? " (" + Svg.number(s.min()) + "–" + Svg.number(s.max()) + ")"
                        : ""))
        .orElse("");
  }

  private static void line(List<String> cells, StringBuilder text) {
    for (int i = 0; i < cells.size(); i++) {
      text.append(String.format(Locale.ROOT, i < 2 ? "%-18s " : "%24s", cells.get(i)));
    }
    text.append('\n');
  }
}
