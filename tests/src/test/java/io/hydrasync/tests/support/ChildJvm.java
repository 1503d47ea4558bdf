package io.hydrasync.tests.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java process with the class path of this one, made to be killed with {@code kill -9}. */
public final class ChildJvm implements AutoCloseable {
  /** What a child prints when it is ready. */
  public static final String READY = "ready";

  private static final List<String> BRIEF = List.of("-XX:TieredStopAtLevel=1", "-Xmx256m");

  private final Process process;
  private final BufferedReader output;

  private ChildJvm(Process process) {
    this.process = process;
    output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** A process that starts fast and lives briefly. */
  public static ChildJvm start(Class<?> main, String... args) throws IOException {
    return start(BRIEF, main, args);
  }

  public static ChildJvm start(List<String> options, Class<?> main, String... args)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command(options, main, args))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    return new ChildJvm(builder.start());
  }

  /** How to start a program that lives briefly. */
  public static List<String> command(Class<?> main, String... args) {
    return command(BRIEF, main, args);
  }

  private static List<String> command(List<String> options, Class<?> main, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xshare:auto");
    command.addAll(options);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(List.of(args));
    return command;
  }

  /** Waits for {@link #READY}. */
  public void awaitReady() throws IOException {
    for (String line = output.readLine(); !READY.equals(line); line = output.readLine()) {
      if (line == null) {
        throw new IOException("the process ended before it was ready");
      }
    }
  }

  /** Writes a line to the process and reads the line that it answers. */
  public String ask(String question) throws IOException {
    OutputStream input = process.getOutputStream();
    input.write((question + "\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
    String answer = output.readLine();
    if (answer == null) {
      throw new IOException("the process ended before it answered " + question);
    }
    return answer;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** {@code kill -9}. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("a killed process is still there");
    }
  }

  /** Lets a process end by itself that does so when its standard input ends. */
  public void end() throws IOException, InterruptedException {
    process.getOutputStream().close();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      kill();
    }
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
