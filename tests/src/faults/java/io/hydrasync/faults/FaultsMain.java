package io.hydrasync.faults;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Plays one row and prints what has come of it: {@code FaultsMain ROW SCRATCH_DIRECTORY}. */
final class FaultsMain {
  private FaultsMain() {}

  /**
   * Plays a row.
   *
   * @param args the row's name and a directory for its files
   */
  public static void main(String[] args) {
    Machine.watch();
    Map<String, Row> rows = new HashMap<>();
    BeginningRows.addTo(rows);
    TakenRows.addTo(rows);
    HangRows.addTo(rows);
    ArgumentRows.addTo(rows);
    InterruptionRows.addTo(rows);
    SendingRows.addTo(rows);
    ClosingRows.addTo(rows);
    EndingRows.addTo(rows);
    NetworkRows.addTo(rows);
    Verdict verdict;
    try {
      verdict = rows.get(args[0]).play(new Scene(Path.of(args[1])));
    } catch (Throwable e) { // an Error is a fault like any other
      verdict = Verdict.fault("threw " + e);
    }
    System.out.println(verdict.outcome() + " " + verdict.seen());
    System.out.flush();
    Runtime.getRuntime().halt(0); // what hangs does not hold it up
  }
}
