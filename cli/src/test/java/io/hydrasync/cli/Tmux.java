package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A real terminal: a pane of a tmux server of its own. Not thread-safe. */
final class Tmux implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 90;

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String socket =
      "hydra-test-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();

  /** Runs a command line of the shell in a pane; what comes behind it says that it has ended. */
  Tmux(int columns, int rows, String shell) throws IOException, InterruptedException {
    boolean required = Boolean.parseBoolean(System.getenv("HYDRA_REQUIRE_TOOLS"));
    assumeTrue(required || isThere(), "no tmux");
    tmux(
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-s",
        "t",
        "-x",
        "" + columns,
        "-y",
        "" + rows,
        "trap : INT; " + shell + "; echo \"ended with $?\"; stty -a; exec cat");
  }

  private static boolean isThere() throws InterruptedException {
    try {
      return new ProcessBuilder("tmux", "-V").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The command line of a hydra of this build, quoted for a shell. */
  static String hydra(String... args) {
    return HydraProcess.builder(args).command().stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  void type(String... keys) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("send-keys", "-t", "t"));
    command.addAll(List.of(keys));
    tmux(command.toArray(String[]::new));
  }

  void resize(int columns, int rows) throws IOException, InterruptedException {
    tmux("resize-window", "-t", "t", "-x", "" + columns, "-y", "" + rows);
  }

  /** The lines of the pane, without empty ones. */
  List<String> lines() throws IOException, InterruptedException {
    return tmux("capture-pane", "-p", "-t", "t").lines().filter(line -> !line.isBlank()).toList();
  }

  /**
   * All that the pane has shown, also what has left it, without empty lines; what wrapped is one.
   */
  List<String> history() throws IOException, InterruptedException {
    return tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "t")
        .lines()
        .filter(line -> !line.isBlank())
        .toList();
  }

  /** The pane with its colours. */
  String colours() throws IOException, InterruptedException {
    return tmux("capture-pane", "-e", "-p", "-t", "t");
  }

  /** The lines as soon as they are as they should be. */
  List<String> await(Predicate<List<String>> expected) throws IOException, InterruptedException {
    return await("", this::lines, expected);
  }

  /** The same of all that the pane has shown. */
  void awaitAll(String what, Predicate<List<String>> expected)
      throws IOException, InterruptedException {
    await(what + "\n", this::history, expected);
  }

  private interface Look {
    List<String> lines() throws IOException, InterruptedException;
  }

  private static List<String> await(String what, Look look, Predicate<List<String>> expected)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    List<String> lines = look.lines();
    while (!expected.test(lines)) {
      assertThat(System.nanoTime() - deadline).as(what + String.join("\n", lines)).isNegative();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      lines = look.lines();
    }
    return lines;
  }

  List<String> awaitText(String text) throws IOException, InterruptedException {
    return await(lines -> lines.stream().anyMatch(line -> line.contains(text)));
  }

  private String tmux(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(HydraProcess.HEARING_SIGNALS);
    command.addAll(List.of("tmux", "-L", socket));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(answer).isZero();
    return answer;
  }

  @Override
  public void close() throws IOException {
    new ProcessBuilder("tmux", "-L", socket, "kill-server")
        .redirectErrorStream(true)
        .start()
        .onExit()
        .join();
  }
}
