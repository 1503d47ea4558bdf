package io.hydrasync.bench.measure;

import io.hydrasync.bench.client.ClientMain;
import io.hydrasync.bench.measure.Results.Sample;
import io.hydrasync.bench.process.Child;
import io.hydrasync.bench.relay.Brokers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What users see: the clients and the relay together, each measurement in a fresh client JVM. */
public final class Clients {
  public static final String FANOUT = "throughput-1-16";
  public static final String PIPE = "throughput-1-1";
  public static final String LATENCY = "latency";
  public static final String STALL = "stall";
  public static final String RATE = "delivered messages/s";
  public static final String CPU = "client CPU ns/message";
  public static final String[] PERCENTILES = {"p50 us", "p99 us", "p99.9 us", "max us"};
  public static final String SEALED = ", payload sealed by the application";
  static final String BROADCAST = "hydra-sync, broadcast in a loop";
  static final String ZEROMQ = "ZeroMQ (no broker)";
  static final String AERON = "Aeron (no broker, UDP)";
  public static final String ALL_READ = "all 16 read";
  public static final String ONE_STALLED = "one of 16 stalled";

  private static final int MANY = 16;
  private static final int SMALL = 64;
  private static final int LATENCY_BYTES = 100;
  private static final int STALL_BYTES = 8 << 10;
  private static final int STALL_WARM_UP_MS = 4_000;

  private final Results results;
  private final Settings settings;
  private final List<Subject> subjects = new ArrayList<>();

  /**
   * Something to measure.
   *
   * @param name in the tables
   * @param peer for {@link ClientMain}
   * @param sealed whether the application seals
   * @param port of its relay, 0 if it has none
   */
  private record Subject(String name, String peer, boolean sealed, int port) {}

  public Clients(Results results, Settings settings, Brokers brokers) {
    this.results = results;
    this.settings = settings;
    for (Brokers.Broker broker : brokers.all()) {
      int port = broker.address().getPort();
      switch (broker.name()) {
        case Brokers.NATS -> withAndWithoutSeal(broker.name(), "nats", port);
        case Brokers.REDIS -> withAndWithoutSeal(broker.name(), "redis", port);
        default -> {
          subjects.add(new Subject(broker.name(), "hydra", false, port));
          subjects.add(new Subject(BROADCAST, "hydra-broadcast", false, port));
        }
      }
    }
    withAndWithoutSeal(ZEROMQ, "zeromq", 0);
    withAndWithoutSeal(AERON, "aeron", 0);
  }

  private void withAndWithoutSeal(String name, String peer, int port) {
    subjects.add(new Subject(name, peer, false, port));
    subjects.add(new Subject(name + SEALED, peer, true, port));
  }

  public void throughput() throws IOException {
    for (int round = 1; round <= settings.rounds(); round++) {
      for (Subject subject : subjects) {
        throughput(FANOUT, subject, MANY, round);
        throughput(PIPE, subject, 1, round);
      }
    }
  }

  private void throughput(String figure, Subject subject, int consumers, int round)
      throws IOException {
    Optional<double[]> line =
        attempt(
            subject,
            "throughput",
            consumers,
            SMALL,
            settings.clientWarmUpMs(),
            settings.clientMs());
    if (line.isPresent()) {
      results.add(new Sample(figure, subject.name, "64 B", RATE, round, line.get()[0]));
      results.add(new Sample(figure, subject.name, "64 B", CPU, round, line.get()[1]));
    }
  }

  public void latency() throws IOException {
    for (int round = 1; round <= settings.rounds(); round++) {
      for (Subject subject : subjects) {
        if (subject.name.equals(BROADCAST) || subject.port == 0 && subject.sealed) {
          continue; // the same thing here; and brokers are what counts here
        }
        latency(subject, 1, round);
        latency(subject, MANY, round);
      }
    }
  }

  private void latency(Subject subject, int consumers, int round) throws IOException {
    Optional<double[]> line =
        attempt(
            subject,
            "latency",
            consumers,
            LATENCY_BYTES,
            settings.latencyWarmUpMs(),
            settings.latencyMs());
    for (int i = 0; i < PERCENTILES.length && line.isPresent(); i++) {
      String parameter = "1→" + consumers;
      results.add(
          new Sample(LATENCY, subject.name, parameter, PERCENTILES[i], round, line.get()[i]));
    }
  }

  /** Whether fifteen consumers feel the sixteenth that does not read. */
  public void stall() throws IOException {
    Brokers.Broker relay = Brokers.hydra("auto", "spill");
    try (Child process = relay.process()) {
      Subject hydra = new Subject(relay.name(), "hydra", false, relay.address().getPort());
      for (int round = 1; round <= settings.rounds(); round++) {
        for (boolean stalled : new boolean[] {false, true}) {
          double[] line =
              run(
                  List.of("-Dbench.stalled=" + stalled),
                  "stall",
                  hydra,
                  MANY,
                  STALL_BYTES,
                  STALL_WARM_UP_MS,
                  settings.latencyMs());
          for (int i = 0; i < PERCENTILES.length; i++) {
            results.add(
                new Sample(
                    STALL, stalled ? ONE_STALLED : ALL_READ, "", PERCENTILES[i], round, line[i]));
          }
        }
        process.ask("memory"); // it is still there
      }
    }
  }

  /** One of ours must work; a peer that does not is noted and left out. */
  private Optional<double[]> attempt(
      Subject subject, String what, int consumers, int bytes, int warmUpMs, int measureMs)
      throws IOException {
    try {
      return Optional.of(run(List.of(), what, subject, consumers, bytes, warmUpMs, measureMs));
    } catch (IOException e) {
      if (subject.name.startsWith(Brokers.HYDRA)) {
        throw e;
      }
      String note = what + " 1→" + consumers + ", " + subject.name;
      results.fact(note, "failed in a round: " + e.getMessage());
      System.out.println("FAILED: " + note);
      return Optional.empty();
    }
  }

  private double[] run(
      List<String> options,
      String what,
      Subject subject,
      int consumers,
      int bytes,
      int warmUpMs,
      int measureMs)
      throws IOException {
    try (Child child =
        Child.java(
            options,
            ClientMain.class,
            List.of(
                what,
                subject.peer,
                Boolean.toString(subject.sealed),
                Integer.toString(subject.port),
                Integer.toString(consumers),
                Integer.toString(bytes),
                Integer.toString(warmUpMs),
                Integer.toString(measureMs)))) {
      String[] cells = child.line().split(" ");
      double[] values = new double[cells.length];
      for (int i = 0; i < cells.length; i++) {
        values[i] = Double.parseDouble(cells[i]);
      }
      return values;
    }
  }
}
