package io.hydrasync.bench.measure;

import io.hydrasync.bench.measure.Results.Sample;
import io.hydrasync.bench.process.ProcStat;
import io.hydrasync.bench.relay.Brokers.Broker;
import io.hydrasync.bench.relay.NativeDriver;
import io.hydrasync.bench.relay.NativeDriver.Latencies;
import io.hydrasync.bench.relay.NativeDriver.Outcome;
import io.hydrasync.bench.relay.Subjects;
import io.hydrasync.bench.relay.Subjects.Subject;
import io.hydrasync.bench.relay.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * What relays do that are started as users start them, under the load of the {@link NativeDriver}:
 * few messages, cold, as fast as it goes, many sessions, quiet sessions beside a busy one. Each
 * round starts each of them anew, and they take turns.
 */
public final class Loads {
  public static final String FEW_MANY = "few-1-16";
  public static final String FEW_ONE = "few-1-1";
  public static final String COLD = "cold";
  public static final String BUSY = "busy";
  public static final String MEMORY = "memory";
  public static final String MANY = "many";
  public static final String BESIDE = "beside";

  public static final String CPU = "CPU us/message";
  public static final String FIRST_P50 = "first p50 us";
  public static final String P50 = "p50 us";
  public static final String P99 = "p99 us";
  public static final String P999 = "p99.9 us";
  public static final String MAX = "max us";
  public static final String RATE = "messages/s";
  public static final String GB_RATE = "GB/s";
  public static final String CPU_PER_GB = "CPU-s/GB";
  public static final String IDLE_MIB = "MiB idle";
  public static final String PEAK_MIB = "MiB peak";
  public static final String DRIVER = "driver CPU %";
  public static final String DRIVER_WAIT = "driver without core %";

  public static final String ALONE = "alone";
  public static final String BESIDE_BUSY = "beside a busy one";

  private static final int FANOUT = 16;
  private static final int FEW_BYTES = 100;
  private static final double FEW_RATE = 1000;
  private static final double WARM_RATE = 20_000;
  private static final long SECOND = 1_000_000_000L;
  private static final int[] BUSY_BYTES = {64, 1 << 10, 64 << 10, 1 << 20};
  private static final int MANY_BYTES = 1 << 10;
  private static final int MANY_SESSIONS = 1000;
  private static final int MANY_CONSUMERS = 1024;
  private static final int QUIET_SESSIONS = 100;
  private static final double QUIET_RATE = 10;
  private static final int BESIDE_BYTES = 64 << 10;
  private static final int SETTLED_LOOKS = 50;

  private final Results results;
  private final Settings.Load settings;
  private final Subjects subjects;
  private final Path program;

  /**
   * Measures nothing yet.
   *
   * @param program compiled from {@code load_driver.c}
   */
  public Loads(Results results, Settings.Load settings, Subjects subjects, Path program) {
    this.results = results;
    this.settings = settings;
    this.subjects = subjects;
    this.program = program;
  }

  /** One measurement of a fresh relay. */
  private interface Measurement {
    void of(Subject subject, Broker relay, int round) throws IOException;
  }

  private void each(List<Subject> wanted, Measurement measurement, String... options)
      throws IOException {
    for (int round = 1; round <= settings.rounds(); round++) {
      for (Subject subject : wanted) {
        Broker relay = subject.start(options);
        try {
          measurement.of(subject, relay, round);
        } catch (IOException e) {
          throw new IOException(subject.name() + ": " + e.getMessage(), e);
        } finally {
          relay.process().close();
        }
      }
    }
  }

  /** 1,000 messages a second, warmed up: 1 to 16 and 1 to 1. */
  public void few() throws IOException {
    each(
        subjects.all(),
        (subject, relay, round) -> {
          few(subject, relay, round, FEW_MANY, FANOUT);
          few(subject, relay, round, FEW_ONE, 1);
        });
  }

