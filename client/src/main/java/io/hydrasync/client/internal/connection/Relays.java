package io.hydrasync.client.internal.connection;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.check.Arguments;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * Where a client was told to connect. Immutable.
 *
 * @param addresses one at least, in the order in which they were given
 * @param resolved what the application has found itself for the first one
 */
public record Relays(List<RelayAddress> addresses, Optional<InetAddress> resolved) {
  public static Relays of(RelayAddress relay) {
    return new Relays(List.of(Arguments.given(relay, "a relay")), Optional.empty());
  }

  public static Relays of(List<RelayAddress> relays) {
    List<RelayAddress> all = List.copyOf(Arguments.allGiven(relays, "the relay's addresses"));
    if (all.isEmpty()) {
      throw new IllegalArgumentException("a relay has at least one address, not none");
    }
    return new Relays(all, Optional.empty());
  }

  /** The name is taken here and once: the application can give its object another one. */
  public static Relays of(InetSocketAddress relay) {
    Arguments.given(relay, "a relay");
    return new Relays(List.of(RelayAddress.of(relay)), Optional.ofNullable(relay.getAddress()));
  }

  public static Relays of(Ticket ticket) {
    return of(Arguments.given(ticket, "a ticket").addresses());
  }

  /** The name under which a relay is known, and told of: IPv6 without brackets. */
  public static String nameOf(RelayAddress relay) {
    return relay.host() + ":" + relay.port();
  }

  /** The one that is used. */
  RelayAddress first() {
    return addresses.get(0);
  }
}
