package io.hydrasync.cluster;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * How far the clock of a web server is from this machine's, as far as an answer tells. Stateless.
 */
final class ServerClock {
  private ServerClock() {}

  /**
   * At the least, since the field has whole seconds, and the answer was on its way.
   *
   * @param date the field {@code Date} of its head
   * @param now this machine's time when that had come
   * @param took from the question to that
   * @return negative if it is behind; zero if it may be the same, or does not tell
   */
  static Duration ahead(Optional<String> date, Instant now, Duration took) {
    Optional<Instant> told = date.flatMap(ServerClock::parsed);
    if (told.isEmpty()) {
      return Duration.ZERO;
    }
    Duration least = Duration.between(now, told.get()); // said at the very end, its second begun
    Duration most = least.plus(took).plusSeconds(1);
    if (!least.isNegative()) {
      return least;
    }
    return most.isNegative() ? most : Duration.ZERO;
  }

  private static Optional<Instant> parsed(String date) {
    try {
      return Optional.of(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
