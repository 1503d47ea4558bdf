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
   * @param warmUpNanos at 20,000 messages a second, before few messages are measured
   * @param fewNanos at 1,000 messages a second
   * @param coldNanos at 1,000 messages a second, from the first one
   * @param busyNanos as fast as it goes; half of it before that is the warm-up
   * @param besideNanos of quiet sessions
   */
  public record Load(
      int rounds,
      long warmUpNanos,
      long fewNanos,
      long coldNanos,
      long busyNanos,
      long besideNanos) {

    /** The same, but so many rounds. */
    public Load withRounds(int count) {
      return new Load(count, warmUpNanos, fewNanos, coldNanos, busyNanos, besideNanos);
    }
  }

  /** For the native driver. */
  public Load load() {
    return rounds > 1
        ? new Load(
            rounds, 2_000_000_000L, 5_000_000_000L, 8_000_000_000L, 1_000_000_000L, 4_000_000_000L)
        : new Load(rounds, 200_000_000L, 300_000_000L, 500_000_000L, 200_000_000L, 300_000_000L);
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
