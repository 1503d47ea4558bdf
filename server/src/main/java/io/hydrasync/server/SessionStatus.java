package io.hydrasync.server;

import io.hydrasync.protocol.check.UnitText;
import io.hydrasync.server.internal.delivery.ConsumerStage;
import io.hydrasync.server.internal.session.ProducerStage;
import io.hydrasync.server.internal.session.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** A session as its own event loop saw it at one moment. Immutable. */
public final class SessionStatus {
  private final String name;
  private final String wire;
  private final String state;
  private final String overflow;
  private final Duration age;
  private final long publishedBytes;
  private final long deliveredBytes;
  private final long heldBytes;
  private final boolean producerWaits;
  private final Optional<ConnectionStatus> producer;
  private final List<ConnectionStatus> consumers;
  private final List<ConnectionStatus> links;
  private final Optional<ClusterStatus.SessionSeat> seat;

  /** On the session's owner loop. */
  SessionStatus(Session session, long nowNanos) {
    ProducerStage current = session.producer();
    List<ConnectionStatus> present = new ArrayList<>();
    List<ConnectionStatus> edges = new ArrayList<>();
    long delivered = session.deliveredBefore();
    for (ConsumerStage consumer : session.consumers()) {
      ConnectionStatus one =
          new ConnectionStatus(consumer.connection(), consumer.cursor().untaken(), nowNanos);
      if (consumer.isLink()) {
        edges.add(one);
      } else {
        delivered += one.sentBytes();
        present.add(one);
      }
    }
    name = session.name().logName();
    wire = session.name().wireName();
    state = session.stateName().toLowerCase(Locale.ROOT);
    overflow = session.policy().name().toLowerCase(Locale.ROOT);
    age = Duration.ofNanos(nowNanos - session.createdNanos());
    publishedBytes = session.log().published();
    deliveredBytes = delivered;
    heldBytes = session.log().allocated();
    producerWaits = current != null && current.isPaused();
    producer =
        current == null
            ? Optional.empty()
            : Optional.of(new ConnectionStatus(current.connection(), 0, nowNanos));
    consumers = List.copyOf(present);
    links = List.copyOf(edges);
    seat = Optional.ofNullable(ClusterStatus.seat(session));
  }

  /**
   * What it is called in logs.
   *
   * @return its log name, 8 hex digits; two sessions may have the same
   */
  public String name() {
    return name;
  }

  /**
   * What its clients speak.
   *
   * @return {@code wire2}, {@code classic} (the crate up to beta.6) or {@code classic-later} (from
   *     beta.7 on)
   */
  public String wire() {
    return wire;
  }

  /**
   * What it is doing.
   *
   * @return {@code waiting}, {@code live}, {@code away}, {@code over} or {@code gone}
   */
  public String state() {
    return state;
  }

  /**
   * What happens when its log is at capacity.
   *
   * @return its policy, in small letters
   */
  public String overflow() {
    return overflow;
  }

  /**
   * How long the relay has known it.
   *
   * @return the time since then
   */
  public Duration age() {
    return age;
  }

  /**
   * What has come from its producers.
   *
   * @return bytes of frames
   */
  public long publishedBytes() {
    return publishedBytes;
  }

  /**
   * What has gone to its consumers at this relay.
   *
   * @return bytes, also to those that are gone; what went to other nodes of a cluster is not in it
   */
  public long deliveredBytes() {
    return deliveredBytes;
  }

  /**
   * The memory of its log.
   *
   * @return bytes
   */
  public long heldBytes() {
    return heldBytes;
  }

  /**
   * Whether its producer waits for room.
   *
   * @return whether its producer is not read because there is no room
   */
  public boolean producerWaits() {
    return producerWaits;
  }

  /**
   * Its producer, if one is connected.
   *
   * @return the producer's connection
   */
  public Optional<ConnectionStatus> producer() {
    return producer;
  }

  /**
   * Its consumers at this relay.
   *
   * @return the consumers' connections, in no order; links of other nodes are none
   */
  public List<ConnectionStatus> consumers() {
    return consumers;
  }

  /**
   * The links of other nodes of a cluster, each for that node's own consumers.
   *
   * @return the links' connections, in no order
   */
  public List<ConnectionStatus> links() {
    return links;
  }

  /**
   * What this relay is to it.
   *
   * @return nothing at a relay alone, and for sessions of the crate's clients
   */
  public Optional<ClusterStatus.SessionSeat> seat() {
    return seat;
  }

  /**
   * How far the slowest consumer or link is behind.
   *
   * @return bytes, 0 where there are none
   */
  public long maxLagBytes() {
    return Stream.concat(consumers.stream(), links.stream())
        .mapToLong(ConnectionStatus::lagBytes)
        .max()
        .orElse(0);
  }

  @Override
  public String toString() {
    return name + " " + state + ", " + UnitText.count(consumers.size(), "consumer");
  }
}
