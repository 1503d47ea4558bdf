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
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A network that stands still for a while: nothing passes, the end of a connection neither, and
 * whoever connects waits. To a relay its clients look like stopped processes.
 */
public final class FreezingProxy implements Closeable {
  /** What a network that stands still may hold: a system may let it grow to 32 MiB by itself. */
  private static final int RECEIVE_BUFFER = 256 << 10;

  private final InetSocketAddress relay;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition thawed = lock.newCondition();
  private boolean frozen;

  public FreezingProxy(InetSocketAddress relay) throws IOException {
    this.relay = relay;
    listener = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    Step.start("test-freezing-proxy", this::accept);
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  public void freeze() {
    set(true);
  }

  public void thaw() {
    set(false);
  }

  private void set(boolean still) {
    lock.lock();
    try {
      frozen = still;
      thawed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitThaw() {
    lock.lock();
    try {
      while (frozen) {
        thawed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      sockets.add(client);
      Step.start(
          "test-freezing-proxy",
          () -> {
            awaitThaw();
            Socket server = new Socket();
            sockets.add(server);
            server.setReceiveBufferSize(RECEIVE_BUFFER);
            server.connect(relay);
            Step.start("test-freezing-proxy", () -> forward(client, server));
            forward(server, client);
          });
    }
  }

  private void forward(Socket from, Socket to) throws IOException {
    byte[] buffer = new byte[64 << 10];
    InputStream in = from.getInputStream();
    OutputStream out = to.getOutputStream();
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        awaitThaw();
        out.write(buffer, 0, n);
      }
      awaitThaw();
      to.shutdownOutput();
    } catch (IOException e) {
      awaitThaw();
      from.close();
      to.close();
    }
  }

  @Override
  public void close() throws IOException {
    thaw();
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
