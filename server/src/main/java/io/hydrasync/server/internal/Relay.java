package io.hydrasync.server.internal;

import io.hydrasync.server.internal.arrival.Admins;
import io.hydrasync.server.internal.arrival.Destinations;
import io.hydrasync.server.internal.arrival.HandshakeStage;
import io.hydrasync.server.internal.balance.Balancer;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.loop.LoopLoads;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.session.Sessions;
import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/** One relay: its sessions, its connections, its admins and its end. Thread-safe. */
public final class Relay {
  private final RelayServices services;
  private final Sessions sessions;
  private final Connections connections = new Connections();
  private final Admins admins;
  private final LoopLoads loads = new LoopLoads();
  private final Destinations destinations;
  private final Drain drain = new Drain(this);
  private volatile @Nullable Balancer balancer;

  public Relay(RelayServices services) {
    this.services = services;
    sessions = new Sessions(services);
    admins = new Admins(services.fatalErrors());
    destinations = new Destinations(sessions, connections, loads, admins);
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

  public Drain drain() {
    return drain;
  }

  /** A client has connected. */
  Connection newConnection(Channel channel) {
    return new Connection(
        services, connections, channel, connection -> new HandshakeStage(connection, destinations));
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
    admins.close();
    services.close();
  }
}
