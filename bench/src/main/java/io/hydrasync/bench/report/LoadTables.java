package io.hydrasync.bench.report;

import io.hydrasync.bench.measure.Loads;
import io.hydrasync.bench.measure.Results;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The figures of the native driver as tables for a terminal: medians of the rounds. Stateless. */
public final class LoadTables {
  private static final List<String> FIGURES =
      List.of(
          Loads.FEW_MANY,
          Loads.FEW_ONE,
          Loads.COLD,
          Loads.BUSY,
          Loads.MEMORY,
          Loads.MANY,
          Loads.BESIDE);

  private LoadTables() {}

  /** Tables of what was measured; empty if nothing was. */
  public static String text(Results results) {
    StringBuilder text = new StringBuilder();
    for (String figure : FIGURES) {
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
          cells.add(
              results
                  .summary(figure, subject, parameter, metric)
                  .map(
                      s ->
                          Svg.number(s.median())
                              + (s.rounds() > 1
                                  ? " (" + Svg.number(s.min()) + "–" + Svg.number(s.max()) + ")"
                                  : ""))
                  .orElse(""));
        }
        line(cells, text);
      }
    }
  }

  private static void line(List<String> cells, StringBuilder text) {
    for (int i = 0; i < cells.size(); i++) {
      text.append(String.format(Locale.ROOT, i < 2 ? "%-18s " : "%24s", cells.get(i)));
    }
    text.append('\n');
  }
}
