package io.hydrasync.tests.network;

import io.hydrasync.tests.support.Step;
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

/**
 * An address for a relay that dies and comes back as another one: passes connections on, cuts them,
 * and stops taking what clients send, so that they get stuck in their sockets. Changes no byte.
 */
public final class Gate implements Closeable {
  private static final int BUFFER = 32 << 10;

  /** Small: a client that writes gets stuck soon. */
  private static final int SOCKET_BUFFER = 64 << 10;

  private final ServerSocket listener = new ServerSocket();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile InetSocketAddress relay;
  private volatile boolean stalled;
  private volatile boolean closed;

  public Gate(InetSocketAddress relay) throws IOException {
    this.relay = relay;
    listener.setReceiveBufferSize(SOCKET_BUFFER);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
    Step.start("test-gate", this::accept);
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Another relay from the next connection on. */
  public void to(InetSocketAddress other) {
    relay = other;
  }

  /** Whether nothing is taken from clients. */
  public void stall(boolean value) {
    stalled = value;
  }

  /** Cuts all connections there are; what is in flight is lost. */
  public void cut() {
    for (Socket socket : sockets) {
      reset(socket);
    }
  }

  private void accept() throws IOException {
    while (!closed) {
      Socket client = listener.accept();
      Socket server = new Socket();
      try {
        server.connect(relay);
      } catch (IOException e) {
        reset(client); // the relay is away
        continue;
      }
      sockets.add(client);
      sockets.add(server);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      Step.start("test-gate", () -> forward(client, server, true));
      Step.start("test-gate", () -> forward(server, client, false));
    }
  }

  private void forward(Socket from, Socket to, boolean up) {
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        while (up && stalled && !from.isClosed()) {
          Thread.onSpinWait();
          Thread.yield();
        }
        out.write(buffer, 0, n);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      reset(from);
      reset(to);
    }
  }

  private void reset(Socket socket) {
    try {
      sockets.remove(socket);
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // closed already
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    listener.close();
    cut();
  }
}
