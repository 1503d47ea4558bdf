package io.hydrasync.bench.report;

import java.util.Locale;

/** Pieces of SVG. Stateless. */
final class Svg {
  private static final double MILLION = 1e6;
  private static final double THOUSAND = 1e3;

  private Svg() {}

  /** The beginning, with title and subtitle; to be ended by the caller. */
  static String open(int width, int height, String title, String subtitle) {
    return String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " height=\"%d\" font-family=\"sans-serif\">%n<style>.t{font-size:12px;fill:#333}"
                + ".b{font-size:12px;font-weight:bold;fill:#1b6e53}.h{font-size:16px;"
                + "font-weight:bold;fill:#222}</style>%n<rect width=\"100%%\" height=\"100%%\""
                + " fill=\"white\"/>%n",
            width,
            height,
            width,
            height)
        + text(14, 26, "start", "h", title)
        + text(14, 46, "start", "t", subtitle);
  }

  static String text(int x, int y, String anchor, String style, String text) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">%s</text>%n",
        x,
        y,
        anchor,
        style,
        text.replace("&", "&amp;").replace("<", "&lt;"));
  }

  /** A number with three significant digits. */
  static String number(double value) {
    if (value >= 10 * MILLION) {
      return String.format(Locale.ROOT, "%.1f M", value / MILLION);
    }
    if (value >= MILLION) {
      return String.format(Locale.ROOT, "%.2f M", value / MILLION);
    }
    if (value >= 10 * THOUSAND) {
      return String.format(Locale.ROOT, "%.0f k", value / THOUSAND);
    }
    if (value >= THOUSAND / 10) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    if (value >= 10) {
      return String.format(Locale.ROOT, "%.1f", value);
    }
    return String.format(Locale.ROOT, value >= 1 ? "%.2f" : "%.3f", value);
  }
}
