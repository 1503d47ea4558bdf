package io.hydrasync.bench.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A relay of one session that does to the bytes what it is told. Who connects says by one byte what
 * it is, and gets one in answer. Each producer has a thread, which ends with the connection.
 */
final class LineRelay implements AutoCloseable {
  /** Passes everything on as it is. */
  static final Change FAITHFUL = index -> (value, at, out) -> out.write(value);

  private static final int PRODUCER = 'p';
  private static final int CONSUMER = 'c';
  private static final int CHUNK = 64 << 10;

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Change change;
  private final List<Filter> filters = new CopyOnWriteArrayList<>();
  private final List<Socket> consumers = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  /** What is done to the bytes for a consumer, the first of which has the index 0. */
  interface Change {
    Filter to(int index);
  }

  /** Takes one byte after the other and gives what a consumer is to get. */
  interface Filter {
    void take(int value, long at, ByteArrayOutputStream out);
  }

  LineRelay(Change change) throws IOException {
    this.change = change;
    start("accepts", this::accept);
  }

  static Change damaging(long place) {
    return index -> (value, at, out) -> out.write(at == place ? value ^ 1 : value);
  }

  static Change losing(long from, int count) {
    return index ->
        (value, at, out) -> {
          if (at < from || at >= from + count) {
            out.write(value);
          }
        };
  }

  static Change repeating(long from, int count) {
    return index -> {
      ByteArrayOutputStream again = new ByteArrayOutputStream();
      return (value, at, out) -> {
        out.write(value);
        if (at >= from && at < from + count) {
          again.write(value);
        }
        if (at == from + count - 1) {
          out.writeBytes(again.toByteArray());
        }
      };
    };
  }

  /** Holds each message back until the next one is whole, the last of all excepted. */
  static Change late(int messageBytes, int messages) {
    return index -> {
      ByteArrayOutputStream held = new ByteArrayOutputStream();
      return (value, at, out) -> {
        boolean isWhole = (at + 1) % messageBytes == 0;
        if (index == 0) {
          out.write(value);
          return;
        }
        held.write(value);
        if (isWhole) {
          byte[] bytes = held.toByteArray();
          int go = (at + 1) / messageBytes == messages ? bytes.length : bytes.length - messageBytes;
          out.write(bytes, 0, go);
          held.reset();
          held.write(bytes, go, bytes.length - go);
        }
      };
    };
  }

  /**
   * Speaks to it: a byte in front of each message, one behind, the sequence in front of the body.
   */
  Wire wire() {
    InetSocketAddress address = Brokers.loopback(listener.getLocalPort());
    return new Wire() {
      @Override
      public Traffic.Layout layout(int session, int messageBytes) {
        byte[] prefix = {'m'};
        return new Traffic.Layout(prefix, prefix, messageBytes - 2, new byte[] {'\n'}, 1, 1);
      }

      @Override
      public boolean isAlikeInAllSessions() {
        return true;
      }

      @Override
      public InetSocketAddress address(int session) {
        return address;
      }

      @Override
      public void producer(Link link, int session) throws IOException {
        link.write(new byte[] {PRODUCER});
        link.read(1);
      }

      @Override
      public void consumer(Link link, int session) throws IOException {
        link.write(new byte[] {CONSUMER});
        link.read(1);
      }
    };
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        open.add(socket);
        socket.setTcpNoDelay(true);
        if (socket.getInputStream().read() == CONSUMER) {
          filters.add(change.to(consumers.size()));
          consumers.add(socket);
        } else {
          start("relays", () -> relay(socket));
        }
        socket.getOutputStream().write(1);
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void relay(Socket producer) {
    byte[] chunk = new byte[CHUNK];
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long at = 0;
    try {
      InputStream in = producer.getInputStream();
      for (int n = in.read(chunk); n > 0; n = in.read(chunk)) {
        for (int c = 0; c < consumers.size(); c++) {
          out.reset();
          for (int i = 0; i < n; i++) {
            filters.get(c).take(chunk[i], at + i, out);
          }
          consumers.get(c).getOutputStream().write(out.toByteArray());
        }
        at += n;
      }
    } catch (IOException e) {
      // the driver has ended
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
