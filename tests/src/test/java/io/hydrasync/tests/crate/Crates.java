package io.hydrasync.tests.crate;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Runs all versions of the crate with this project, and prints tables in Markdown. */
final class Crates {
  private static final String PAIRINGS = "pairings";
  private static final String SUITES = "suites";
  private static final List<String> TABLES = List.of(PAIRINGS, SUITES, "examples");
  private static final int RUNS = 30;
  private static final String OK = "ok";
  private static final String FAILED = "**FAILED**";

  private final List<CrateVersion> versions;
  private final PrintStream out;
  private final List<String> problems = new ArrayList<>();

  private Crates(List<CrateVersion> versions, PrintStream out) {
    this.versions = versions;
    this.out = out;
  }

  /**
   * The tables.
   *
   * @param args which of them, if not all: pairings, suites, examples; and the versions by their
   *     last number, if not all
   */
  public static void main(String[] args) throws Exception {
    Map<Boolean, List<String>> named =
        Arrays.stream(args).collect(Collectors.partitioningBy(arg -> arg.matches("\\d+")));
    List<CrateVersion> versions =
        named.get(true).isEmpty() ? CrateVersion.all() : CrateVersion.of(named.get(true));
    List<String> tables = named.get(false).isEmpty() ? TABLES : named.get(false);
    if (!TABLES.containsAll(tables)) {
      System.err.println("the tables are " + TABLES + ", not " + tables);
      System.exit(2);
    }
    for (CrateVersion version : versions) {
      String problem = Cargo.build(version);
      if (!problem.isEmpty()) {
        System.err.println(version + " cannot be built: " + problem);
        System.exit(1);
      }
    }
    Crates crates = new Crates(versions, System.out);
    for (String table : tables) {
      switch (table) {
        case PAIRINGS -> crates.printPairings();
        case SUITES -> crates.printSuites();
        default -> crates.printExamples();
      }
    }
    crates.problems.forEach(System.out::println);
    System.exit(crates.problems.isEmpty() ? 0 : 1);
  }

  private void printPairings() {
    Map<String, Map<CrateVersion, String>> rows = new LinkedHashMap<>();
    for (CrateVersion version : versions) {
      for (CrateCheck check : CrateChecks.of(version)) {
        rows.computeIfAbsent(check.row(), row -> new LinkedHashMap<>()).put(version, run(check));
      }
    }
    print("What the crate and this project do together", rows);
  }

  private String run(CrateCheck check) {
    System.err.println(check); // somebody may be watching
    try {
      check.run();
      return OK;
    } catch (Exception | AssertionError e) {
      problems.add("- " + check + ": " + e);
      return FAILED;
    }
  }

  private void print(String title, Map<String, Map<CrateVersion, String>> rows) {
    out.println("\n## " + title + "\n");
    StringBuilder head = new StringBuilder("| |");
    StringBuilder line = new StringBuilder("|---|");
    for (CrateVersion version : versions) {
      head.append(' ').append(version).append(" |");
      line.append("---|");
    }
    out.println(head);
    out.println(line);
    rows.forEach(
        (row, cells) -> {
          StringBuilder text = new StringBuilder("| " + row + " |");
          versions.forEach(
              version -> text.append(' ').append(cells.getOrDefault(version, "–")).append(" |"));
          out.println(text);
        });
  }

  private void printSuites() throws Exception {
    Map<String, Map<CrateVersion, String>> rows = new TreeMap<>();
    Map<String, String> reasons = new TreeMap<>();
    try (RelayStand stand = new RelayStand()) {
      for (CrateVersion version : versions) {
        CrateSuite suite = CrateSuite.prepare(version, stand);
        suite.test().forEach((name, result) -> addResult(rows, name, version, result));
        for (String name : suite.notForUs()) {
          rows.computeIfAbsent(name, row -> new LinkedHashMap<>()).put(version, "not for us");
          reasons.put(name, CrateSuite.NOT_FOR_US.get(name));
        }
      }
    }
    print("The crate's own tests, with our relay in the place of its server", rows);
    out.println();
    reasons.forEach((name, reason) -> out.println("- " + name + ": " + reason));
    out.println("- channel_test.rs, of .7 to .9: the crate's queue in memory; no server is in it");
  }

  private void addResult(
      Map<String, Map<CrateVersion, String>> rows,
      String name,
      CrateVersion version,
      String result) {
    if (!result.equals(OK)) {
      problems.add("- " + version + "'s own test " + name + ": " + result);
    }
    rows.computeIfAbsent(name, row -> new LinkedHashMap<>())
        .put(version, result.equals(OK) ? OK : FAILED);
  }

  private void printExamples() throws Exception {
    Map<String, Map<CrateVersion, String>> rows = new LinkedHashMap<>();
    try (RelayStand stand = new RelayStand()) {
      for (CrateVersion version : versions) {
        CrateSuite suite = CrateSuite.prepare(version, stand);
        addRuns(rows, "the documentation's", version, suite.documentation(RUNS));
        addRuns(rows, "the README's", version, suite.readme(RUNS));
      }
    }
    print("The crate's examples, with our relay in the place of its server", rows);
  }

  private void addRuns(
      Map<String, Map<CrateVersion, String>> rows, String name, CrateVersion version, int well) {
    if (well != RUNS) {
      problems.add("- " + version + ", " + name + " example: " + well + " of " + RUNS);
    }
    rows.computeIfAbsent(name, row -> new LinkedHashMap<>()).put(version, well + " of " + RUNS);
  }
}
