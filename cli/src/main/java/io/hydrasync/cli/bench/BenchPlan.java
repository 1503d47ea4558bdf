package io.hydrasync.cli.bench;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * What a benchmark does.
 *
 * @param producers how many, each with a session of its own
 * @param consumers how many there are of each session
 * @param sizeBytes of a message
 * @param batch messages to a flush, at most; 1 = each is broadcast
 * @param rate messages a second of each producer; empty for as many as go through
 * @param warmup how long it runs before anything counts
 * @param duration how long it runs after that
 */
record BenchPlan(
    int producers,
    int consumers,
    int sizeBytes,
    int batch,
    OptionalDouble rate,
    Duration warmup,
    Duration duration) {
  private static final int MOST_CLIENTS = 10_000;
  private static final double FASTEST = 1e9;

  /**
   * Checks that it can be done.
   *
   * @throws IllegalArgumentException if not
   */
  BenchPlan {
    if (producers < 1 || consumers < 1 || (long) producers * (consumers + 1) > MOST_CLIENTS) {
      throw new IllegalArgumentException(
          "there is at least one producer and one consumer, and at most "
              + MOST_CLIENTS
              + " clients");
    }
    if (sizeBytes < BenchPayload.HEADER || sizeBytes > BenchPayload.MAX_BYTES) {
      throw new IllegalArgumentException(
          "a message has " + BenchPayload.HEADER + " B to 64 MiB, not " + sizeBytes + " B");
    }
    if (batch < 1) {
      throw new IllegalArgumentException("a batch has at least one message");
    }
    if (rate.isPresent() && !(rate.getAsDouble() > 0 && rate.getAsDouble() <= FASTEST)) {
      throw new IllegalArgumentException("--rate is above 0");
    }
    if (warmup.isNegative() || duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException("--duration is above 0, --warmup not negative");
    }
  }
}
