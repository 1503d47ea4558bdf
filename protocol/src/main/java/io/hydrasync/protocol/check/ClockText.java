package io.hydrasync.protocol.check;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

/** How messages say moments, and how far two clocks are apart. Stateless. */
public final class ClockText {
  private static final String[] UNITS = {"day", "hour", "minute", "second"};
  private static final long[] MILLIS = {
    TimeUnit.DAYS.toMillis(1),
    TimeUnit.HOURS.toMillis(1),
    TimeUnit.MINUTES.toMillis(1),
    TimeUnit.SECONDS.toMillis(1)
  };

  private ClockText() {}

  /**
   * A moment.
   *
   * @param ms milliseconds since 1970
   * @return ISO 8601 in UTC with whole seconds, such as {@code 2026-11-29T22:04:19Z}
   */
  public static String utc(long ms) {
    return Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /**
   * How much one moment is before or after another.
   *
   * @param fromMs milliseconds since 1970
   * @param toMs milliseconds since 1970
   * @return the largest unit and the next one, such as {@code 10 days 3 hours}
   */
  public static String apart(long fromMs, long toMs) {
    long left = toMs < fromMs ? fromMs - toMs : toMs - fromMs;
    if (left < 0) {
      left = Long.MAX_VALUE; // further apart than can be counted
    }
    for (int i = 0; i < UNITS.length; i++) {
      if (left >= MILLIS[i]) {
        String second = i + 1 < UNITS.length ? some(left % MILLIS[i], i + 1) : "";
        return some(left, i) + (second.isEmpty() ? "" : " " + second);
      }
    }
    return "less than a second";
  }

  private static String some(long ms, int unit) {
    long count = ms / MILLIS[unit];
    return count == 0 ? "" : count + " " + UNITS[unit] + (count == 1 ? "" : "s");
  }
}
