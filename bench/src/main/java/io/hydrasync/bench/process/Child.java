package io.hydrasync.bench.process;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process that this run has started, and that ends with {@link #close()}, or with this JVM when
 * it reads its standard input. Lines go in and out. Not thread-safe.
 */
public final class Child implements AutoCloseable {
  private static final int FIRST_WITH_FLAGS = 24;
  private static final List<Process> RUNNING = Collections.synchronizedList(new ArrayList<>());

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  private final Process process;
  private final BufferedReader out;
  private final BufferedWriter in;

  private Child(ProcessBuilder builder) throws IOException {
    process = builder.start();
    RUNNING.add(process);
    out = new BufferedReader(new InputStreamReader(process.getInputStream()));
    in =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
  }

  /** A program whose output goes to a file, or is read line by line if that is null. */
  public static Child program(@Nullable Path log, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    if (log == null) {
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    } else {
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
    }
    return new Child(builder);
  }

  /** A JVM like this one, with the options that the hydra command uses. */
  public static Child java(List<String> options, Class<?> main, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(jvmFlags());
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    return program(null, command);
  }

  /** Flags of every JVM of a run. */
  public static List<String> jvmFlags() {
    List<String> flags = new ArrayList<>();
    flags.add("-XX:CompileCommand=quiet");
    flags.add("-XX:CompileCommand=CompileThresholdScaling,com.sun.crypto.provider.*::*,0.02");
    if (Runtime.version().feature() >= FIRST_WITH_FLAGS) {
      flags.add("--enable-native-access=ALL-UNNAMED");
      flags.add("--sun-misc-unsafe-memory-access=allow");
    }
    flags.add("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"); // Aeron asks for it
    flags.add("-Dslf4j.internal.verbosity=ERROR");
    return flags;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public double cpuSeconds() throws IOException {
    return ProcStat.cpuSeconds(process.pid());
  }

  /** The next line. */
  public String line() throws IOException {
    String line = out.readLine();
    if (line == null) {
      throw new IOException("the process has ended: " + process.info().command().orElse("?"));
    }
    return line;
  }

  /** Says a line. */
  public void say(String request) throws IOException {
    in.write(request);
    in.newLine();
    in.flush();
  }

  /** Says a line and gives the answer. */
  public String ask(String request) throws IOException {
    say(request);
    return line();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    RUNNING.remove(process);
  }
}
