package io.hydrasync.cli;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import java.util.Locale;
import java.util.Optional;

/**
 * Where recv begins: {@code oldest}, {@code live} or {@code STREAM:SEQ}.
 *
 * @param start what a consumer without a position begins with
 * @param position the place, if one was named
 */
record StartPoint(HydraConsumer.Start start, Optional<Position> position) {
  static final StartPoint OLDEST = new StartPoint(HydraConsumer.Start.OLDEST, Optional.empty());

  static StartPoint parse(String text) {
    switch (text.toLowerCase(Locale.ROOT)) {
      case "oldest":
        return OLDEST;
      case "live":
        return new StartPoint(HydraConsumer.Start.LIVE, Optional.empty());
      default:
        String[] parts = text.split(":", -1);
        if (parts.length != 2 || !(parts[0] + parts[1]).matches("[0-9]{1,40}")) {
          throw new IllegalArgumentException("--from is oldest, live or STREAM:SEQ, not " + text);
        }
        try {
          Position at = Position.of(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
          return new StartPoint(HydraConsumer.Start.OLDEST, Optional.of(at));
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException("--from: a number is missing or too large", e);
        }
    }
  }
}
