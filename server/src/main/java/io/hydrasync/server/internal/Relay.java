package io.hydrasync.server.internal;

import io.hydrasync.server.internal.arrival.Admins;
import io.hydrasync.server.internal.arrival.Destinations;
import io.hydrasync.server.internal.arrival.HandshakeStage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.session.Sessions;
import io.netty.channel.Channel;

/** One relay: its sessions, its connections, its admins and its end. Thread-safe. */
public final class Relay {
  private final RelayServices services;
  private final Sessions sessions;
  private final Connections connections = new Connections();
  private final Admins admins;
  private final Destinations destinations;
  private final Drain drain = new Drain(this);

  public Relay(RelayServices services) {
    this.services = services;
    sessions = new Sessions(services);
    admins = new Admins(services.fatalErrors());
    destinations = new Destinations(sessions, connections, admins);
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

  /** The relay has stopped. */
  public void close() {
    admins.close();
    services.close();
  }
}
