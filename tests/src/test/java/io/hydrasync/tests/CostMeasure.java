package io.hydrasync.tests;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Measures rows of the table, one after the other. Not thread-safe. */
final class CostMeasure {
  private static final int WARM_UP = 4;

  /** What a byte may cost, where opening its record does not take more. */
  private static final int NANOS_PER_BYTE = 20;

  private final CostProbe probe;
  private final int rounds;
  private final int part;
  private final Map<Integer, Double> floors = new HashMap<>();

  /** A read is mostly the operating system's, and what it takes varies by a quarter. */
  private static final int FLOOR_NOISE = 4;

  private static final long MOST_IN_A_ROUND = 1_000_000;
  private static final long WARM_UP_NANOS = 700_000_000;

  /**
   * A row as it was measured; times are processor time of the loop's thread, in nanoseconds.
   *
   * @param bytes of one message, 0 where connections are counted
   * @param nanos for one message, the median
   * @param opening of an ordinary record of that size
   * @param floor for reading as much in the same pieces, and throwing it away
   * @param busy rounds of the loop in which there was something to do
   */
  record Measured(
      CostRow row,
      long messages,
      long bytes,
      long nanos,
      long opening,
      long floor,
      CostProbe.Rounds busy) {
    /** What a message may cost. */
    long allowed() {
      return Math.max(NANOS_PER_BYTE * bytes, 2 * opening);
    }

    boolean isConnection() {
      return bytes == 0;
    }

    /** Whether there is a goal: not where others get what was sent. */
    boolean hasGoal() {
      return !isConnection() && !row.group().equals(CostRow.SENT_ON);
    }

    /** Whether it costs no more than it may, beside being read, and holds nobody up. */
    boolean isWithin() {
      return isCheap() && busy.p99() <= MOST_IN_A_ROUND;
    }

    private boolean isCheap() {
      return !hasGoal() || nanos <= allowed() + floor + floor / FLOOR_NOISE;
    }

    boolean isWithinWithReading() {
      return isWithin() && nanos <= allowed();
    }
  }

  /**
   * A measurement.
   *
   * @param rounds of which the median is taken
   * @param part one of so many parts of the full numbers is sent
   */
  CostMeasure(CostProbe probe, int rounds, int part) {
    this.probe = probe;
    this.rounds = rounds;
    this.part = part;
  }

  Measured measure(CostRow row) throws Exception {
    try (CostRow.Scene scene = new CostRow.Scene(probe, part)) {
      CostRow.Bursts bursts = row.setting().begin(scene);
      long[] nanos = new long[rounds];
      CostRow.Burst last = null;
      warmUp(bursts);
      for (int i = 0; i < rounds; i++) {
        last = bursts.next();
        nanos[Math.max(0, i)] = send(last) / last.messages();
      }
      Arrays.sort(nanos);
      CostProbe.Rounds busy = watched(bursts);
      long bytes = last.bytes() / last.messages();
      return new Measured(
          row,
          last.messages(),
          bytes,
          nanos[rounds / 2],
          bytes == 0 ? 0 : probe.opening((int) bytes),
          bytes == 0 ? 0 : Math.round(floor(last.piece()) * bytes),
          busy);
    }
  }

  private void warmUp(CostRow.Bursts bursts) throws Exception {
    long end = System.nanoTime() + WARM_UP_NANOS;
    for (int i = 0; part == 1 && (i < WARM_UP || System.nanoTime() - end < 0); i++) {
      send(bursts.next());
    }
  }

  private long send(CostRow.Burst burst) throws Exception {
    int connections = probe.connections();
    CostProbe.Reading before = probe.received(0);
    burst.sending().run();
    CostProbe.Reading after =
        burst.bytes() == 0
            ? probe.connections(connections)
            : probe.received(before.received() + burst.bytes());
    if (burst.bytes() > 0 && probe.connections() != connections) {
      throw new IllegalStateException("the relay has closed the connection");
    }
    burst.client().close();
    if (burst.client() instanceof CostClient) {
      probe.connections(connections - 1); // or the next burst would miss it
    }
    return after.nanos() - before.nanos();
  }

  private CostProbe.Rounds watched(CostRow.Bursts bursts) throws Exception {
    CostRow.Burst burst = bursts.next();
    probe.watch();
    send(burst);
    return probe.rounds();
  }

  /** What reading a byte in pieces of a size takes, in nanoseconds. */
  private double floor(int piece) throws Exception {
    Double known = floors.get(piece);
    if (known != null || piece == 0) {
      return piece == 0 ? 0 : known;
    }
    double[] nanos = new double[rounds];
    for (int i = part > 1 ? 0 : -WARM_UP; i < rounds; i++) {
      CostClient client = closing();
      int pieces = Math.max(4, Math.min(3_000, (1 << 21) / piece) / part);
      CostRow.Burst burst = CostRow.Burst.inPieces(client, new byte[pieces * piece], pieces, piece);
      nanos[Math.max(0, i)] = (double) send(burst) / burst.bytes();
    }
    Arrays.sort(nanos);
    floors.put(piece, nanos[rounds / 2]);
    return nanos[rounds / 2];
  }

  /** One that has got an ERROR: the relay reads what it sends, and does nothing with it. */
  private CostClient closing() throws IOException {
    try {
      CostClient client = CostClient.producer(probe.address(), CostClient.plainSession()).drain();
      client.send(new byte[4]);
      return client;
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
