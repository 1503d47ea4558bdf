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

  /** What is further apart counts as this. */
  private static final long FURTHEST = Long.MAX_VALUE / 2;

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
   * @return the largest unit and the next one, rounded to that, such as {@code 10 days 3 hours}
   */
  public static String apart(long fromMs, long toMs) {
    long difference = toMs < fromMs ? fromMs - toMs : toMs - fromMs;
    long left = difference < 0 ? FURTHEST : Math.min(difference, FURTHEST);
    for (int i = 0; i < UNITS.length; i++) {
      int next = Math.min(i + 1, UNITS.length - 1);
      long rounded = (left + MILLIS[next] / 2) / MILLIS[next] * MILLIS[next];
      if (rounded >= MILLIS[i]) {
        String second = next == i ? "" : some(rounded % MILLIS[i], next);
        return some(rounded, i) + (second.isEmpty() ? "" : " " + second);
      }
    }
    return "less than a second";
  }

  private static String some(long ms, int unit) {
    long count = ms / MILLIS[unit];
    return count == 0 ? "" : count + " " + UNITS[unit] + (count == 1 ? "" : "s");
  }
}
