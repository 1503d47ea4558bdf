package io.hydrasync.protocol.check;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Sizes, times and counts as people read them: three significant digits, no trailing zeros, and a
 * unit with each; sizes in units of 1024. Stateless.
 */
public final class UnitText {
  private static final String[] SIZES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final double STEP = 1024;
  private static final double FOUR_DIGITS = 999.5;
  private static final MathContext THREE = new MathContext(3, RoundingMode.HALF_UP);
  private static final double MILLIS = 1e3;
  private static final double SHORT_SECONDS = 10;

  private UnitText() {}

  /**
   * A size.
   *
   * @param value bytes
   * @return such as 999 B, 1.5 KiB, 0.977 MiB
   */
  public static String bytes(double value) {
    double left = value;
    int unit = 0;
    while (left >= FOUR_DIGITS && unit < SIZES.length - 1) {
      left /= STEP;
      unit++;
    }
    return significant(unit == 0 ? Math.rint(left) : left) + " " + SIZES[unit];
  }

  /**
   * A time.
   *
   * @param seconds 0 or more
   * @return in milliseconds below 10 s, such as 123 ms; in seconds from there on
   */
  public static String time(double seconds) {
    return seconds < SHORT_SECONDS
        ? significant(seconds * MILLIS) + " ms"
        : seconds < FOUR_DIGITS
            ? significant(seconds) + " s"
            : String.format(Locale.ROOT, "%.0f s", seconds);
  }

  /**
   * How many there are.
   *
   * @param number how many
   * @param noun of one; an s makes it many
   * @return such as 1 message, 1,234 messages
   */
  public static String count(long number, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", number, noun, number == 1 ? "" : "s");
  }

  /**
   * A number of three digits.
   *
   * @param value any
   * @return it, or a dash where it is no number
   */
  public static String significant(double value) {
    if (!Double.isFinite(value)) {
      return "-";
    }
    BigDecimal rounded = BigDecimal.valueOf(value).round(THREE);
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }
}
