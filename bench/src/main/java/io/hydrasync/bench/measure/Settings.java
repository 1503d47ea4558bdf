package io.hydrasync.bench.measure;

/**
 * How long and how often things are measured.
 *
 * @param rounds of everything
 * @param warmUpNanos before each measurement of a relay
 * @param measureNanos of each measurement of a relay
 * @param loopBytes that the write loop delivers
 * @param clientWarmUpMs before each measurement with the clients
 * @param clientMs of each measurement of throughput with the clients
 * @param latencyWarmUpMs before each measurement of latency
 * @param latencyMs of each measurement of latency
 * @param scaleConsumers how many consumers
 * @param scaleSessions how many sessions
 * @param idle connections that are held open
 * @param handshakes that are timed
 */
public record Settings(
    int rounds,
    long warmUpNanos,
    long measureNanos,
    long loopBytes,
    int clientWarmUpMs,
    int clientMs,
    int latencyWarmUpMs,
    int latencyMs,
    int[] scaleConsumers,
    int[] scaleSessions,
    int idle,
    int handshakes) {

  /**
   * How long and how often the native driver loads relays.
   *
   * @param rounds of everything
   * @param coldRoundsOfPeers of the first messages of programs that compile nothing
   * @param warmUpNanos before what is measured: at 20,000 messages a second if it is few messages
   * @param fewNanos at 1,000 messages a second
   * @param coldNanos at 1,000 messages a second, from the first one
   * @param busyNanos as fast as it goes; half of it before that is for this size to settle
   * @param besideNanos of quiet sessions
   */
  public record Load(
      int rounds,
      int coldRoundsOfPeers,
      long warmUpNanos,
      long fewNanos,
      long coldNanos,
      long busyNanos,
      long besideNanos) {
    private static final long SECOND = 1_000_000_000L;

    /** When only some figures are asked for. */
    public static Load some(int rounds) {
      return new Load(rounds, rounds, 2 * SECOND, 5 * SECOND, 8 * SECOND, SECOND, 4 * SECOND);
    }

    /** In a whole run, which has to end. */
    public static Load whole(int rounds) {
      return new Load(
          rounds, 1, 3 * SECOND / 2, 3 * SECOND, 8 * SECOND, SECOND * 6 / 10, 2 * SECOND);
    }

    /** Whether everything works, in little time. */
    public static Load quick() {
      return new Load(1, 1, SECOND / 5, SECOND / 3, SECOND / 2, SECOND / 5, SECOND / 3);
    }
  }

  /** What the published figures are made with. */
  public static Settings full() {
    return new Settings(
        3,
        700_000_000L,
        1_800_000_000L,
        8L << 30,
        2_500,
        2_000,
        5_000,
        3_500,
        new int[] {1, 4, 16, 64, 256, 1024},
        new int[] {1, 10, 100, 1000},
        10_000,
        3_000);
  }

  /** Whether everything works, in little time. */
  public static Settings quick() {
    return new Settings(
        1,
        100_000_000L,
        200_000_000L,
        1L << 30,
        500,
        300,
        500,
        300,
        new int[] {1, 16},
        new int[] {1, 10},
        200,
        100);
  }
}
