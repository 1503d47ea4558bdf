package io.hydrasync.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * TCP between clients and a relay, on the loopback interface: passes connections on, holds them,
 * cuts them, refuses them, leads them to another relay; and lets a {@link Passage} do what it likes
 * with the bytes. Knows nothing of what they mean.
 *
 * <p>Thread-safe. Accepts from its construction until {@link #close()}. A connection takes two
 * daemon threads and a buffer of 32 KiB for each direction, whatever passes; beside that the
 * operating system holds what {@link Builder#socketBuffer(int)} allows.
 */
public final class RelayProxy implements AutoCloseable {
  /** What becomes of new connections. */
  public enum Door {
    /** They lead to the relay. */
    OPEN,
    /** They are closed at once. */
    REFUSING,
    /** They stand, and nobody answers. */
    SILENT
  }

  private static final int BUFFER = 32 << 10;
  private static final int BACKLOG = 256;

  private final Passage.Factory passages;
  private final int socketBuffer;
  private final ServerSocket listener = new ServerSocket();
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicLong toRelay = new AtomicLong();
  private final AtomicLong toClients = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final Set<Link.Direction> held = EnumSet.noneOf(Link.Direction.class); // under the lock
  private volatile InetSocketAddress relay;
  private volatile Door door = Door.OPEN;
  private volatile boolean closed;

  private RelayProxy(Builder builder) throws IOException {
    relay = builder.relay;
    passages = builder.passages;
    socketBuffer = builder.socketBuffer;
    if (socketBuffer > 0) {
      listener.setReceiveBufferSize(socketBuffer); // accepted sockets inherit it
    }
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    start(this::accept);
  }

  /**
   * A proxy that passes everything on.
   *
   * @param relay where connections lead
   * @return running
   * @throws UncheckedIOException if there is no port for it
   */
  public static RelayProxy to(InetSocketAddress relay) {
    return builder(relay).start();
  }

  /**
   * Options of a proxy.
   *
   * @param relay where connections lead
   * @return with which all bytes are passed on as they come
   */
  public static Builder builder(InetSocketAddress relay) {
    return new Builder(relay);
  }

  /** Options of a proxy. Not thread-safe; may be used for one proxy after another. */
  public static final class Builder {
    private final InetSocketAddress relay;
    private Passage.Factory passages = link -> Passage.UNCHANGED;
    private int socketBuffer;

    private Builder(InetSocketAddress relay) {
      this.relay = Objects.requireNonNull(relay, "a relay's address");
    }

    /**
     * What happens to bytes.
     *
     * @param factory asked for each direction of each connection
     * @return this
     */
    public Builder passages(Passage.Factory factory) {
      passages = Objects.requireNonNull(factory, "passages");
      return this;
    }

    /**
     * How much the operating system may hold in each of the proxy's sockets, so that whoever sends
     * gets stuck soon when nothing passes. Default: the system's choice, which may grow to 32 MiB.
     *
     * @param bytes 1 or more; Linux doubles it, and raises what is very small
     * @return this
     */
    public Builder socketBuffer(int bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException("a socket's buffer has at least one byte: " + bytes);
      }
      socketBuffer = bytes;
      return this;
    }

    /**
     * Begins to accept.
     *
     * @return running
     * @throws UncheckedIOException if there is no port for it
     */
    public RelayProxy start() {
      try {
        return new RelayProxy(this);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Where clients connect.
   *
   * @return on the loopback interface
   */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /**
   * How many connections have come, those that were refused included.
   *
   * @return since the start
   */
  public int connections() {
    return accepted.get();
  }

  /**
   * How many bytes have come from those who send in a direction, changed or not.
   *
   * @param direction where they go
   * @return since the start, of all connections
   */
  public long bytes(Link.Direction direction) {
    return counter(direction).get();
  }

  private AtomicLong counter(Link.Direction direction) {
    return direction == Link.Direction.TO_RELAY ? toRelay : toClients;
  }

  /**
   * Leads new connections to another relay. Those that are there stay.
   *
   * @param next its address
   */
  public void lead(InetSocketAddress next) {
    relay = Objects.requireNonNull(next, "a relay's address");
  }

  /**
   * What becomes of new connections from now on. Those that are there stay.
   *
   * @param next open at the start
   */
  public void door(Door next) {
    door = Objects.requireNonNull(next, "a door");
  }

  /**
   * Nothing passes any more, the end of a connection neither, and new connections wait: to a relay
   * its clients look like stopped processes.
   */
  public void hold() {
    set(EnumSet.allOf(Link.Direction.class));
  }

  /**
   * Nothing passes any more in one direction; the other one is not held.
   *
   * @param direction where its bytes go
   */
  public void hold(Link.Direction direction) {
    set(EnumSet.of(direction));
  }

  /** Everything passes again, beginning with what was held. */
  public void release() {
    set(EnumSet.noneOf(Link.Direction.class));
  }

  private void set(Set<Link.Direction> directions) {
    lock.lock();
    try {
      held.clear();
      held.addAll(directions);
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitRelease(Set<Link.Direction> directions, Connection connection) {
    lock.lock();
    try {
      while (held.containsAll(directions) && !connection.cut.get()) {
        moved.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends all connections that are there. What is held or in flight is lost.
   *
   * @param how what both ends see
   */
  public void cut(Link.Cut how) {
    connections.forEach(connection -> connection.cut(how));
  }

  /** Ends everything: no connection is accepted any more, and those that are there are reset. */
  @Override
  public void close() {
    closed = true;
    closeQuietly(listener);
    cut(Link.Cut.RST);
    release();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      int number = accepted.getAndIncrement();
      Door now = door;
      if (now == Door.REFUSING) {
        closeQuietly(client);
        continue;
      }
      Connection connection = new Connection(number, client);
      connections.add(connection);
      if (closed) {
        connection.cut(Link.Cut.RST); // close() may not have seen it
      } else if (now == Door.OPEN) {
        start(connection::lead);
      }
    }
  }

  /** A client's connection and the one that it leads to. */
  private final class Connection {
    private final int number;
    private final Socket client;
    private final Socket server = new Socket();
    private final AtomicBoolean cut = new AtomicBoolean();
    private final AtomicInteger ended = new AtomicInteger();

    Connection(int number, Socket client) {
      this.number = number;
      this.client = client;
    }

    /** Connects to the relay, and goes on as the thread of one direction. */
    void lead() {
      awaitRelease(EnumSet.allOf(Link.Direction.class), this);
      try {
        if (socketBuffer > 0) {
          server.setReceiveBufferSize(socketBuffer);
          client.setSendBufferSize(socketBuffer);
        }
        server.connect(relay);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
      } catch (IOException e) {
        cut(Link.Cut.RST); // the relay is away
        return;
      }
      Flow up = new Flow(this, Link.Direction.TO_RELAY, client, server);
      Flow down = new Flow(this, Link.Direction.TO_CLIENT, server, client);
      start(up::run);
      down.run();
    }

    boolean cut(Link.Cut how) {
      if (!cut.compareAndSet(false, true)) {
        return false;
      }
      connections.remove(this);
      end(client, how);
      end(server, how);
      lock.lock();
      try {
        moved.signalAll(); // whoever is held finds out that it has ended
      } finally {
        lock.unlock();
      }
      return true;
    }

    /** One direction has come to its end; behind the second nothing is left to do. */
    void ended() {
      if (ended.incrementAndGet() == Link.Direction.values().length) {
        cut(Link.Cut.FIN);
      }
    }
  }

  /** One direction of a connection. */
  private final class Flow implements Link {
    private final Connection connection;
    private final Direction direction;
    private final Socket from;
    private final Socket to;

    Flow(Connection connection, Direction direction, Socket from, Socket to) {
      this.connection = connection;
      this.direction = direction;
      this.from = from;
      this.to = to;
    }

    void run() {
      try {
        pump();
        to.shutdownOutput();
        connection.ended();
      } catch (IOException e) {
        cut(Cut.RST); // one of the ends has gone, and the other one has to know
      } catch (InterruptedException e) {
        cut(Cut.RST);
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error e) { // of a passage: no end may wait for ever
        cut(Cut.RST);
        throw e;
      }
    }

    private void pump() throws IOException, InterruptedException {
      Passage passage = passages.open(this);
      InputStream in = from.getInputStream();
      byte[] buffer = new byte[BUFFER];
      while (true) {
        int length = in.read(buffer, 0, Math.min(BUFFER, Math.max(1, passage.most())));
        awaitRelease(EnumSet.of(direction), connection);
        if (length < 0) {
          passage.end(this);
          return;
        }
        counter(direction).addAndGet(length);
        passage.pass(this, buffer, length);
      }
    }

    @Override
    public int connection() {
      return connection.number;
    }

    @Override
    public InetSocketAddress client() {
      return (InetSocketAddress) connection.client.getRemoteSocketAddress();
    }

    @Override
    public Direction direction() {
      return direction;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      to.getOutputStream().write(bytes, offset, length);
    }

    @Override
    public boolean cut(Cut how) {
      return connection.cut(how);
    }

    @Override
    public boolean isCut() {
      return connection.cut.get();
    }
  }

  private static void end(Socket socket, Link.Cut how) {
    try {
      if (how == Link.Cut.RST) {
        socket.setSoLinger(true, 0);
      }
    } catch (IOException e) {
      // it is closed, or was never connected
    }
    closeQuietly(socket);
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      // it is closed
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void start(Step step) {
    Thread thread =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (IOException e) {
                // the proxy is closed
              }
            },
            "hydra-testing-proxy");
    thread.setDaemon(true);
    thread.start();
  }
}
