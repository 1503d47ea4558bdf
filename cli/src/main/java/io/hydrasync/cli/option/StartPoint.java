package io.hydrasync.cli.option;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import java.util.Locale;
import java.util.Optional;

/**
 * Where recv begins: {@code beginning}, {@code oldest}, {@code live} or {@code STREAM:SEQ}.
 *
 * @param start what a consumer without a position begins with
 * @param position the place, if one was named
 */
public record StartPoint(HydraConsumer.Start start, Optional<Position> position) {
  private static final int MAX_LENGTH = 41;

  public static final StartPoint BEGINNING = of(HydraConsumer.Start.BEGINNING);
  public static final StartPoint OLDEST = of(HydraConsumer.Start.OLDEST);
  static final StartPoint LIVE = of(HydraConsumer.Start.LIVE);

  private static StartPoint of(HydraConsumer.Start start) {
    return new StartPoint(start, Optional.empty());
  }

  public static StartPoint parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "beginning" -> BEGINNING;
      case "oldest" -> OLDEST;
      case "live" -> LIVE;
      default -> place(text);
    };
  }

  private static StartPoint place(String text) {
    String[] parts = text.length() > MAX_LENGTH ? new String[0] : text.split(":", -1);
    if (parts.length != 2 || !(parts[0] + parts[1]).matches("[0-9]{1,40}")) {
      throw new IllegalArgumentException(
          "--from is beginning, oldest, live or STREAM:SEQ, not " + text);
    }
    try {
      Position at = Position.of(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
      return new StartPoint(HydraConsumer.Start.BEGINNING, Optional.of(at));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--from: a number is missing or too large", e);
    }
  }
}
