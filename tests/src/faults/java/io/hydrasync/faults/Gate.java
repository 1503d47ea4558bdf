package io.hydrasync.faults;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * TCP between clients and a relay: passes, stops, cuts, refuses, swallows, leads elsewhere. It
 * holds little, so that whoever sends on is soon stuck in the socket. Thread-safe.
 */
final class Gate implements Closeable {
  private static final int BUFFER = 64 << 10;

  /** What becomes of new connections. */
  enum Door {
    /** They lead to the relay. */
    OPEN,
    /** They are closed at once. */
    REFUSING,
    /** They stand, and nobody answers. */
    SILENT
  }

  private final ServerSocket listener = new ServerSocket();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final Object moved = new Object();
  private volatile InetSocketAddress target;
  private volatile Door door = Door.OPEN;
  private boolean held;

  Gate(InetSocketAddress target) throws IOException {
    this.target = target;
    listener.setReceiveBufferSize(BUFFER);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    start(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** How many connections have come. */
  int connections() {
    return connections.get();
  }

  void door(Door next) {
    door = next;
  }

  /** Where new connections lead. */
  void lead(InetSocketAddress next) {
    target = next;
  }

  /** Nothing passes any more, in either direction. */
  void hold() {
    synchronized (moved) {
      held = true;
    }
  }

  /** All passes again. */
  void release() {
    synchronized (moved) {
      held = false;
      moved.notifyAll();
    }
  }

  /** Ends all connections; what was held is lost. */
  void cut() {
    sockets.forEach(Gate::close);
    sockets.clear();
    release();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      connections.incrementAndGet();
      Door now = door;
      if (now == Door.REFUSING) {
        close(client);
        continue;
      }
      sockets.add(client);
      if (now == Door.OPEN) {
        Socket relay = new Socket();
        relay.setReceiveBufferSize(BUFFER);
        relay.connect(target);
        sockets.add(relay);
        start(() -> pump(client, relay));
        start(() -> pump(relay, client));
      }
    }
  }

  private void pump(Socket from, Socket to) throws IOException {
    InputStream in = from.getInputStream();
    OutputStream out = to.getOutputStream();
    byte[] buffer = new byte[BUFFER];
    while (true) {
      int count = in.read(buffer);
      awaitOpen();
      if (count < 0) {
        to.shutdownOutput();
        return;
      }
      out.write(buffer, 0, count);
    }
  }

  private void awaitOpen() {
    synchronized (moved) {
      while (held) {
        try {
          moved.wait();
        } catch (InterruptedException e) {
          return;
        }
      }
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it is closed
    }
  }

  private interface Io {
    void run() throws IOException;
  }

  private static void start(Io task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // an end of the connection has gone
              }
            },
            "gate");
    thread.setDaemon(true);
    thread.start();
  }
}
