package io.hydrasync.tests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.protocol.SessionSecrets;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A session of commands, {@code hydra send} and {@code hydra recv} of whatever build: numbered
 * lines at a pace, which every consumer has to get once and in order. For one thread.
 */
final class Lines implements AutoCloseable {
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long PATIENCE_SECONDS = 90;

  private final String name;
  private final Path directory;
  private final Nodes nodes;
  private final SessionSecrets session = SessionSecrets.generate();
  private final List<Taker> takers = new ArrayList<>();
  private Optional<Killable> sender = Optional.empty();
  private volatile boolean ending;
  private volatile long sent;
  private volatile Optional<String> failure = Optional.empty();
  private Optional<Thread> feeding = Optional.empty();

  /**
   * A build.
   *
   * @param name for people
   * @param program its launcher
   * @param knowsSeveralRelays whether its clients take more than one
   */
  record Build(String name, Path program, boolean knowsSeveralRelays) {}

  /** Nobody is there yet. */
  Lines(String name, Path directory, Nodes nodes) throws IOException {
    this.name = name;
    this.directory = directory;
    this.nodes = nodes;
    secret("session", session.key().secretBytes());
    secret("owner", session.owner().orElseThrow().secretBytes());
  }

  private Path file(String what) {
    return directory.resolve(name.replace(' ', '-') + "-" + what);
  }

  private void secret(String what, byte[] bytes) throws IOException {
    Path file =
        Files.createFile(
            file(what),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, HexFormat.of().formatHex(bytes) + "\n");
  }

  private ProcessBuilder command(Build build, int node, String... command) {
    List<String> words = new ArrayList<>(List.of(build.program().toString()));
    words.addAll(List.of(command));
    String relays =
        build.knowsSeveralRelays()
            ? String.join(",", nodes.addressesFrom(node).stream().map(Object::toString).toList())
            : nodes.address(node).toString();
    words.add("--relay=" + relays);
    words.add("--relay-key=" + nodes.key());
    words.add("--session-id=" + HexFormat.of().formatHex(session.id().toBytes()));
    words.add("--session-key=@" + file("session"));
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectError(ProcessBuilder.Redirect.appendTo(file("log").toFile()));
    builder.environment().keySet().removeIf(key -> key.startsWith("HYDRA_"));
    return builder;
  }

  /** A consumer of this build, which comes to a node first. */
  void take(Build build, int node) throws IOException {
    Process process = command(build, node, "recv", "--lines").start();
    takers.add(new Taker(build.name() + " at " + (char) ('A' + node), new Killable(process)));
  }

  /** The producer, of this build; it begins when all consumers are there. */
  void send(Build build, int node) throws IOException {
    Process process =
        command(
                build,
                node,
                "send",
                "--lines",
                "--wait-consumers=" + takers.size(),
                "--owner-key=@" + file("owner"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    sender = Optional.of(new Killable(process));
    Thread thread = new Thread(() -> feed(process), "lines of " + name);
    thread.setDaemon(true);
    thread.start();
    feeding = Optional.of(thread);
  }

  private void feed(Process process) {
    try (OutputStream out = process.getOutputStream()) {
      while (!ending) {
        out.write((sent + "\n").getBytes(UTF_8));
        out.flush();
        sent++;
        LockSupport.parkNanos(PACE_NANOS);
      }
    } catch (IOException e) {
      failure = Optional.of("the producer takes nothing more: " + e.getMessage());
    }
  }

  /** Returns when everybody has got what has been sent by now, and says how long that took. */
  double awaitCaughtUp() {
    long began = System.nanoTime();
    long now = sent + 1;
    for (Taker each : takers) {
      await(each.who + " has line " + now, () -> each.next >= now);
    }
    return (System.nanoTime() - began) / 1e6;
  }

  private void await(String what, java.util.function.BooleanSupplier condition) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      failure.ifPresent(this::fault);
      takers.forEach(each -> each.failure.ifPresent(this::fault));
      if (System.nanoTime() - until > 0) {
        fault("after " + PATIENCE_SECONDS + " s still not: " + what);
      }
      LockSupport.parkNanos(PACE_NANOS);
    }
  }

  private void fault(String what) {
    throw new Flow.Fault(name + ": " + what + ", see " + file("log"));
  }

  /** Ends the stream: everybody has to have all of it, and to end well. */
  String finish() throws InterruptedException {
    ending = true;
    for (Thread thread : feeding.stream().toList()) {
      thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }
    failure.ifPresent(this::fault);
    int exit = sender.orElseThrow().awaitEnd();
    if (exit != 0) {
      fault("the producer ends with " + exit);
    }
    for (Taker each : takers) {
      each.thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
      each.failure.ifPresent(this::fault);
      int end = each.process.awaitEnd();
      if (end != 0 || each.next != sent) {
        fault(each.who + " ends with " + end + " and " + each.next + " of " + sent + " lines");
      }
    }
    return sent + " lines, " + takers.size() + " consumers";
  }

  @Override
  public void close() {
    ending = true;
    sender.ifPresent(Killable::close);
    takers.forEach(each -> each.process.close());
  }

  /** A consumer, and the thread that reads what it prints. */
  private static final class Taker {
    private final String who;
    private final Killable process;
    private final Thread thread;
    private volatile long next;
    private volatile Optional<String> failure = Optional.empty();

    Taker(String who, Killable process) {
      this.who = who;
      this.process = process;
      thread = new Thread(this::read, who);
      thread.setDaemon(true);
      thread.start();
    }

    private void read() {
      try (BufferedReader in =
          new BufferedReader(new InputStreamReader(process.process().getInputStream(), UTF_8))) {
        in.lines().forEach(this::line);
      } catch (IOException | UncheckedIOException e) {
        failure = Optional.of(who + " cannot be read: " + e.getMessage());
      }
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one thread writes
    private void line(String line) {
      long number = Long.parseLong(line);
      if (number != next && failure.isEmpty()) {
        failure = Optional.of(who + " got line " + number + " where " + next + " was due");
      }
      next = number + 1;
    }
  }
}
