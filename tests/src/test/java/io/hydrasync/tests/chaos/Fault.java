package io.hydrasync.tests.chaos;

import io.hydrasync.tests.chaos.Route.Weather;
import java.util.Locale;

/**
 * Something that happens to a cluster, and ends.
 *
 * @param number from 1
 * @param kind what happens
 * @param at milliseconds from the beginning of its round
 * @param until when it ends
 * @param one which relay, member or client it happens to
 * @param other which relay the connections lead to that it happens to
 * @param weather of those connections
 */
record Fault(int number, Kind kind, long at, long until, int one, int other, Weather weather) {
  /** What can happen, and how often beside the others. */
  enum Kind {
    /** A relay is killed, and started again in the end. */
    RELAY_KILLED(9),
    /** A relay stands still. */
    RELAY_FROZEN(9),
    /** A relay is told to end, which moves its sessions, and is started again. */
    RELAY_DRAINED(4),
    /** A member of etcd is killed, and started again in the end. */
    ETCD_KILLED(7),
    /** A member of etcd stands still. */
    ETCD_FROZEN(7),
    /** All members of etcd are killed. */
    ETCD_AWAY(3),
    /** Links between two relays. */
    LINKS(16),
    /** What goes from a relay to all members of etcd. */
    RELAY_TO_ETCD(10),
    /** What goes from a host of consumers, or a producer, to a relay. */
    CLIENT_TO_RELAY(12),
    /** What goes from a host of consumers, or a producer, to all relays. */
    CLIENT_TO_ALL(8),
    /** A host of consumers stands still. */
    CONSUMERS_FROZEN(8),
    /** A relay is cut off from everybody. */
    RELAY_ALONE(5),
    /** A producer cannot come to the relay where it is. */
    PRODUCER_MOVES(7),
    /** A producer is killed, and another process of it begins in the end. */
    PRODUCER_KILLED(3);

    final int weight;

    Kind(int weight) {
      this.weight = weight;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  private static String relay(int index) {
    return "relay " + (char) ('A' + index);
  }

  private String where() {
    return switch (kind) {
      case RELAY_KILLED, RELAY_FROZEN, RELAY_DRAINED, RELAY_ALONE -> relay(one);
      case ETCD_KILLED, ETCD_FROZEN -> "member " + one;
      case ETCD_AWAY -> "all members";
      case LINKS -> relay(one) + " and " + relay(other) + ", " + weather;
      case RELAY_TO_ETCD -> relay(one) + ", " + weather;
      case CLIENT_TO_RELAY -> FaultPlan.client(one) + " to " + relay(other) + ", " + weather;
      case CLIENT_TO_ALL -> FaultPlan.client(one) + ", " + weather;
      case CONSUMERS_FROZEN -> FaultPlan.client(one);
      case PRODUCER_MOVES, PRODUCER_KILLED -> "of session " + one;
    };
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "#%d %s: %s, for %.1f s", number, kind, where(), (until - at) / 1e3);
  }
}
