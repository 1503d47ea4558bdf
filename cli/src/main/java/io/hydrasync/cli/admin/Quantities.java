package io.hydrasync.cli.admin;

import java.util.Locale;

/** Sizes, rates and ages as people read them. */
final class Quantities {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final double STEP = 1024;
  private static final double NO_FRACTION = 100;
  private static final long MINUTE = 60;
  private static final long HOUR = 3_600;
  private static final long DAY = 86_400;

  private Quantities() {}

  static String bytes(double value) {
    double left = value;
    int unit = 0;
    while (left >= STEP && unit < UNITS.length - 1) {
      left /= STEP;
      unit++;
    }
    return String.format(
        Locale.ROOT, unit == 0 || left >= NO_FRACTION ? "%.0f %s" : "%.1f %s", left, UNITS[unit]);
  }

  static String rate(double bytesPerSecond) {
    return bytes(bytesPerSecond) + "/s";
  }

  static String age(long millis) {
    long seconds = millis / 1_000;
    if (seconds < MINUTE) {
      return seconds + "s";
    }
    if (seconds < HOUR) {
      return seconds / MINUTE + "m" + seconds % MINUTE + "s";
    }
    if (seconds < DAY) {
      return seconds / HOUR + "h" + seconds % HOUR / MINUTE + "m";
    }
    return seconds / DAY + "d" + seconds % DAY / HOUR + "h";
  }
}
