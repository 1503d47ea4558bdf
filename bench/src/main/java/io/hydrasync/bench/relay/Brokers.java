package io.hydrasync.bench.relay;

import io.hydrasync.bench.process.Child;
import io.hydrasync.bench.process.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The relays of a run, each a process: ours, and those of the peers that are installed. Not
 * thread-safe.
 */
public final class Brokers implements AutoCloseable {
  public static final String HYDRA = "hydra-sync";
  public static final String NATS = "NATS";
  public static final String REDIS = "Redis";
  public static final String VALKEY = "Valkey";
  public static final String MOSQUITTO = "Mosquitto";

  private static final long START_NANOS = 20_000_000_000L;

  private final Map<String, Broker> running = new LinkedHashMap<>();

  /**
   * A relay that runs.
   *
   * @param name what it is
   * @param process its process
   * @param address where it listens
   */
  public record Broker(String name, Child process, InetSocketAddress address) {
    /** How the load driver speaks to it. */
    public Wire wire() {
      return switch (name) {
        case NATS -> new PeerWires.Nats(address);
        case REDIS, VALKEY -> new PeerWires.Redis(address);
        case MOSQUITTO -> new PeerWires.Mqtt(address);
        default -> new HydraWire(address);
      };
    }
  }

  /** Starts ours and those of the peers that are installed. */
  public static Brokers start(Path directory) throws IOException {
    Brokers brokers = new Brokers();
    try {
      brokers.add(hydra("auto", "backpressure"));
      Files.createDirectories(directory);
      Optional<Path> nats = Programs.find("nats-server");
      if (nats.isPresent()) {
        brokers.add(nats(nats.get(), directory));
      }
      Optional<Path> redis = Programs.find("redis-server");
      if (redis.isPresent()) {
        brokers.add(redis(REDIS, redis.get(), directory));
      }
      return brokers;
    } catch (IOException | RuntimeException e) {
      brokers.close();
      throw e;
    }
  }

  private void add(Broker broker) {
    running.put(broker.name, broker);
  }

  public List<Broker> all() {
    return List.copyOf(running.values());
  }

  public Optional<Broker> get(String name) {
    return Optional.ofNullable(running.get(name));
  }

  /** A relay of ours. */
  public static Broker hydra(String transport, String overflow) throws IOException {
    Child process = Child.java(List.of(), RelayMain.class, List.of(transport, overflow));
    return new Broker(HYDRA, process, loopback(Integer.parseInt(process.line())));
  }

  static Broker nats(Path program, Path directory) throws IOException {
    int port = freePort();
    Path config = directory.resolve("nats.conf");
    // No PINGs while measuring; the payload and pending limits are the defaults.
    Files.writeString(
        config, "host: 127.0.0.1\nport: " + port + "\nping_interval: \"1h\"\nlogtime: false\n");
    Child process =
        Child.program(
            directory.resolve("nats.log"), List.of(program.toString(), "-c", config.toString()));
    return awaitListening(new Broker(NATS, process, loopback(port)));
  }

  /** Redis, or Valkey, which takes the same options. */
  static Broker redis(String name, Path program, Path directory) throws IOException {
    int port = freePort();
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of("--bind", "127.0.0.1", "--port", Integer.toString(port)));
    // No persistence, and no subscriber is cut off for being behind.
    command.addAll(List.of("--save", "", "--appendonly", "no"));
    command.addAll(List.of("--client-output-buffer-limit", "pubsub 0 0 0"));
    command.addAll(List.of("--dir", directory.toString()));
    Path log = directory.resolve(program.getFileName() + ".log");
    return awaitListening(new Broker(name, Child.program(log, command), loopback(port)));
  }

  static Broker mosquitto(Path program, Path directory) throws IOException {
    int port = freePort();
    Path config = directory.resolve("mosquitto.conf");
    // No Nagle, like the others, and no message is dropped for a subscriber that is behind.
    Files.writeString(
        config,
        "listener "
            + port
            + " 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 0\n"
            + "persistence false\nlog_type error\n");
    Path log = directory.resolve("mosquitto.log");
    Child process = Child.program(log, List.of(program.toString(), "-c", config.toString()));
    return awaitListening(new Broker(MOSQUITTO, process, loopback(port)));
  }

  private static Broker awaitListening(Broker broker) throws IOException {
    long deadline = System.nanoTime() + START_NANOS;
    while (true) {
      try (Socket probe = new Socket()) {
        probe.connect(broker.address);
        return broker;
      } catch (IOException e) {
        if (System.nanoTime() > deadline || !broker.process.isAlive()) {
          broker.process.close();
          throw new IOException(broker.name + " does not start", e);
        }
        java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
      }
    }
  }

  public static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    running.values().forEach(broker -> broker.process.close());
  }
}
