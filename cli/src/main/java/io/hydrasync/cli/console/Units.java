package io.hydrasync.cli.console;

import io.hydrasync.protocol.check.UnitText;
import java.util.Locale;

/**
 * Sizes, rates and times as people read them: three significant digits, no trailing zeros, and a
 * unit with each.
 */
public final class Units {
  private static final double FOUR_DIGITS = 999.5;
  private static final long MINUTE = 60;
  private static final long HOUR = 3_600;
  private static final long DAY = 86_400;

  private Units() {}

  /** As {@link UnitText#bytes}. */
  public static String bytes(double value) {
    return UnitText.bytes(value);
  }

  public static String rate(double bytesPerSecond) {
    return bytes(bytesPerSecond) + "/s";
  }

  /** As {@link UnitText#time}. */
  public static String time(double seconds) {
    return UnitText.time(seconds);
  }

  /** How long something is there already, such as 3m12s. */
  public static String age(long millis) {
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

  /** A clock's time, such as 0:07 or 1:02:03. */
  public static String clock(long seconds) {
    return seconds < HOUR
        ? String.format(Locale.ROOT, "%d:%02d", seconds / MINUTE, seconds % MINUTE)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / HOUR, seconds % HOUR / MINUTE, seconds % MINUTE);
  }

  /** As {@link UnitText#count}. */
  public static String count(long number, String noun) {
    return UnitText.count(number, noun);
  }

  /** Whole numbers from 1,000 on, else three significant digits, such as 12,345 or 0.25. */
  public static String perSecond(double number) {
    return number < FOUR_DIGITS
        ? significant(number) + " /s"
        : String.format(Locale.ROOT, "%,.0f /s", number);
  }

  /** As {@link UnitText#significant}. */
  public static String significant(double value) {
    return UnitText.significant(value);
  }

  /** A bar of so many characters between brackets. */
  public static String bar(double share, int columns) {
    int full = (int) Math.round(columns * Math.max(0, Math.min(1, share)));
    return "[" + "#".repeat(full) + ".".repeat(columns - full) + "]";
  }
}
