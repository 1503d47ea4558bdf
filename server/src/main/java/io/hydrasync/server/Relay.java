package io.hydrasync.server;

import io.netty.channel.Channel;

/** One relay: its sessions, its connections, its admins and its end. Thread-safe. */
final class Relay {
  private final RelayServices services;
  private final Sessions sessions;
  private final Connections connections = new Connections();
  private final Admins admins;
  private final Destinations destinations;
  private final Drain drain = new Drain(this);

  Relay(RelayServices services) {
    this.services = services;
    sessions = new Sessions(services);
    admins = new Admins(services.fatalErrors());
    destinations = new Destinations(sessions, connections, admins);
  }

  RelayServices services() {
    return services;
  }

  Sessions sessions() {
    return sessions;
  }

  Connections connections() {
    return connections;
  }

  Admins admins() {
    return admins;
  }

  Drain drain() {
    return drain;
  }

  /** A client has connected. */
  Connection newConnection(Channel channel) {
    return new Connection(
        services, connections, channel, connection -> new HandshakeStage(connection, destinations));
  }

  /** The relay has stopped. */
  void close() {
    admins.close();
    services.close();
  }
}
