package io.hydrasync.server;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.check.UnitText;
import io.hydrasync.server.internal.Relay;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.telemetry.RelayCounters;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** A relay at a glance: gauges of this moment, and counters since it was started. Immutable. */
public final class RelayStatus {
  private final String state;
  private final Duration uptime;
  private final Map<Role, Integer> connections;
  private final int observers;
  private final int joining;
  private final int linksTaken;
  private final int linksMade;
  private final long takeovers;
  private final long linkReceivedBytes;
  private final long linkSentBytes;
  private final int sessions;
  private final long logMemoryBytes;
  private final long memoryBudgetBytes;
  private final long spillBytes;
  private final long receivedBytes;
  private final long sentBytes;
  private final long gapFrames;
  private final Map<String, Long> handshakes;
  private final Map<String, Long> rejected;
  private final Map<String, Long> closed;
  private final Map<String, Long> overflows;

  RelayStatus(Relay relay) {
    RelayServices services = relay.services();
    RelayCounters counters = services.operations().counters();
    Map<Role, Integer> joined = new EnumMap<>(Role.class);
    for (Role role : Role.values()) {
      joined.put(role, Math.max(0, counters.connected(role)));
    }
    int inside = joined.values().stream().mapToInt(Integer::intValue).sum();
    state =
        services.fatalErrors().any()
            ? "failed"
            : services.operations().phase().name().toLowerCase(Locale.ROOT);
    uptime = Duration.ofNanos(services.operations().uptimeNanos());
    connections = Collections.unmodifiableMap(joined);
    observers = Math.max(0, counters.observers());
    linksTaken = Math.max(0, counters.linksTaken());
    linksMade = Math.max(0, counters.linksMade());
    takeovers = counters.takeovers();
    linkReceivedBytes = counters.linkReceivedBytes();
    linkSentBytes = counters.linkSentBytes();
    joining =
        Math.max(0, relay.connections().count() - inside - observers - linksTaken - linksMade);
    sessions = relay.sessions().count();
    logMemoryBytes = services.budget().used();
    memoryBudgetBytes = services.budget().limit();
    spillBytes = services.spill().used();
    receivedBytes = counters.receivedBytes();
    sentBytes = counters.sentBytes();
    gapFrames = counters.gapFrames();
    handshakes = counters.handshakes();
    rejected = counters.rejected();
    closed = counters.closed();
    overflows = counters.overflows();
  }

  /**
   * What it is doing.
   *
   * @return {@code running}, {@code draining}, {@code closing}, or {@code failed} ({@link
   *     RelayOperator#fatalError()})
   */
  public String state() {
    return state;
  }

  /**
   * How long there has been this relay.
   *
   * @return the time since it was made
   */
  public Duration uptime() {
    return uptime;
  }

  /**
   * How many clients have joined.
   *
   * @return clients that have joined, by role
   */
  public Map<Role, Integer> connections() {
    return connections;
  }

  /**
   * How many clients of the Rust crate observe, which is a role of its own there.
   *
   * @return observers that have joined
   */
  public int observers() {
    return observers;
  }

  /**
   * How many clients are neither inside nor gone.
   *
   * @return clients that are connected and have not joined, or are on their way out
   */
  public int joining() {
    return joining;
  }

  /**
   * How many links of other nodes of a cluster there are.
   *
   * @return links to this relay, for sessions that it owns; they are no {@link #connections()}
   */
  public int linksTaken() {
    return linksTaken;
  }

  /**
   * How many links to other nodes of a cluster there are.
   *
   * @return links from this relay, for sessions that it mirrors
   */
  public int linksMade() {
    return linksMade;
  }

  /**
   * What has come from other nodes of a cluster over links; not in {@link #receivedBytes()}.
   *
   * @return bytes, since the relay was made
   */
  public long linkReceivedBytes() {
    return linkReceivedBytes;
  }

  /**
   * What has gone to other nodes of a cluster over links; not in {@link #sentBytes()}.
   *
   * @return bytes, since the relay was made
   */
  public long linkSentBytes() {
    return linkSentBytes;
  }

  /**
   * How many sessions of other nodes of a cluster have become this one's.
   *
   * @return sessions taken over, since the relay was made
   */
  public long takeovers() {
    return takeovers;
  }

  /**
   * How many sessions there are.
   *
   * @return sessions known
   */
  public int sessions() {
    return sessions;
  }

  /**
   * The memory of all logs.
   *
   * @return bytes
   */
  public long logMemoryBytes() {
    return logMemoryBytes;
  }

  /**
   * How much that may be.
   *
   * @return bytes, what {@link #logMemoryBytes} may come to
   */
  public long memoryBudgetBytes() {
    return memoryBudgetBytes;
  }

  /**
   * What of the logs is on disk.
   *
   * @return bytes
   */
  public long spillBytes() {
    return spillBytes;
  }

  /**
   * What has come from clients.
   *
   * @return bytes, since the relay was made
   */
  public long receivedBytes() {
    return receivedBytes;
  }

  /**
   * What has gone to clients.
   *
   * @return bytes, since the relay was made
   */
  public long sentBytes() {
    return sentBytes;
  }

  /**
   * What consumers have lost: they were told, but for packets that {@link
   * HydraServer.Builder#classicLossy} leaves out.
   *
   * @return frames, once for each consumer
   */
  public long gapFrames() {
    return gapFrames;
  }

  /**
   * How many handshakes there have been.
   *
   * @return by result: {@code ok}, {@code failed}, {@code limited}
   */
  public Map<String, Long> handshakes() {
    return handshakes;
  }

  /**
   * How many clients were refused before they had joined.
   *
   * @return clients refused before they had joined, by reason
   */
  public Map<String, Long> rejected() {
    return rejected;
  }

  /**
   * How many clients have gone after they had joined.
   *
   * @return clients gone after they had joined, by reason
   */
  public Map<String, Long> closed() {
    return closed;
  }

  /**
   * How often each overflow policy has acted.
   *
   * @return how often each policy has acted
   */
  public Map<String, Long> overflows() {
    return overflows;
  }

  @Override
  public String toString() {
    return state
        + ", "
        + connections
        + ", "
        + UnitText.count(sessions, "session")
        + ", up for "
        + uptime;
  }
}
