package io.hydrasync.cluster.simulation;

import java.util.ArrayDeque;
import java.util.Deque;

/** A connection from a client, or from an edge, to a node. In order, and silent where it is cut. */
final class Conn {
  private static final long SILENCE_MS = 3_000;

  /** Who has made it. */
  interface Client {
    void received(Conn conn, Message message);

    void closed(Conn conn, boolean silent);

    /** For cuts: a machine's number, or a client's, from 100 on. */
    int place();

    /** What runs it: it may stand still or be gone. */
    Host host();

    /** Whether it counts heartbeats: before JOINED a client has other deadlines. */
    default boolean countsSilence() {
      return true;
    }
  }

  /** A process. */
  interface Host {
    boolean isUp();

    boolean isFrozen();

    /** Runs something in it, when it runs, in order. */
    void post(Runnable what);
  }

  final World world;
  final Client client;
  final SimNode server;
  private final int number;
  private final Way toServer = new Way(true);
  private final Way toClient = new Way(false);

  /** When the node has answered the handshake. */
  long greetedNanos;

  boolean clientOpen = true;
  boolean serverOpen = true;
  private long clientHeard;
  private long serverHeard;

  /** One direction. */
  private final class Way {
    final boolean up;
    final Deque<Held> held = new ArrayDeque<>();
    long last;

    /** On its way until then. */
    private record Held(long at, Runnable what) {}

    Way(boolean up) {
      this.up = up;
    }

    void send(Runnable what) {
      last = Math.max(last, world.time.nanoTime() + world.delay());
      held.add(new Held(last, what));
      world.time.at(last, this::deliver);
    }

    void deliver() {
      Host to = up ? server : client.host();
      while (!held.isEmpty() && held.peek().at() <= world.time.nanoTime() && !isCut()) {
        to.post(held.remove().what());
      }
    }
  }

  Conn(World world, Client client, SimNode server) {
    this.world = world;
    this.client = client;
    this.server = server;
    number = world.nextConn();
    clientHeard = world.time.nanoTime();
    serverHeard = clientHeard;
    world.conns.add(this);
    world.time.inMillis(1_000, this::look);
  }

  private boolean isCut() {
    return world.isCut(client.place(), server.machine);
  }

  /** Pings, without their bytes. */
  private void look() {
    if (!clientOpen && !serverOpen) {
      world.conns.remove(this);
      return;
    }
    long now = world.time.nanoTime();
    boolean flows = !isCut();
    Host from = client.host();
    if (flows && server.isUp() && !server.isFrozen() || !client.countsSilence()) {
      clientHeard = now;
    }
    if (flows && from.isUp() && !from.isFrozen()) {
      serverHeard = now;
    }
    if (clientOpen && !from.isUp()) {
      clientOpen = false;
    }
    if (serverOpen && !server.isUp()) {
      serverOpen = false;
    }
    if (clientOpen && !from.isFrozen() && now - clientHeard >= SILENCE_MS * 1_000_000) {
      clientCloses();
      client.closed(this, true);
    }
    if (serverOpen && !server.isFrozen() && now - serverHeard >= SILENCE_MS * 1_000_000) {
      serverCloses();
      server.connGone(this);
    }
    world.time.inMillis(1_000, this::look);
  }

  /** After a cut or a standstill. */
  void resume() {
    toServer.deliver();
    toClient.deliver();
  }

  /** A process has been killed: its kernel ends its connections. */
  void hostDied(Host host) {
    if (host == server && serverOpen) {
      serverCloses();
    }
    if (host == client.host() && clientOpen) {
      clientCloses();
    }
  }

  /** A reset, at both ends. */
  void breaks() {
    if (clientOpen) {
      clientOpen = false;
      client.host().post(() -> client.closed(this, false));
    }
    if (serverOpen) {
      serverOpen = false;
      server.post(() -> server.connGone(this));
    }
  }

  void toServer(Message message) {
    if (clientOpen) {
      toServer.send(
          () -> {
            if (serverOpen) {
              server.received(this, message);
            } else if (clientOpen) {
              toClient.send(this::clientEof);
            }
          });
    }
  }

  void toClient(Message message) {
    if (serverOpen) {
      toClient.send(
          () -> {
            if (clientOpen) {
              client.received(this, message);
            }
          });
    }
  }

  private void clientEof() {
    if (clientOpen) {
      clientOpen = false;
      client.closed(this, false);
    }
  }

  void clientCloses() {
    if (clientOpen) {
      clientOpen = false;
      toServer.send(
          () -> {
            if (serverOpen) {
              serverOpen = false;
              server.connGone(this);
            }
          });
    }
  }

  void serverCloses() {
    if (serverOpen) {
      serverOpen = false;
      toClient.send(this::clientEof);
    }
  }

  @Override
  public String toString() {
    return "c" + number;
  }
}
