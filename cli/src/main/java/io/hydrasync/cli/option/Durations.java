package io.hydrasync.cli.option;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Times as they are written on a command line: {@code 500ms}, {@code 30s}, {@code 1.5m}, {@code
 * 2h}.
 */
public final class Durations {
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,9})?) ?([A-Za-z]{0,2})");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L,
          "d", 86_400_000_000_000L);

  private Durations() {}

  /**
   * Reads a time. Only 0 needs no unit.
   *
   * @throws IllegalArgumentException if it is none, or more than 292 years
   */
  public static Duration parse(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher parts = FORM.matcher(text);
    Long unit = parts.matches() ? NANOS.get(parts.group(2).toLowerCase(Locale.ROOT)) : null;
    if (unit == null) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a time with its unit, such as 500ms, 30s or 2m");
    }
    try {
      return Duration.ofNanos(
          new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unit)).longValueExact());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("'" + text + "' is too long or too fine a time", e);
    }
  }
}
