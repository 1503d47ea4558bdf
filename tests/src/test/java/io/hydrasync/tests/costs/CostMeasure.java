package io.hydrasync.tests.costs;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.tests.peer.CostClient;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Measures rows of the table, one after the other. Not thread-safe. */
final class CostMeasure {
  private static final int WARM_UP = 4;

  /** What a byte may cost, where opening its record does not take more. */
  private static final int NANOS_PER_BYTE = 20;

  private final CostProbe probe;
  private final int rounds;
  private final int part;
  private final Map<Integer, Double> floors = new HashMap<>();
  private long waking;

  /** A read is mostly the operating system's, and what it takes varies by a quarter. */
  private static final int FLOOR_NOISE = 4;

  private static final long MOST_IN_A_ROUND = 1_000_000;
  private static final long WARM_UP_NANOS = 700_000_000;

  /** Of the loop: what it runs often is compiled then, however long others take in between. */
  private static final long WARM_UP_LOOP_NANOS = 100_000_000;

  private static final long MOST_WARM_UP_NANOS = 60_000_000_000L;

  /** A producer that sends so slowly is told ACK each time. */
  private static final int SLOW_PIECES = 20;

  private static final long SLOW_MS = 35;

  /**
   * A row as it was measured; times are processor time of the loop's thread, in nanoseconds.
   *
   * @param bytes of one message, 0 where connections are counted
   * @param nanos for one message, the median
   * @param opening of the SEALED records that it came in, 0 where it came in none
   * @param floor for reading as much in the same pieces, and throwing it away
   * @param waking for being woken as often as others have checked them, and saying ACK
   * @param cold for one message of the first burst
   * @param busy rounds of the loop in which there was something to do
   */
  record Measured(
      CostRow row,
      long messages,
      long bytes,
      long nanos,
      long opening,
      long floor,
      long waking,
      long cold,
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

    /** Whether it costs no more than it may, beside what has no goal, and holds nobody up. */
    boolean isWithin() {
      return isWithinBeside(floor + waking);
    }

    boolean isWithinBesideReading() {
      return isWithinBeside(floor);
    }

    boolean isWithinWithReading() {
      return isWithinBeside(0);
    }

    private boolean isWithinBeside(long other) {
      return busy.p99() <= MOST_IN_A_ROUND
          && (!hasGoal() || nanos <= allowed() + other + other / FLOOR_NOISE);
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
      long cold = warmUp(bursts);
      for (int i = 0; i < rounds; i++) {
        last = bursts.next();
        nanos[i] = send(last) / last.messages();
      }
      Arrays.sort(nanos);
      CostProbe.Rounds busy = watched(bursts);
      long bytes = last.bytes() / last.messages();
      return new Measured(
          row,
          last.messages(),
          bytes,
          nanos[rounds / 2],
          opening(last),
          bytes == 0 ? 0 : Math.round(floor(last.piece()) * bytes),
          last.batch() == 0 ? 0 : waking() / last.batch(),
          cold,
          busy);
    }
  }

  /** Returns what a message of the first burst has taken. */
  private long warmUp(CostRow.Bursts bursts) throws Exception {
    long began = System.nanoTime();
    long ofLoop = 0;
    long cold = 0;
    for (int i = 0; part == 1 && isCold(i, System.nanoTime() - began, ofLoop); i++) {
      CostRow.Burst burst = bursts.next();
      long nanos = send(burst);
      ofLoop += nanos;
      cold = i == 0 ? nanos / burst.messages() : cold;
    }
    return cold;
  }

  private static boolean isCold(int bursts, long nanos, long ofLoop) {
    return bursts < WARM_UP
        || nanos < WARM_UP_NANOS
        || ofLoop < WARM_UP_LOOP_NANOS && nanos < MOST_WARM_UP_NANOS;
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

  /** What opening the records of a message takes alone, in nanoseconds. */
  private long opening(CostRow.Burst burst) throws IOException {
    long nanos = 0;
    for (Map.Entry<Integer, Long> size : burst.records().entrySet()) {
      nanos += size.getValue() * probe.opening(size.getKey());
    }
    return nanos / burst.messages();
  }

  /** Makes a burst ready, of something that others are compared to. */
  private interface Yardstick {
    CostRow.Burst next() throws Exception;
  }

  /** The median of what a burst takes, in nanoseconds. */
  private long median(Yardstick yardstick) throws Exception {
    long[] nanos = new long[rounds];
    for (int i = part > 1 ? 0 : -WARM_UP; i < rounds; i++) {
      nanos[Math.max(0, i)] = send(yardstick.next());
    }
    Arrays.sort(nanos);
    return nanos[rounds / 2];
  }

  /** What reading a byte in pieces of a size takes, in nanoseconds. */
  private double floor(int piece) throws Exception {
    Double known = floors.get(piece);
    if (known != null || piece == 0) {
      return piece == 0 ? 0 : known;
    }
    int pieces = Math.max(4, Math.min(3_000, (1 << 21) / piece) / part);
    int bytes = pieces * piece;
    double nanos = median(() -> CostRow.Burst.inPieces(closing(), new byte[bytes], pieces, piece));
    floors.put(piece, nanos / bytes);
    return nanos / bytes;
  }

  /**
   * What it takes to be woken and to say ACK, in nanoseconds: a frame of 29 bytes that comes by
   * itself to a loop that sleeps, beside reading it. Where others check what a producer sends, its
   * loop sleeps meanwhile; this is what any producer costs it that sends as slowly.
   */
  private long waking() throws Exception {
    if (waking == 0) {
      int pieces = Math.max(2, SLOW_PIECES / part);
      waking = median(() -> slowProducer(pieces)) / pieces;
    }
    return waking;
  }

  private CostRow.Burst slowProducer(int pieces) throws Exception {
    SessionId session = CostClient.plainSession();
    CostClient client = CostClient.producer(probe.address(), session).drain();
    client.send(CostClient.head(session, Optional.empty(), CostRows.now(), 0, 0));
    CostRow.Sending sending =
        () -> {
          for (int i = 0; i < pieces; i++) {
            client.send(CostClient.frames(Frames.DATA, i, 1, Frames.OVERHEAD));
            Thread.sleep(SLOW_MS);
          }
        };
    return new CostRow.Burst(pieces, (long) pieces * Frames.OVERHEAD, 0, sending, client);
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
