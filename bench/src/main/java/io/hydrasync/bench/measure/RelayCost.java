package io.hydrasync.bench.measure;

import io.hydrasync.bench.measure.Results.Sample;
import io.hydrasync.bench.process.Child;
import io.hydrasync.bench.relay.Brokers;
import io.hydrasync.bench.relay.Driver;
import io.hydrasync.bench.relay.Link;
import io.hydrasync.bench.relay.Traffic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a delivered message or byte costs a relay in CPU time, under the load of the {@link Driver}.
 */
public final class RelayCost {
  public static final String SMALL = "relay-small";
  public static final String LARGE = "relay-large";
  public static final String CONSUMERS = "scale-consumers";
  public static final String SESSIONS = "scale-sessions";
  public static final String US_PER_MESSAGE = "us/delivered message";
  public static final String PER_GB = "CPU-s/GB";
  public static final String RATE = "delivered messages/s";
  public static final String WRITE_LOOP = "write() loop in C";

  private static final int FANOUT = 16;
  private static final int SMALL_BYTES = 64;
  private static final int SCALE_BYTES = 1024;
  private static final int SESSION_CONSUMERS = 2;
  private static final int[] LARGE_BYTES = {64 << 10, 1 << 20};
  private static final double GB = 1e9;

  private final Results results;
  private final Settings settings;

  public RelayCost(Results results, Settings settings) {
    this.results = results;
    this.settings = settings;
  }

  /** 64 bytes, 1 to 16. */
  public void small(Brokers brokers) throws IOException {
    for (Brokers.Broker broker : brokers.all()) {
      measure(broker, 1, FANOUT, SMALL_BYTES); // not counted: a JVM has to warm up
      measure(broker, 1, FANOUT, LARGE_BYTES[0]);
    }
    for (int round = 1; round <= settings.rounds(); round++) {
      for (Brokers.Broker broker : brokers.all()) {
        Cost cost = measure(broker, 1, FANOUT, SMALL_BYTES);
        add(
            SMALL,
            broker.name(),
            "64 B",
            US_PER_MESSAGE,
            round,
            cost.cpuSeconds * 1e6 / cost.count);
        add(SMALL, broker.name(), "64 B", RATE, round, cost.count / cost.seconds);
      }
    }
  }

  /** 64 KiB and 1 MiB, 1 to 16, beside the write loop. */
  public void large(Brokers brokers, Optional<Path> writeLoop) throws IOException {
    for (int round = 1; round <= settings.rounds(); round++) {
      for (int size : LARGE_BYTES) {
        String parameter = size >= 1 << 20 ? (size >> 20) + " MiB" : (size >> 10) + " KiB";
        if (writeLoop.isPresent()) {
          add(LARGE, WRITE_LOOP, parameter, PER_GB, round, loop(writeLoop.get(), size));
        }
        for (Brokers.Broker broker : brokers.all()) {
          Cost cost = measure(broker, 1, FANOUT, size);
          add(LARGE, broker.name(), parameter, PER_GB, round, cost.perGb(size));
        }
      }
    }
  }

  /** From 1 to 1,024 consumers, and from 1 to 1,000 sessions; ours only. */
  public void scaling(Brokers.Broker hydra) throws IOException {
    for (int round = 1; round <= settings.rounds(); round++) {
      for (int consumers : settings.scaleConsumers()) {
        Cost cost = measure(hydra, 1, consumers, SCALE_BYTES);
        String parameter = Integer.toString(consumers);
        add(CONSUMERS, hydra.name(), parameter, PER_GB, round, cost.perGb(SCALE_BYTES));
      }
      for (int sessions : settings.scaleSessions()) {
        Cost cost = measure(hydra, sessions, SESSION_CONSUMERS, SCALE_BYTES);
        String parameter = Integer.toString(sessions);
        add(SESSIONS, hydra.name(), parameter, PER_GB, round, cost.perGb(SCALE_BYTES));
      }
    }
  }

  private void add(
      String figure, String subject, String parameter, String metric, int round, double value) {
    results.add(new Sample(figure, subject, parameter, metric, round, value));
  }

  /**
   * What was spent.
   *
   * @param cpuSeconds of the relay
   * @param count of messages delivered
   * @param seconds that it took
   */
  record Cost(double cpuSeconds, long count, double seconds) {
    double perGb(int messageBytes) {
      return cpuSeconds * GB / ((double) count * messageBytes);
    }
  }

  Cost measure(Brokers.Broker broker, int sessions, int consumersEach, int messageBytes)
      throws IOException {
    try (Driver driver = Driver.connect(broker.wire(), sessions, consumersEach, messageBytes)) {
      driver.run(settings.warmUpNanos());
      double cpu = broker.process().cpuSeconds();
      long began = System.nanoTime();
      long count = driver.run(settings.measureNanos());
      double seconds = (System.nanoTime() - began) / 1e9;
      return new Cost(broker.process().cpuSeconds() - cpu, count, seconds);
    } catch (IOException | UncheckedIOException e) {
      throw new IOException(broker.name() + ", " + messageBytes + " B: " + e.getMessage(), e);
    }
  }

  private double loop(Path program, int size) throws IOException {
    byte[] block = new byte[size];
    for (int i = 0; i < size; i++) {
      block[i] = (byte) ((i * 31L + 7) % 251);
    }
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(Integer.toString(FANOUT), Integer.toString(size)));
    try (Child process = Child.program(null, command);
        Driver driver = new Driver(Traffic.repeating(block), ByteBuffer.allocate(0), new byte[0])) {
      int port = Integer.parseInt(process.line());
      for (int i = 0; i < FANOUT; i++) {
        driver.addConsumer(Link.Socket.connect(Brokers.loopback(port)).channel());
      }
      long blocks = Math.max(16, settings.loopBytes() / FANOUT / size);
      process.say(Long.toString(blocks / 4));
      driver.receive(blocks / 4);
      process.line();
      double cpu = process.cpuSeconds();
      process.say(Long.toString(blocks));
      driver.receive(blocks);
      process.line();
      return (process.cpuSeconds() - cpu) * GB / ((double) blocks * FANOUT * size);
    }
  }
}
