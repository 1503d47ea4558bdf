package io.hydrasync.tests.costs;

import java.io.PrintStream;
import java.util.List;

/** Prints what was measured, as Markdown. */
final class CostTable {
  private final PrintStream out;

  CostTable(PrintStream out) {
    this.out = out;
  }

  void print(List<CostMeasure.Measured> all) {
    out.printf(
        "%n| message | bytes | ns each | ns a byte | opening | may cost | reading alone | goal |"
            + " p99 of a round, us | longest, us |%n"
            + "|---|---:|---:|---:|---:|---:|---:|---|---:|---:|%n");
    all.stream().filter(one -> !one.isConnection()).forEach(this::message);
    out.printf(
        "%n| checked by other threads | ns each | may cost | reading alone | waking alone |"
            + " in the first burst |%n|---|---:|---:|---:|---:|---:|%n");
    all.stream().filter(one -> one.waking() > 0).forEach(this::checked);
    out.printf(
        "%n| connection, from beginning to end | us of the loop | p99 of a round, us |"
            + " longest, us |%n|---|---:|---:|---:|%n");
    all.stream().filter(CostMeasure.Measured::isConnection).forEach(this::connection);
  }

  private void message(CostMeasure.Measured one) {
    out.printf(
        "| %s: %s | %,d | %,d | %.2f | %s | %,d | %,d | %s | %.0f | %.0f |%n",
        one.row().group(),
        one.row().name(),
        one.bytes(),
        one.nanos(),
        (double) one.nanos() / one.bytes(),
        one.opening() == 0 ? "-" : String.format("%,d", one.opening()),
        one.allowed(),
        one.floor(),
        verdict(one),
        one.busy().p99() / 1e3,
        one.busy().max() / 1e3);
  }

  private static String verdict(CostMeasure.Measured one) {
    if (!one.hasGoal()) {
      return "none";
    }
    if (one.isWithinWithReading()) {
      return "yes";
    }
    return one.isWithinBesideReading()
        ? "beside reading"
        : one.isWithin() ? "beside waking" : "**no**";
  }

  /** Where the loop waits for other threads. */
  private void checked(CostMeasure.Measured one) {
    out.printf(
        "| %s: %s | %,d | %,d | %,d | %,d | %,d |%n",
        one.row().group(),
        one.row().name(),
        one.nanos(),
        one.allowed(),
        one.floor(),
        one.waking(),
        one.cold());
  }

  private void connection(CostMeasure.Measured one) {
    out.printf(
        "| %s: %s | %.0f | %.0f | %.0f |%n",
        one.row().group(),
        one.row().name(),
        one.nanos() / 1e3,
        one.busy().p99() / 1e3,
        one.busy().max() / 1e3);
  }
}
