package io.hydrasync.server;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A session as its own event loop saw it at one moment. Immutable.
 *
 * @param name its log name, 8 hex digits; two sessions may have the same
 * @param state {@code waiting}, {@code live}, {@code away}, {@code over} or {@code gone}
 * @param overflow its policy
 * @param age since the relay has known it
 * @param publishedBytes frames taken from its producers
 * @param deliveredBytes sent to its consumers, also to those that are gone
 * @param heldBytes memory of its log
 * @param producerWaits whether its producer is not read because there is no room
 * @param producer the producer's connection
 * @param consumers the consumers' connections, in no order
 */
public record SessionStatus(
    String name,
    String state,
    String overflow,
    Duration age,
    long publishedBytes,
    long deliveredBytes,
    long heldBytes,
    boolean producerWaits,
    Optional<ConnectionStatus> producer,
    List<ConnectionStatus> consumers) {

  /**
   * How far the slowest consumer is behind.
   *
   * @return bytes, 0 without consumers
   */
  public long maxLagBytes() {
    return consumers.stream().mapToLong(ConnectionStatus::lagBytes).max().orElse(0);
  }
}