  private void few(Subject subject, Broker relay, int round, String figure, int consumers)
      throws IOException {
    try (NativeDriver driver = NativeDriver.start(program)) {
      int group = driver.connect(relay.wire(), 0, 1, consumers, FEW_BYTES);
      long pid = relay.process().pid();
      driver.rate(group, WARM_RATE);
      driver.run(pid, settings.warmUpNanos());
      driver.rate(group, FEW_RATE);
      driver.run(pid, settings.warmUpNanos() / 2);
      Outcome outcome = driver.run(pid, settings.fewNanos());
      add(figure, subject, "", CPU, round, outcome.cpuNanos() / 1e3 / outcome.delivered());
      if (consumers > 1) {
        double first = outcome.groups().get(group).first().at(500) / 1e3;
        add(figure, subject, "", FIRST_P50, round, first);
      }
      latencies(figure, subject, "", round, outcome.groups().get(group).last());
      driverShare(figure, subject, "", round, outcome);
    }
  }

  private void latencies(String figure, Subject subject, String parameter, int round, Latencies l) {
    add(figure, subject, parameter, P50, round, l.at(500) / 1e3);
    add(figure, subject, parameter, P99, round, l.at(990) / 1e3);
    add(figure, subject, parameter, P999, round, l.at(999) / 1e3);
    add(figure, subject, parameter, MAX, round, l.at(1000) / 1e3);
  }

  private void driverShare(
      String figure, Subject subject, String parameter, int round, Outcome outcome) {
    double share = 100.0 * outcome.driverCpuNanos() / outcome.nanos();
    add(figure, subject, parameter, DRIVER, round, share);
    double wait = 100.0 * outcome.driverWaitNanos() / outcome.nanos();
    add(figure, subject, parameter, DRIVER_WAIT, round, wait);
  }

  /** The first messages of a fresh process, 1,000 a second, 1 to 1. */
  public void cold() throws IOException {
    each(
        subjects.all(),
        (subject, relay, round) -> {
          if (!subject.isOurs() && round > settings.coldRoundsOfPeers()) {
            return;
          }
          try (NativeDriver driver = NativeDriver.start(program)) {
            int group = driver.connect(relay.wire(), 0, 1, 1, FEW_BYTES);
            driver.rate(group, FEW_RATE);
            Outcome outcome = driver.run(relay.process().pid(), settings.coldNanos());
            add(COLD, subject, "", CPU, round, outcome.cpuNanos() / 1e3 / outcome.delivered());
            latencies(COLD, subject, "", round, outcome.groups().get(group).last());
            driverShare(COLD, subject, "", round, outcome);
          }
        });
  }

  /** As fast as it goes, 1 to 16, sizes one after the other; and the memory that it takes. */
  public void busy() throws IOException {
    each(
        subjects.all(),
        (subject, relay, round) -> {
          long pid = relay.process().pid();
          add(MEMORY, subject, "", IDLE_MIB, round, settled(pid) / 1024.0);
          warmUp(relay);
          for (int size : BUSY_BYTES) {
            busy(subject, relay, round, size);
          }
          double peak = ProcStat.memoryKib(pid, "VmHWM") / 1024.0;
          add(MEMORY, subject, "", PEAK_MIB, round, peak);
        });
  }

  /** What is resident when that has stopped to change. */
  private static long settled(long pid) throws IOException {
    long last = -1;
    for (int i = 0; i < SETTLED_LOOKS; i++) {
      long now = ProcStat.memoryKib(pid, "VmRSS");
      if (now == last) {
        break;
      }
      last = now;
      LockSupport.parkNanos(SECOND / 5);
    }
    return last;
  }

  private void busy(Subject subject, Broker relay, int round, int size) throws IOException {
    try (NativeDriver driver = NativeDriver.start(program)) {
      int group = driver.connect(relay.wire(), 0, 1, FANOUT, size);
      Outcome outcome = busy(driver, relay, group);
      String parameter = size(size);
      double seconds = outcome.nanos() / 1e9;
      long delivered = outcome.delivered();
      add(BUSY, subject, parameter, CPU, round, outcome.cpuNanos() / 1e3 / delivered);
      add(BUSY, subject, parameter, RATE, round, delivered / seconds);
      double gigabytes = (double) delivered * size / 1e9;
      add(BUSY, subject, parameter, GB_RATE, round, gigabytes / seconds);
      add(BUSY, subject, parameter, CPU_PER_GB, round, outcome.cpuNanos() / 1e9 / gigabytes);
      driverShare(BUSY, subject, parameter, round, outcome);
    }
  }

