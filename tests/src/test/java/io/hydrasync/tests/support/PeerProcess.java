package io.hydrasync.tests.support;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A process that says on its standard output, line by line, what it does. All of it is read at once
 * and kept, so that the process never waits for the test. For one thread.
 */
public final class PeerProcess implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 170;
  private static final int LAST_ERRORS = 20;

  private final Process process;
  private final BlockingQueue<Optional<String>> output = new LinkedBlockingQueue<>();
  private final Deque<String> lastErrors = new ConcurrentLinkedDeque<>();

  private PeerProcess(Process process) {
    this.process = process;
    start("peer-output", this::read);
    start("peer-errors", this::readErrors);
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  public static PeerProcess start(List<String> command) throws IOException {
    return new PeerProcess(new ProcessBuilder(command).start());
  }

  /** As {@link #start}, with its standard error among its output. */
  public static PeerProcess startWithErrors(ProcessBuilder builder) throws IOException {
    return new PeerProcess(builder.redirectErrorStream(true).start());
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      lines.lines().map(Optional::of).forEach(output::add);
    } catch (IOException | UncheckedIOException e) {
      // the process was ended by the test
    }
    output.add(Optional.empty());
  }

  /** Keeps the last lines of its standard error, for the case that it ends badly. */
  private void readErrors() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        lastErrors.add(line);
        if (lastErrors.size() > LAST_ERRORS) {
          lastErrors.remove();
        }
      }
    } catch (IOException e) {
      // the process was ended by the test
    }
  }

  /** The next line; empty at the end of the output. */
  public Optional<String> line() throws InterruptedException {
    Optional<String> line = output.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
    assertThat(line).as("something from the process in time").isNotNull();
    return line;
  }

  /** Drops lines up to and including one that is exactly this. */
  public void awaitLine(String wanted) throws InterruptedException {
    List<String> others = new ArrayList<>();
    for (Optional<String> line = line(); !line.equals(Optional.of(wanted)); line = line()) {
      assertThat(line).as("'%s' after %s", wanted, others).isPresent();
      others.add(line.orElseThrow());
    }
  }

  /** Drops lines up to one with this in it; what follows it on its line. */
  public String awaitAfter(String wanted) throws InterruptedException {
    List<String> others = new ArrayList<>();
    while (true) {
      Optional<String> line = line();
      assertThat(line).as("'%s' after %s", wanted, others).isPresent();
      int at = line.orElseThrow().indexOf(wanted);
      if (at >= 0) {
        return line.orElseThrow().substring(at + wanted.length());
      }
      others.add(line.orElseThrow());
    }
  }

  /** All that is left, up to the end of the output. */
  public List<String> rest() throws InterruptedException {
    List<String> rest = new ArrayList<>();
    for (Optional<String> line = line(); line.isPresent(); line = line()) {
      rest.add(line.orElseThrow());
    }
    return rest;
  }

  /** Writes a line to the standard input of the process. */
  public void tell(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(UTF_8));
    process.getOutputStream().flush();
  }

  /** Ends the standard input of the process. */
  public void tellNoMore() throws IOException {
    process.getOutputStream().close();
  }

  /**
   * Sends it a signal.
   *
   * @param name such as HUP
   */
  public void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
    assertThat(kill.waitFor()).isZero();
  }

  public int exitCode() throws InterruptedException {
    assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
    return process.exitValue();
  }

  public void assertEndsWell() throws InterruptedException {
    assertThat(exitCode()).as("its exit code; it said last: %s", lastErrors).isZero();
  }

  /** Ends the process at once if it has not ended, also one that stands still. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    exitCode();
  }

  /** Ends the process if it has not ended. */
  @Override
  public void close() {
    process.destroy();
  }
}
