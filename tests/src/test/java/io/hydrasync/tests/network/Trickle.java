package io.hydrasync.tests.network;

import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
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
import java.util.function.LongSupplier;

/**
 * A consumer's connection that takes the relay's bytes one by one. The first bytes, with which it
 * joins, pass at once, and all do after {@link #open()}.
 */
public final class Trickle implements Closeable {
  private static final int FREE_BYTES = 1024;
  private static final int BUFFER = 16 << 10;
  private static final int RECEIVE_BUFFER = 16 << 10;

  private final InetSocketAddress relay;
  private final LongSupplier allowance;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean open;
  private volatile long trickled;

  /**
   * A trickle.
   *
   * @param allowance how many bytes may have passed by now, beside the free ones
   */
  public Trickle(InetSocketAddress relay, LongSupplier allowance) throws IOException {
    this.relay = relay;
    this.allowance = allowance;
    listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    Fixture.async(this::accept);
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** No bounds any more. */
  public void open() {
    open = true;
  }

  /** How many bytes went one by one. */
  public long trickled() {
    return trickled;
  }

  private Void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      Socket server = new Socket();
      sockets.add(client);
      sockets.add(server);
      server.setReceiveBufferSize(RECEIVE_BUFFER);
      server.connect(relay);
      Fixture.async(() -> forward(client, server, false));
      Fixture.async(() -> forward(server, client, true));
    }
  }

  private Void forward(Socket from, Socket to, boolean slowly) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[BUFFER];
      long passed = 0;
      for (int n = read(in, buffer, slowly, passed); n >= 0; n = read(in, buffer, slowly, passed)) {
        out.write(buffer, 0, n);
        passed += n;
      }
      return null;
    }
  }

  private int read(InputStream in, byte[] buffer, boolean slowly, long passed) throws IOException {
    if (!slowly || open) {
      return in.read(buffer);
    }
    if (passed < FREE_BYTES) {
      return in.read(buffer, 0, (int) (FREE_BYTES - passed));
    }
    Await.until("a byte may pass", () -> open || trickled < allowance.getAsLong());
    trickled++;
    return in.read(buffer, 0, 1);
  }

  @Override
  public void close() throws IOException {
    open = true;
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
