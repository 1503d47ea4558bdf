package io.hydrasync.cli.option;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, as it is written on a command line: {@code 4096}, {@code 64k}, {@code 8MiB},
 * {@code 1.5G}, {@code 100MB}. A letter alone is binary, as is {@code KiB}; {@code KB} is decimal.
 *
 * @param bytes 0 or more
 */
public record ByteSize(long bytes) {
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?) ?([A-Za-z]{0,3})");
  private static final Map<String, Long> UNITS =
      Map.ofEntries(
          Map.entry("", 1L),
          Map.entry("b", 1L),
          Map.entry("k", 1L << 10),
          Map.entry("kib", 1L << 10),
          Map.entry("kb", 1_000L),
          Map.entry("m", 1L << 20),
          Map.entry("mib", 1L << 20),
          Map.entry("mb", 1_000_000L),
          Map.entry("g", 1L << 30),
          Map.entry("gib", 1L << 30),
          Map.entry("gb", 1_000_000_000L),
          Map.entry("t", 1L << 40),
          Map.entry("tib", 1L << 40),
          Map.entry("tb", 1_000_000_000_000L));

  /**
   * Reads a size.
   *
   * @throws IllegalArgumentException if it is none, or not a whole number of bytes
   */
  public static ByteSize parse(String text) {
    Matcher parts = FORM.matcher(text);
    Long unit = parts.matches() ? UNITS.get(parts.group(2).toLowerCase(Locale.ROOT)) : null;
    if (unit == null) {
      throw new IllegalArgumentException("'" + text + "' is not a size such as 64k, 8MiB or 4096");
    }
    try {
      return new ByteSize(
          new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unit)).longValueExact());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a whole number of bytes below 8 EiB", e);
    }
  }

  /** For values that are an {@code int} further on. */
  public int intBytes(String what) {
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(what + " is at most 2 GiB, not " + bytes + " bytes");
    }
    return (int) bytes;
  }
}
