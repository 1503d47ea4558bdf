package io.hydrasync.tests.crate;

import io.hydrasync.tests.support.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Builds the programs in {@code src/crate}, each version once, all into one folder, so that what
 * the versions depend on is built once as well. For any thread.
 */
final class Cargo {
  /** Where the programs' sources are, a package for each version. */
  static final Path SOURCES = Path.of("src", "crate").toAbsolutePath();

  /** All that cargo makes, and what is made for it. */
  static final Path FOLDER = Path.of("target", "crate").toAbsolutePath();

  /** Longer than a build takes from nothing on a busy machine, with what it fetches. */
  private static final long BUILD_MINUTES = 9;

  private static final Map<CrateVersion, String> PROBLEMS = new ConcurrentHashMap<>();

  private Cargo() {}

  /** Builds a version's programs; skips the test, in one line, where that cannot be done. */
  static void assumeBuilt(CrateVersion version) {
    String problem = build(version);
    Tools.assume(
        problem.isEmpty(),
        "tests of the Rust crate's " + version + " need cargo, and its crates: " + problem);
  }

  /** Builds a version's programs; empty, or why that cannot be done. */
  static String build(CrateVersion version) {
    return PROBLEMS.computeIfAbsent(version, Cargo::buildNow);
  }

  private static String buildNow(CrateVersion version) {
    try {
      Path log = FOLDER.resolve("log").resolve("build-" + version);
      return run(SOURCES.resolve(version.name()), log, Map.of(), List.of("build", "--locked")) == 0
          ? ""
          : lastLine(log);
    } catch (IOException e) {
      return "there is none (" + e.getMessage() + ")";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  private static String lastLine(Path log) throws IOException {
    List<String> said = Files.readAllLines(log).stream().filter(line -> !line.isBlank()).toList();
    return said.isEmpty() ? "it failed" : said.get(said.size() - 1).strip();
  }

  /**
   * Runs cargo in a package to its end.
   *
   * @param log takes what it says
   * @return its exit code
   */
  static int run(Path place, Path log, Map<String, String> environment, List<String> arguments)
      throws IOException, InterruptedException {
    Files.createDirectories(log.getParent());
    List<String> command = new ArrayList<>(List.of("cargo"));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).directory(place.toFile());
    builder.environment().put("CARGO_TARGET_DIR", FOLDER.toString());
    builder.environment().put("CARGO_TERM_COLOR", "never");
    builder.environment().putAll(environment);
    Process cargo = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!cargo.waitFor(BUILD_MINUTES, TimeUnit.MINUTES)) {
        throw new IOException("cargo has not ended within " + BUILD_MINUTES + " minutes");
      }
      return cargo.exitValue();
    } finally {
      cargo.descendants().forEach(ProcessHandle::destroy);
      cargo.destroy();
    }
  }
}
