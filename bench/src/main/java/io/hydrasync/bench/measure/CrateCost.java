package io.hydrasync.bench.measure;

import io.hydrasync.bench.measure.Results.Sample;
import io.hydrasync.bench.process.ProcStat;
import io.hydrasync.bench.relay.Brokers.Broker;
import io.hydrasync.bench.relay.CratePrograms;
import io.hydrasync.bench.relay.CratePrograms.Load;
import io.hydrasync.bench.relay.Subjects.Subject;
import java.io.IOException;
import java.util.List;

/**
 * Relays under the load of the Rust crate's own clients, beside the crate's own server. Each round
 * starts each relay anew, and they take turns; a fresh relay first gets a short load, then a long
 * one that is not counted, and then the long one that is.
 */
public final class CrateCost {
  public static final String SHORT = "crate-short";
  public static final String LONG = "crate-long";
  public static final String CPU = "CPU us/packet";
  public static final String RATE = "packets/s";
  public static final String PEAK_MIB = "MiB peak";

  private static final List<Integer> SIZES = List.of(256, 16 << 10, 1 << 20);
  private static final int[] CONSUMERS = {1, 4, 16};

  /** About what a client takes for a packet, and for a byte of it: only for how many there are. */
  private static final double CLIENT_PACKET_NANOS = 8_000;

  private static final double CLIENT_BYTE_NANOS = 1;
  private static final int FEWEST = 32;
  private static final int SHORTER = 4;

  private final Results results;
  private final int rounds;
  private final double loadNanos;
  private final List<Subject> ours;
  private final CratePrograms crate;

  /**
   * Measures nothing yet.
   *
   * @param loadNanos about how long a long load takes the clients
   */
  public CrateCost(
      Results results, int rounds, double loadNanos, List<Subject> ours, CratePrograms crate) {
    this.results = results;
    this.rounds = rounds;
    this.loadNanos = loadNanos;
    this.ours = ours;
    this.crate = crate;
  }

  /** Starts a relay for packets of one length. */
  private interface Starter {
    Broker start() throws IOException;
  }

  /**
   * All rounds.
   *
   * @param sizes of packets, bytes; empty for all
   */
  public void measure(List<Integer> sizes) throws IOException {
    for (int size : sizes.isEmpty() ? SIZES : sizes) {
      for (int consumers : CONSUMERS) {
        for (int round = 1; round <= rounds; round++) {
          for (Subject subject : ours) {
            measure(subject.name(), () -> start(subject, size), size, consumers, round);
          }
          measure(CratePrograms.NAME, () -> crate.serve(size), size, consumers, round);
        }
      }
    }
  }

  private static Broker start(Subject subject, int size) throws IOException {
    return subject.start("--classic-packet", "" + size, "--overflow", "backpressure");
  }

  private void measure(String name, Starter starter, int size, int consumers, int round)
      throws IOException {
    double perPacket = (CLIENT_PACKET_NANOS + CLIENT_BYTE_NANOS * size) * (1 + consumers);
    int packets = Math.max(FEWEST, (int) (loadNanos / perPacket));
    Broker relay = starter.start();
    try {
      String parameter = size(size) + " 1→" + consumers;
      load(SHORT, name, relay, size, consumers, Math.max(FEWEST, packets / SHORTER), round);
      try (Load warmUp = crate.load(relay.address().getPort(), size, consumers, packets)) {
        warmUp.run();
      }
      load(LONG, name, relay, size, consumers, packets, round);
      double peak = ProcStat.memoryKib(relay.process().pid(), "VmHWM") / 1024.0;
      results.add(new Sample(LONG, name, parameter, PEAK_MIB, round, peak));
    } catch (IOException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    } finally {
      relay.process().close();
    }
  }

  private void load(
      String figure, String name, Broker relay, int size, int consumers, int packets, int round)
      throws IOException {
    String parameter = size(size) + " 1→" + consumers;
    double delivered = (double) packets * consumers;
    try (Load load = crate.load(relay.address().getPort(), size, consumers, packets)) {
      double before = relay.process().cpuSeconds();
      long nanos = load.run();
      double cpu = relay.process().cpuSeconds() - before;
      results.add(new Sample(figure, name, parameter, CPU, round, cpu * 1e6 / delivered));
      results.add(new Sample(figure, name, parameter, RATE, round, delivered * 1e9 / nanos));
    }
  }

  private static String size(int bytes) {
    if (bytes >= 1 << 20) {
      return (bytes >> 20) + " MiB";
    }
    return bytes >= 1 << 10 ? (bytes >> 10) + " KiB" : bytes + " B";
  }
}
