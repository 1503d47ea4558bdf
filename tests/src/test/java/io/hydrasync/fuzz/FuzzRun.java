package io.hydrasync.fuzz;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Runs Jazzer in a process of its own. {@code tests/bin/fuzz} runs it on one target after another.
 */
public final class FuzzRun {
  private static final Path REGRESSIONS = Path.of("src", "test", "resources", "fuzz");
  private static final String EXECUTED = "stat::number_of_executed_units:";
  private static final int LONGEST_INPUT = 1024;

  private final Path directory;
  private final List<String> last = new ArrayList<>();
  private long executions;

  private FuzzRun(Path directory) {
    this.directory = directory;
  }

  /**
   * What a run has found.
   *
   * @param executions how many there were
   * @param finding the end of Jazzer's output, if something was found
   */
  record Result(long executions, Optional<String> finding) {}

  /**
   * Fuzzes.
   *
   * @param only the target, or empty for all of them together
   * @param limits options of libFuzzer: how long, how often
   */
  static Result run(Optional<FuzzTarget> only, String... limits) throws Exception {
    String name = only.map(FuzzTarget::folder).orElse("all");
    Path directory = Path.of("target", "fuzz", name).toAbsolutePath();
    Files.createDirectories(directory.resolve("corpus"));
    Files.createDirectories(directory.resolve("findings"));
    FuzzRun run = new FuzzRun(directory);
    run.seed(only);
    return run.start(only, limits);
  }

  private void seed(Optional<FuzzTarget> only) throws IOException {
    int number = 0;
    for (FuzzTarget target : FuzzTarget.values()) {
      if (only.isPresent() && only.get() != target) {
        continue;
      }
      for (byte[] input : inputs(target)) {
        byte[] named = input;
        if (only.isEmpty()) {
          named = new byte[1 + input.length];
          named[0] = (byte) target.ordinal();
          System.arraycopy(input, 0, named, 1, input.length);
        }
        Files.write(directory.resolve("corpus").resolve("seed-" + number++), named);
      }
    }
  }

  /** The seeds of a target, and what has been found before. */
  static List<byte[]> inputs(FuzzTarget target) throws IOException {
    List<byte[]> inputs = new ArrayList<>(target.seeds());
    Path found = REGRESSIONS.resolve(target.folder());
    if (Files.isDirectory(found)) {
      try (Stream<Path> files = Files.list(found)) {
        files.sorted().map(FuzzRun::bytes).forEach(inputs::add);
      }
    }
    return inputs;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Result start(Optional<FuzzTarget> only, String... limits) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:MaxDirectMemorySize=512m"));
    only.ifPresent(target -> command.add("-Dfuzz.target=" + target.name()));
    command.add("-Dio.netty.leakDetection.level=disabled"); // a trace each time is no speed
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add("com.code_intelligence.jazzer.Jazzer");
    command.add("--target_class=" + Fuzz.class.getName());
    command.add("--instrumentation_includes=io.hydrasync.**");
    // Coverage only: the sanitizers look for what is not here, such as deserialization.
    command.addAll(List.of("--disabled_hooks=**", "--custom_hook_excludes=**"));
    command.add("--reproducer_path=" + directory.resolve("findings"));
    command.add("-artifact_prefix=" + directory.resolve("findings") + "/");
    command.add("-print_final_stats=1");
    command.add("-max_len=" + LONGEST_INPUT);
    command.add("-rss_limit_mb=0");
    command.add("-timeout=10");
    command.addAll(Arrays.asList(limits));
    command.add(directory.resolve("corpus").toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        take(line);
      }
    }
    int exit = process.waitFor();
    return new Result(
        executions, exit == 0 ? Optional.empty() : Optional.of(String.join("\n", last)));
  }

  private void take(String line) {
    if (line.startsWith(EXECUTED)) {
      executions = Long.parseLong(line.substring(EXECUTED.length()).strip());
    }
    last.add(line);
    if (last.size() > 60) {
      last.remove(0);
    }
  }

  /**
   * Fuzzes every target.
   *
   * @param args executions of each; then names of targets, none = all
   */
  public static void main(String[] args) throws Exception {
    long each = args.length > 0 ? Long.parseLong(args[0]) : 1_000_000;
    List<String> names = Arrays.asList(args).subList(Math.min(1, args.length), args.length);
    long sum = 0;
    int findings = 0;
    for (FuzzTarget target : FuzzTarget.values()) {
      if (!names.isEmpty() && !names.contains(target.folder())) {
        continue;
      }
      long began = System.nanoTime();
      Result result = run(Optional.of(target), "-runs=" + each);
      sum += result.executions;
      findings += result.finding.isPresent() ? 1 : 0;
      System.out.printf(
          "%-14s %,12d executions  %6.1f s  %s%n",
          target.folder(),
          result.executions,
          (System.nanoTime() - began) / 1e9,
          result.finding.map(text -> "FOUND\n" + text).orElse("nothing found"));
    }
    System.out.printf("%-14s %,12d executions  %d findings%n", "together", sum, findings);
    System.exit(findings == 0 ? 0 : 1);
  }
}
