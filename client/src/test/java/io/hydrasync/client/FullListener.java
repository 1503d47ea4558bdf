package io.hydrasync.client;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A listener whose queue is full: the operating system does not answer at all. */
public final class FullListener implements Closeable {
  private static final int UNANSWERED_MS = 200;

  private final ServerSocket listener;
  private final List<Socket> filling = new ArrayList<>();

  public FullListener() throws IOException {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    while (fill()) {
      // one more
    }
  }

  private boolean fill() throws IOException {
    Socket next = new Socket();
    filling.add(next);
    try {
      next.connect(address(), UNANSWERED_MS);
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : filling) {
      socket.close();
    }
    listener.close();
  }
}
