package io.hydrasync.tests.costs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What each message type, in each state that a client can be in, costs the relay's event loop:
 * started by {@code tests/bin/costs}.
 */
public final class Costs {
  private static final int WARM_UP_ROWS = 2;

  private Costs() {}

  /**
   * Measures and prints the table.
   *
   * @param names beginnings of the rows wanted, {@code group: name}; none means all
   * @throws Exception if a row cannot be measured
   */
  public static void main(String[] names) throws Exception {
    Locale.setDefault(Locale.ROOT);
    List<CostMeasure.Measured> all =
        measure(Integer.getInteger("costs.rounds", 9), Integer.getInteger("costs.part", 1), names);
    new CostTable(System.out).print(all);
    System.exit(all.stream().allMatch(CostMeasure.Measured::isWithin) ? 0 : 1);
  }

  static List<CostMeasure.Measured> measure(int rounds, int part, String... names)
      throws Exception {
    List<CostMeasure.Measured> all = new ArrayList<>();
    try (CostProbe probe = new CostProbe(part > 1)) {
      CostMeasure measure = new CostMeasure(probe, rounds, part);
      List<CostRow> wanted = CostRows.all().stream().filter(row -> isWanted(row, names)).toList();
      for (int i = 0; part == 1 && i < Math.min(WARM_UP_ROWS, wanted.size()); i++) {
        measure.measure(wanted.get(i)); // what all rows need is compiled then
      }
      for (CostRow row : wanted) {
        System.err.println(row.group() + ": " + row.name());
        all.add(measure.measure(row));
      }
    }
    return all;
  }

  private static boolean isWanted(CostRow row, String... names) {
    String title = row.group() + ": " + row.name();
    return names.length == 0 || List.of(names).stream().anyMatch(title::startsWith);
  }
}
