package io.hydrasync.cli.demo;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The demo at one moment.
 *
 * @param relay where it is
 * @param seconds since it began
 * @param ofSeconds for how long the producer sends
 * @param producer who sends
 * @param consumers who receive
 * @param bytesIn what the relay has been sent
 * @param bytesOut what the relay has sent
 * @param keptBytes what the relay has in its memory
 * @param readable how often the messages' text was found in what passed the relay
 */
record DemoLook(
    String relay,
    double seconds,
    double ofSeconds,
    Part producer,
    List<Part> consumers,
    long bytesIn,
    long bytesOut,
    long keptBytes,
    long readable) {
  private static final long WORTH_TELLING = 1 << 20;

  /** One participant. */
  record Part(String name, Stage stage, long messages, long bytes, double bytesPerSecond) {}

  /** How much of what was sent a consumer has not got, or 0 if that is little. */
  long behind(Part consumer) {
    long bytes = producer.bytes - consumer.bytes;
    return bytes < WORTH_TELLING || consumer.stage == Stage.WHOLE ? 0 : bytes;
  }

  /** Who is furthest behind, if anybody is. */
  Optional<Part> furthestBehind() {
    return consumers.stream()
        .filter(consumer -> behind(consumer) > 0)
        .max(Comparator.comparingLong(this::behind));
  }

  /** What of its memory the relay holds for somebody who is behind. */
  long heldBytes() {
    return furthestBehind().map(consumer -> Math.min(behind(consumer), keptBytes)).orElse(0L);
  }

  /** How far the producer is in its time, 0 to 1. */
  double sentShare() {
    return producer.stage == Stage.SENDING ? Math.min(1, seconds / Math.max(ofSeconds, 1e-3)) : 1;
  }

  /** How much of what was sent a consumer has got, 0 to 1. */
  double share(Part consumer) {
    return Math.min(1, consumer.bytes / (double) Math.max(1, producer.bytes));
  }
}
