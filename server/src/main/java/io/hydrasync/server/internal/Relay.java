package io.hydrasync.server.internal;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.internal.admission.RelayIdentity;
import io.hydrasync.server.internal.arrival.Admins;
import io.hydrasync.server.internal.arrival.Destinations;
import io.hydrasync.server.internal.arrival.Door;
import io.hydrasync.server.internal.arrival.HandshakeStage;
import io.hydrasync.server.internal.arrival.Observers;
import io.hydrasync.server.internal.balance.Balancer;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.loop.LoopLoads;
import io.hydrasync.server.internal.node.Node;
import io.hydrasync.server.internal.services.Peers;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.session.Sessions;
import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One relay: its sessions, its connections, its admins and its end. Thread-safe. */
public final class Relay {
  private final RelayServices services;
  private final Sessions sessions;
  private final Connections connections = new Connections();
  private final Admins admins;
  private final LoopLoads loads = new LoopLoads();
  private final Destinations destinations;
  private final Destinations neighbours;
  private final Drain drain = new Drain(this);
  private final Optional<Node> node;
  private volatile @Nullable Balancer balancer;

  /** What clients have been told last of other nodes. By the node's thread. */
  private List<RelayAddress> told = List.of();

  /**
   * A relay.
   *
   * @param cluster how it is a node of one, if it is
   */
  public Relay(RelayServices services, Optional<ClusterOptions> cluster) {
    this.services = services;
    node = cluster.map(options -> new Node(options, services, connections));
    sessions = new Sessions(services, node, this::peersChanged);
    admins = new Admins(services.fatalErrors());
    destinations =
        new Destinations(
            sessions,
            connections,
            loads,
            admins,
            new Observers(),
            Door.CLIENTS,
            node.map(own -> own::linkPolicy));
    neighbours = destinations.ofLinks();
  }

  /** Which nodes there are may have changed: clients that are here are told if it has. */
  private void peersChanged() {
    List<RelayAddress> now = node.map(Node::peers).orElse(List.of());
    if (now.equals(told)) {
      return; // each time that the directory is read anew
    }
    told = now;
    services.peers(new Peers(now));
    connections
        .all()
        .forEach(connection -> connection.execute(() -> connection.stage().tellPeers()));
  }

  /** The relay has these keys from now on: clients that are here are told, and other nodes. */
  public void identity(RelayIdentity next) {
    services.identity(next);
    node.ifPresent(own -> own.relayKey(next.publicKey()));
    connections
        .all()
        .forEach(connection -> connection.execute(() -> connection.stage().tellKeys()));
  }

  public RelayServices services() {
    return services;
  }

  public Sessions sessions() {
    return sessions;
  }

  public Connections connections() {
    return connections;
  }

  public Admins admins() {
    return admins;
  }

  /** As which it is in a cluster, if it is. */
  public Optional<Node> node() {
    return node;
  }

  public Drain drain() {
    return drain;
  }

  /** A client has connected, or another node. */
  Connection newConnection(Channel channel, Door door) {
    boolean client = door == Door.CLIENTS;
    Destinations there = client ? destinations : neighbours;
    return new Connection(
        services,
        connections,
        channel,
        client
            ? services.admission().visitor(channel.remoteAddress())
            : services.admission().neighbour(channel.remoteAddress()),
        connection -> new HandshakeStage(connection, there));
  }

  /**
   * Sees to it from now on that connections are on loops that have time for them.
   *
   * @param loops of all connections
   */
  void balance(Iterable<EventExecutor> loops) {
    if (services.transports().connectionsMove()) {
      balancer = Balancer.start(loops, connections, loads, services.fatalErrors());
    }
  }

  /** Connections stay where they are from now on: the loops are about to end. */
  public void stopBalancing() {
    Balancer running = balancer;
    if (running != null) {
      running.close();
    }
  }

  /** The relay has stopped. */
  public void close() {
    stopBalancing();
    node.ifPresent(Node::close);
    admins.close();
    services.close();
  }
}
