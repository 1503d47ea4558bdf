package io.hydrasync.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Stands between the demo's clients and its relay, and looks at all that passes: how much it is,
 * and whether the text of the messages can be read in it. Daemon threads only. Thread-safe.
 */
final class WireTap implements AutoCloseable {
  private static final int BUFFER = 64 << 10;

  private final InetSocketAddress relay;
  private final byte[] text;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final LongAdder toRelay = new LongAdder();
  private final LongAdder fromRelay = new LongAdder();
  private final LongAdder found = new LongAdder();

  /**
   * A tap, running.
   *
   * @param relay where to connect through to
   * @param text what to look for
   */
  WireTap(InetSocketAddress relay, byte[] text) throws IOException {
    this.relay = relay;
    this.text = text;
    listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    start("demo-tap", this::accept);
  }

  /** Where clients connect. */
  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Bytes that the relay has been sent. */
  long bytesToRelay() {
    return toRelay.sum();
  }

  /** Bytes that the relay has sent. */
  long bytesFromRelay() {
    return fromRelay.sum();
  }

  /** How often the text has occurred. */
  long textFound() {
    return found.sum();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      Socket onward = new Socket();
      sockets.add(client);
      sockets.add(onward);
      onward.connect(relay);
      client.setTcpNoDelay(true);
      onward.setTcpNoDelay(true);
      start("demo-tap-in", () -> copy(client, onward, toRelay));
      start("demo-tap-out", () -> copy(onward, client, fromRelay));
    }
  }

  private void copy(Socket from, Socket to, LongAdder counter) throws IOException {
    InputStream in = from.getInputStream();
    OutputStream out = to.getOutputStream();
    int overlap = text.length - 1; // an occurrence may straddle two reads
    byte[] buffer = new byte[overlap + BUFFER];
    int kept = 0;
    for (int n = in.read(buffer, 0, BUFFER); n >= 0; n = in.read(buffer, kept, BUFFER)) {
      counter.add(n);
      out.write(buffer, kept, n);
      int end = kept + n;
      found.add(occurrences(buffer, end));
      kept = Math.min(overlap, end);
      System.arraycopy(buffer, end - kept, buffer, 0, kept);
    }
    to.shutdownOutput();
  }

  private int occurrences(byte[] buffer, int end) {
    int count = 0;
    for (int i = 0; i <= end - text.length; i++) {
      if (buffer[i] == text[0] && startsWith(buffer, i)) {
        count++;
      }
    }
    return count;
  }

  private boolean startsWith(byte[] buffer, int at) {
    for (int i = 1; i < text.length; i++) {
      if (buffer[at + i] != text[i]) {
        return false;
      }
    }
    return true;
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void start(String name, Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // one end has gone; the other will notice, or this tap is closed
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