  /** As fast as it goes, so that what is measured then is compiled code for everybody. */
  private void warmUp(Broker relay) throws IOException {
    try (NativeDriver driver = NativeDriver.start(program)) {
      int group = driver.connect(relay.wire(), 0, 1, FANOUT, BUSY_BYTES[0]);
      driver.rate(group, NativeDriver.FULL_SPEED);
      driver.run(relay.process().pid(), settings.warmUpNanos());
    }
  }

  private Outcome busy(NativeDriver driver, Broker relay, int group) throws IOException {
    driver.rate(group, NativeDriver.FULL_SPEED);
    driver.run(relay.process().pid(), settings.busyNanos() / 2);
    return driver.run(relay.process().pid(), settings.busyNanos());
  }

  private static String size(int bytes) {
    if (bytes >= 1 << 20) {
      return (bytes >> 20) + " MiB";
    }
    return bytes >= 1 << 10 ? (bytes >> 10) + " KiB" : bytes + " B";
  }

  /** Many sessions, and many consumers of one; ours only. */
  public void many() throws IOException {
    each(
        subjects.all().stream().filter(Subject::isOurs).toList(),
        (subject, relay, round) -> {
          warmUp(relay);
          many(subject, relay, round, 1, 2);
          many(subject, relay, round, MANY_SESSIONS, 2);
          many(subject, relay, round, 1, FANOUT);
          many(subject, relay, round, 1, MANY_CONSUMERS);
        },
        "--linger",
        "1s");
  }

  private void many(Subject subject, Broker relay, int round, int sessions, int consumers)
      throws IOException {
    try (NativeDriver driver = NativeDriver.start(program)) {
      int group = driver.connect(relay.wire(), 0, sessions, consumers, MANY_BYTES);
      Outcome outcome = busy(driver, relay, group);
      double gigabytes = outcome.delivered() * (double) MANY_BYTES / 1e9;
      String parameter = sessions + " × 1→" + consumers;
      add(MANY, subject, parameter, CPU_PER_GB, round, outcome.cpuNanos() / 1e9 / gigabytes);
      add(MANY, subject, parameter, GB_RATE, round, gigabytes / (outcome.nanos() / 1e9));
    }
  }

  /** A hundred quiet sessions, alone and then beside one at full speed. */
  public void beside() throws IOException {
    each(
        subjects.all(),
        (subject, relay, round) -> {
          try (NativeDriver driver = NativeDriver.start(program)) {
            long pid = relay.process().pid();
            Wire wire = relay.wire();
            int quiet = driver.connect(wire, 0, QUIET_SESSIONS, 1, FEW_BYTES);
            int busy = driver.connect(wire, QUIET_SESSIONS, 1, FANOUT, BESIDE_BYTES);
            driver.rate(quiet, WARM_RATE / QUIET_SESSIONS);
            driver.run(pid, settings.warmUpNanos());
            driver.rate(quiet, QUIET_RATE);
            driver.rate(busy, NativeDriver.FULL_SPEED);
            driver.run(pid, settings.busyNanos());
            Outcome both = driver.run(pid, settings.besideNanos());
            driver.silence(busy);
            Outcome alone = driver.run(pid, settings.besideNanos());
            latencies(BESIDE, subject, ALONE, round, alone.groups().get(quiet).last());
            latencies(BESIDE, subject, BESIDE_BUSY, round, both.groups().get(quiet).last());
            double bytes = (double) both.groups().get(busy).delivered() * BESIDE_BYTES;
            add(BESIDE, subject, BESIDE_BUSY, GB_RATE, round, bytes / both.nanos());
            driverShare(BESIDE, subject, BESIDE_BUSY, round, both);
            driverShare(BESIDE, subject, ALONE, round, alone);
          }
        });
  }

  private void add(
      String figure, Subject subject, String parameter, String metric, int round, double value) {
    results.add(new Sample(figure, subject.name(), parameter, metric, round, value));
  }
}
