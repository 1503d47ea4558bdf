package io.hydrasync.bench.report;

import io.hydrasync.bench.measure.Results;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A chart of horizontal bars with their spread, as SVG. Not thread-safe. */
final class Bars {
  private static final int WIDTH = 940;
  private static final int LABELS = 410;
  private static final int VALUES = 110;
  private static final int ROW = 26;
  private static final int TOP = 64;
  private static final int BOTTOM = 18;
  private static final String OURS = "#1b6e53";
  private static final String OTHERS = "#9aa5b1";

  private final String title;
  private final String subtitle;
  private final boolean logarithmic;
  private final List<Bar> bars = new ArrayList<>();

  private record Bar(String label, Results.Summary value, boolean ours) {}

  /**
   * A chart.
   *
   * @param subtitle what is shown, with the unit
   * @param logarithmic whether ten times as much is one step to the right
   */
  Bars(String title, String subtitle, boolean logarithmic) {
    this.title = title;
    this.subtitle = subtitle;
    this.logarithmic = logarithmic;
  }

  void add(String label, Results.Summary value, boolean ours) {
    bars.add(new Bar(label, value, ours));
  }

  String title() {
    return title;
  }

  boolean isEmpty() {
    return bars.isEmpty();
  }

  /** The chart. */
  String svg() {
    double most = bars.stream().mapToDouble(bar -> bar.value.max()).max().orElse(1);
    double least = bars.stream().mapToDouble(bar -> bar.value.min()).min().orElse(0);
    double from = logarithmic ? Math.pow(10, Math.floor(Math.log10(least) - 0.3)) : 0;
    int height = TOP + bars.size() * ROW + BOTTOM;
    StringBuilder svg = new StringBuilder(Svg.open(WIDTH, height, title, subtitle));
    for (int i = 0; i < bars.size(); i++) {
      row(svg, bars.get(i), TOP + i * ROW, from, most);
    }
    return svg.append("</svg>\n").toString();
  }

  private void row(StringBuilder svg, Bar bar, int y, double from, double most) {
    double end = place(bar.value.median(), from, most);
    svg.append(Svg.text(LABELS - 8, y + 16, "end", bar.ours ? "b" : "t", bar.label));
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>%n",
            LABELS,
            y + 4,
            Math.max(1, end - LABELS),
            ROW - 9,
            bar.ours ? OURS : OTHERS));
    double low = place(bar.value.min(), from, most);
    double high = place(bar.value.max(), from, most);
    svg.append(
        String.format(
            Locale.ROOT,
            "<path d=\"M%.1f %d H%.1f\" stroke=\"#222\" stroke-width=\"1.5\"/>%n",
            low,
            y + ROW / 2,
            high));
    svg.append(
        Svg.text(
            (int) Math.max(high, end) + 6, y + 16, "start", "t", Svg.number(bar.value.median())));
  }

  private double place(double value, double from, double most) {
    double part =
        logarithmic
            ? (Math.log10(value) - Math.log10(from)) / (Math.log10(most) - Math.log10(from))
            : value / most;
    return LABELS + Math.max(0, part) * (WIDTH - LABELS - VALUES);
  }
}
