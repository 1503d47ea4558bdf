package io.hydrasync.cli.doctor;

import io.hydrasync.cli.console.Wrapped;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What doctor found out about one thing.
 *
 * @param level how bad it is
 * @param what the thing
 * @param detail in one line, with what to do where something is wrong
 */
record Finding(Level level, String what, String detail) {
  /** How bad it is. */
  enum Level {
    /** As it should be. */
    OK,
    /** Cannot be known, or does not matter. */
    NOTE,
    /** Works, but could be better. */
    WARN,
    /** Does not work. */
    FAIL
  }

  /**
   * As it is shown: in one line, or below each other in as many as it takes.
   *
   * @param columns how wide it may be; a word that is longer, which somebody may want to copy, is
   *     never cut
   */
  List<String> lines(int columns) {
    String head =
        String.format(Locale.ROOT, "%-4s  %-9s  ", level.name().toLowerCase(Locale.ROOT), what);
    int room = columns - head.length();
    if (Stream.of(detail.split(" ")).anyMatch(word -> word.length() > room)) {
      return List.of(head + detail);
    }
    List<String> wrapped = Wrapped.words(detail, room);
    String indent = " ".repeat(head.length());
    return Stream.concat(
            Stream.of(head + wrapped.get(0)), wrapped.stream().skip(1).map(line -> indent + line))
        .toList();
  }

  static Finding ok(String what, String detail) {
    return new Finding(Level.OK, what, detail);
  }

  static Finding note(String what, String detail) {
    return new Finding(Level.NOTE, what, detail);
  }

  static Finding warn(String what, String detail) {
    return new Finding(Level.WARN, what, detail);
  }

  static Finding fail(String what, String detail) {
    return new Finding(Level.FAIL, what, detail);
  }
}
