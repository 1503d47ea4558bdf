package io.hydrasync.server.internal.services;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.wire.control.PeersMessage;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * Which relays clients are told of: the nodes of a cluster, this one first. An address that means
 * something on one machine, or on one network, only is told to those alone who came that way.
 * Immutable.
 */
public final class Peers {
  /** Of a relay alone. */
  public static final Peers NONE = new Peers(List.of());

  private final Optional<PeersMessage> everybody;
  private final Optional<PeersMessage> neighbours;
  private final Optional<PeersMessage> sameMachine;

  /** Peers with these addresses. */
  public Peers(List<RelayAddress> addresses) {
    sameMachine = message(addresses);
    neighbours = message(addresses.stream().filter(address -> !isLoopback(address)).toList());
    everybody =
        message(
            addresses.stream()
                .filter(address -> !isLoopback(address) && !isLinkLocal(address))
                .toList());
  }

  private static Optional<PeersMessage> message(List<RelayAddress> addresses) {
    return addresses.isEmpty() ? Optional.empty() : Optional.of(new PeersMessage(addresses));
  }

  private static boolean isLoopback(RelayAddress address) {
    InetAddress literal = NetUtil.createInetAddressFromIpAddressString(address.host());
    return literal == null
        ? address.host().equalsIgnoreCase("localhost")
        : literal.isLoopbackAddress();
  }

  private static boolean isLinkLocal(RelayAddress address) {
    InetAddress literal = NetUtil.createInetAddressFromIpAddressString(address.host());
    return literal != null && literal.isLinkLocalAddress();
  }

  /**
   * What a client is told.
   *
   * @param client from where it came
   * @return empty if nothing
   */
  public Optional<PeersMessage> to(SocketAddress client) {
    InetAddress from = client instanceof InetSocketAddress known ? known.getAddress() : null;
    if (from == null) {
      return everybody;
    }
    if (from.isLoopbackAddress()) {
      return sameMachine;
    }
    return from.isLinkLocalAddress() ? neighbours : everybody;
  }
}
