package io.hydrasync.bench.relay;

import io.hydrasync.bench.process.Child;
import io.hydrasync.bench.process.Programs;
import io.hydrasync.bench.relay.Brokers.Broker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The newest version of the Rust crate hydra-sync, as released: its server, and its clients as a
 * load on any relay. From {@code tests/src/crate}, built with optimisation by cargo. Immutable.
 */
public final class CratePrograms {
  public static final String NAME = "hydra-sync 1.0.0-beta.9 (Rust)";

  private static final String LISTENING = "listening ";
  private static final String READY = "ready";
  private static final String JOINED = "joined";
  private static final String TOOK = "took ";

  /** Of packets, as in the crate's own measurements. */
  private static final String QUEUE = "1024";

  private final String program;

  private CratePrograms(Path program) {
    this.program = program.toString();
  }

  /**
   * Builds what has changed; empty where there is no cargo, or it cannot build.
   *
   * @param work where cargo puts it
   */
  public static Optional<CratePrograms> build(Path work) throws IOException {
    Optional<Path> cargo = Programs.find("cargo");
    if (cargo.isEmpty()) {
      return Optional.empty();
    }
    Path target = work.resolve("crate").toAbsolutePath();
    ProcessBuilder builder =
        new ProcessBuilder(
            cargo.get().toString(),
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--manifest-path",
            "tests/src/crate/beta9/Cargo.toml");
    builder.environment().put("CARGO_TARGET_DIR", target.toString());
    try {
      return builder.inheritIO().start().waitFor() == 0
          ? Optional.of(new CratePrograms(target.resolve("release/peer-beta9")))
          : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /**
   * Its server, in a process of its own, which holds its producer back for slow consumers.
   *
   * @param packet bytes of a packet
   */
  public Broker serve(int packet) throws IOException {
    Child process =
        Child.program(null, List.of(program, "server", "" + packet, "backpressure", QUEUE, "-"));
    String address = lineWith(process, LISTENING);
    return new Broker(
        NAME,
        process,
        Brokers.loopback(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1))));
  }

  /** One producer and its consumers, which have joined. Closed by its user. */
  public static final class Load implements AutoCloseable {
    private final Child process;

    private Load(Child process) {
      this.process = process;
    }

    /** Sends all packets, and gives the nanoseconds until the last consumer had the last. */
    public long run() throws IOException {
      process.say("begin");
      return Long.parseLong(lineWith(process, TOOK));
    }

    @Override
    public void close() {
      process.close();
    }
  }

  /**
   * Its clients, all in one process.
   *
   * @param port of the relay on this machine
   * @param packets that are sent
   */
  public Load load(int port, int packet, int consumers, int packets) throws IOException {
    Child process =
        Child.program(
            null,
            List.of(
                program, "load", "127.0.0.1:" + port, "" + packet, "" + consumers, "" + packets));
    lineWith(process, READY);
    process.say("join");
    lineWith(process, JOINED);
    return new Load(process);
  }

  /** Passes over lines of the crate's log; what stands behind the wanted word. */
  private static String lineWith(Child process, String wanted) throws IOException {
    String line = process.line();
    while (!line.startsWith(wanted)) {
      line = process.line();
    }
    return line.substring(wanted.length());
  }
}
