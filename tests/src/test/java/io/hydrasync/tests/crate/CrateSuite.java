package io.hydrasync.tests.crate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.tests.support.ProgramRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A version's own tests and examples, read from cargo's folder and run with this project's relay in
 * the place of the crate's server: each {@code hydra_sync::server} becomes {@code
 * in_place::server}. Nothing of them is kept in this project.
 */
final class CrateSuite {
  /** What is said of a test that has nothing to do with a relay, or wants what ours does not do. */
  static final Map<String, String> NOT_FOR_US =
      Map.of(
          "session_not_found",
          "a consumer may come before its producer here: it waits, and is not refused",
          "shutdown_waits_for_active_connections",
          "a relay that is drained ends its clients here: it does not wait for them without a limit",
          "cleanup_log",
          "removes the log files of its folder; no server is in it");

  /** The crate's queue in memory: no server is in it. */
  private static final String QUEUE_TESTS = "channel_test.rs";

  private static final Pattern RESULT = Pattern.compile("(?m)^test (\\w+) \\.\\.\\. (.*)$");
  private static final Pattern EXAMPLE = Pattern.compile("(?s)```(?:no_run|rust)\\R(.*?)```");
  private static final Path SUITES = Cargo.FOLDER.resolve("suites");
  private static final String SERVER = "hydra_sync::server";
  private static final String IN_PLACE = "in_place::server";

  /** What the README of the later versions sends has 14 bytes. */
  private static final String README_PACKET = "packet=14";

  private final CrateVersion version;
  private final Path suite;
  private final Path crate;
  private final RelayStand stand;

  private CrateSuite(CrateVersion version, Path suite, Path crate, RelayStand stand) {
    this.version = version;
    this.suite = suite;
    this.crate = crate;
    this.stand = stand;
  }

  /** Puts a version's tests and examples beside a copy of this project's package for it. */
  static CrateSuite prepare(CrateVersion version, RelayStand stand) throws Exception {
    Path suite = SUITES.resolve(version.name());
    Files.createDirectories(suite.resolve("tests"));
    Files.createDirectories(suite.resolve("examples"));
    for (String part : List.of("Cargo.toml", "Cargo.lock")) {
      Files.write(
          suite.resolve(part),
          Files.readAllBytes(Cargo.SOURCES.resolve(version.name()).resolve(part)));
    }
    try (Stream<Path> shared = Files.list(Cargo.SOURCES)) {
      for (Path part : shared.filter(Files::isRegularFile).toList()) {
        Files.write(SUITES.resolve(part.getFileName()), Files.readAllBytes(part));
      }
    }
    CrateSuite made = new CrateSuite(version, suite, folderOfTheCrate(version), stand);
    made.adapt();
    return made;
  }

  private static Path folderOfTheCrate(CrateVersion version) throws Exception {
    Path log = Cargo.FOLDER.resolve("log").resolve("metadata-" + version);
    Path place = Cargo.SOURCES.resolve(version.name());
    Cargo.run(place, log, Map.of(), List.of("metadata", "--locked", "--format-version", "1"));
    Matcher manifest =
        Pattern.compile(
                "\"manifest_path\":\"([^\"]*hydra-sync-"
                    + Pattern.quote(version.number())
                    + ")[/\\\\]+Cargo.toml\"")
            .matcher(Files.readString(log));
    if (!manifest.find()) {
      throw new IOException("cargo does not know where it has " + version);
    }
    return Path.of(manifest.group(1));
  }

  private void adapt() throws IOException {
    try (Stream<Path> tests = Files.list(crate.resolve("tests"))) {
      for (Path test : tests.filter(file -> !file.endsWith(QUEUE_TESTS)).toList()) {
        write("tests/" + test.getFileName(), Files.readString(test));
      }
    }
    String documentation =
        Files.readString(crate.resolve("src/lib.rs")).replaceAll("(?m)^//! ?", "");
    write(example("documentation"), firstExample(documentation));
    String readme = firstExample(Files.readString(crate.resolve("README.md")));
    if (version.hasPackets()) { // it does not compile as it is
      readme = readme.replace("&session_id", "session_id");
    }
    write(example("readme"), readme);
  }

  private String example(String name) {
    return "examples/" + name + "_" + version.name() + ".rs";
  }

  private static String firstExample(String text) throws IOException {
    Matcher example = EXAMPLE.matcher(text);
    if (!example.find()) {
      throw new IOException("no example");
    }
    return example.group(1);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(suite.resolve(name), text.replace(SERVER, IN_PLACE), UTF_8);
  }

  // ---- tests ----

  /**
   * Runs the tests that apply.
   *
   * @return "ok", or what else there is to say, by the test's name
   */
  Map<String, String> test() throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--test-threads=4"));
    for (String name : NOT_FOR_US.keySet()) {
      arguments.addAll(List.of("--skip", name));
    }
    return run(arguments);
  }

  /** Those of {@link #NOT_FOR_US} that this version has. */
  List<String> notForUs() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> tests = Files.list(suite.resolve("tests"))) {
      for (Path test : tests.toList()) {
        all.append(Files.readString(test));
      }
    }
    return NOT_FOR_US.keySet().stream()
        .filter(name -> all.toString().contains("fn " + name + "("))
        .sorted()
        .toList();
  }

  private Map<String, String> run(List<String> testArguments) throws Exception {
    Path log = Cargo.FOLDER.resolve("log").resolve("tests-" + version);
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("test", "--locked", "--no-fail-fast", "--tests", "--"));
    arguments.addAll(testArguments);
    Map<String, String> environment = Map.of("HYDRA_STAND", stand.address(), "LOG_LEVEL", "error");
    int exitCode = Cargo.run(suite, log, environment, arguments);
    Map<String, String> results = new LinkedHashMap<>();
    Matcher result = RESULT.matcher(Files.readString(log));
    while (result.find()) {
      results.put(result.group(1), result.group(2));
    }
    if (exitCode != 0 && results.values().stream().allMatch("ok"::equals)) {
      throw new IOException("cargo test of " + version + " ended with " + exitCode + ": " + log);
    }
    return results;
  }

  // ---- examples ----

  /** How many of so many runs of the documentation's example end well, each at a fresh relay. */
  int documentation(int runs) throws Exception {
    return example("documentation", "", runs);
  }

  /** The same of the README's, mended where it does not compile, at a relay with such packets. */
  int readme(int runs) throws Exception {
    return example("readme", version.hasPackets() ? README_PACKET : "", runs);
  }

  private int example(String name, String relay, int runs) throws Exception {
    Path log = Cargo.FOLDER.resolve("log").resolve(name + "-" + version);
    String program = name + "_" + version.name();
    List<String> build = List.of("build", "--locked", "--example", program);
    if (Cargo.run(suite, log, Map.of(), build) != 0) {
      throw new IOException("the example does not build: " + log);
    }
    int well = 0;
    for (int run = 0; run < runs; run++) {
      ProcessBuilder builder =
          new ProcessBuilder(Cargo.FOLDER.resolve("debug/examples").resolve(program).toString());
      builder.environment().put("HYDRA_STAND", stand.address());
      builder.environment().put("HYDRA_STAND_DEFAULT", relay);
      well += ProgramRun.of(builder, log).exitCode() == 0 ? 1 : 0;
    }
    return well;
  }
}
