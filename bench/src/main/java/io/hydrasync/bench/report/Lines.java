package io.hydrasync.bench.report;

import io.hydrasync.bench.measure.Results;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A chart of one line over categories, with its spread, as SVG. Not thread-safe. */
public final class Lines {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 300;
  private static final int LEFT = 70;
  private static final int RIGHT = 40;
  private static final int TOP = 70;
  private static final int BOTTOM = 40;
  private static final int STEPS = 4;
  private static final double HEADROOM = 1.15;

  private final String title;
  private final String subtitle;
  private final List<String> labels = new ArrayList<>();
  private final List<Results.Summary> values = new ArrayList<>();

  Lines(String title, String subtitle) {
    this.title = title;
    this.subtitle = subtitle;
  }

  void add(String label, Results.Summary value) {
    labels.add(label);
    values.add(value);
  }

  boolean isEmpty() {
    return labels.isEmpty();
  }

  /** The chart. */
  String svg() {
    double most = values.stream().mapToDouble(Results.Summary::max).max().orElse(1) * HEADROOM;
    StringBuilder svg = new StringBuilder(Svg.open(WIDTH, HEIGHT, title, subtitle));
    for (int i = 0; i <= STEPS; i++) {
      double value = most * i / STEPS;
      svg.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%d %.1f H%d\" stroke=\"#ddd\"/>%n",
              LEFT,
              y(value, most),
              WIDTH - RIGHT));
      svg.append(Svg.text(LEFT - 8, (int) y(value, most) + 4, "end", "t", Svg.number(value)));
    }
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < labels.size(); i++) {
      Results.Summary value = values.get(i);
      path.append(
          String.format(
              Locale.ROOT, "%s%.1f %.1f ", i == 0 ? "M" : "L", x(i), y(value.median(), most)));
      svg.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%.1f %.1f V%.1f\" stroke=\"#222\"/><circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\""
                  + " fill=\"#1b6e53\"/>%n",
              x(i),
              y(value.min(), most),
              y(value.max(), most),
              x(i),
              y(value.median(), most)));
      svg.append(Svg.text((int) x(i), HEIGHT - BOTTOM + 20, "middle", "t", labels.get(i)));
    }
    svg.append("<path d=\"").append(path).append("\" stroke=\"#1b6e53\" fill=\"none\"/>\n");
    return svg.append("</svg>\n").toString();
  }

  private double x(int index) {
    double step = (WIDTH - LEFT - RIGHT) / (double) Math.max(1, labels.size());
    return LEFT + step * (index + 0.5);
  }

  private static double y(double value, double most) {
    return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM);
  }
}
