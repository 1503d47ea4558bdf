package io.hydrasync.cli.admin;

import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToIntFunction;

/** Columns of a table by how much they matter, for a place that may be narrow. Stateless. */
final class FittingColumns {
  private FittingColumns() {}

  /** A column. */
  interface Column {
    /** Characters of it, negative where texts begin at the left. */
    int width();
  }

  /** Those that fit, in their order; nothing that matters less takes the place of one. */
  static <C extends Enum<C> & Column> Set<C> of(
      int columns, Collection<C> some, ToIntFunction<C> rank, Class<C> type) {
    Set<C> fitting = EnumSet.noneOf(type);
    int left = columns;
    List<C> ranked = some.stream().sorted(Comparator.comparingInt(rank)).toList();
    for (C column : ranked) {
      int needed = Math.abs(column.width()) + 1; // and a blank before it
      if (needed > left) {
        return fitting;
      }
      fitting.add(column);
      left -= needed;
    }
    return fitting;
  }

  /** A text as a cell, and a blank before it. */
  static String cell(String text, int width) {
    return String.format(Locale.ROOT, " %" + width + "s", text);
  }
}
