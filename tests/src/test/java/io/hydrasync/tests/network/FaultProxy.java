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
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * A bad network between clients and the relay: cuts, delays, stalls and tears apart what passes
 * through, in both directions, the handshake included. It changes no byte.
 *
 * <p>What happens to the n-th connection, and after how many bytes, follows from the seed alone;
 * which bytes those are depends on how the operating system schedules.
 */
public final class FaultProxy implements Closeable {
  /** What can happen. */
  public enum Fault {
    /** Both directions end with a FIN. */
    FIN,
    /** Both directions end with a RST, so that what is in flight is lost. */
    RST,
    /** One direction pauses for some milliseconds. */
    DELAY,
    /** One direction pauses for longer. */
    STALL,
    /** Some bytes go one by one. */
    SPLIT
  }

  private static final int BUFFER = 32 << 10;
  private static final int HANDSHAKE_BYTES = 600;

  /** What this network holds by itself, beside what the ends' own sockets do. */
  private static final int SOCKET_BUFFER = 256 << 10;

  private final InetSocketAddress relay;
  private final long seed;
  private final Pace pace;
  private final Fault[] kinds;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicIntegerArray counts = new AtomicIntegerArray(Fault.values().length);
  private volatile boolean calm;
  private int connections;

  /**
   * How bad the network is.
   *
   * @param meanBytes between two faults of a direction
   * @param longestDelayMs of DELAY
   * @param longestStallMs of STALL
   */
  public record Pace(int meanBytes, int longestDelayMs, int longestStallMs) {}

  /** A network in which everything happens. */
  FaultProxy(InetSocketAddress relay, long seed, Pace pace) throws IOException {
    this(relay, seed, pace, Fault.values());
  }

  /** A network in which only these things happen. */
  public FaultProxy(InetSocketAddress relay, long seed, Pace pace, Fault... kinds)
      throws IOException {
    this.relay = relay;
    this.seed = seed;
    this.pace = pace;
    this.kinds = kinds;
    listener = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    Step.start("test-fault-proxy", this::accept);
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** No more faults from now on. */
  public void calm() {
    calm = true;
  }

  /** How many faults there have been. */
  public int faults() {
    return Arrays.stream(Fault.values()).mapToInt(this::faults).sum();
  }

  /** How many of a kind. */
  public int faults(Fault kind) {
    return counts.get(kind.ordinal());
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      sockets.add(client);
      Random random = new Random(seed * 1_000_003 + connections++);
      Socket server = new Socket();
      try {
        server.setReceiveBufferSize(SOCKET_BUFFER);
        server.connect(relay);
      } catch (IOException e) {
        client.close(); // the relay is away
        continue;
      }
      sockets.add(server);
      client.setSendBufferSize(SOCKET_BUFFER);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      Pair pair = new Pair(client, server);
      Random up = new Random(random.nextLong());
      Random down = new Random(random.nextLong());
      Step.start("test-fault-proxy", () -> forward(pair, client, server, up));
      Step.start("test-fault-proxy", () -> forward(pair, server, client, down));
    }
  }

  /** A connection through the proxy. */
  private final class Pair {
    private final Socket client;
    private final Socket server;
    private final AtomicBoolean cut = new AtomicBoolean();

    Pair(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    /** Ends both directions; false if that has happened already. */
    boolean cut(boolean reset) {
      if (!cut.compareAndSet(false, true)) {
        return false;
      }
      close(client, reset);
      close(server, reset);
      sockets.remove(client);
      sockets.remove(server);
      return true;
    }

    private void close(Socket socket, boolean reset) {
      try {
        if (reset) {
          socket.setSoLinger(true, 0);
        }
        socket.close();
      } catch (IOException e) {
        // closed already
      }
    }
  }

  private void forward(Pair pair, Socket from, Socket to, Random random) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      // now and then in the handshake, which is short
      long left = random.nextInt(4) == 0 ? random.nextInt(HANDSHAKE_BYTES) : distance(random);
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        int at = 0;
        while (!calm && n - at > left) {
          out.write(buffer, at, (int) left);
          at += (int) left;
          at += happen(pair, random, out, buffer, at, n);
          left = distance(random);
        }
        out.write(buffer, at, n - at);
        left -= n - at;
      }
      to.shutdownOutput();
    } catch (IOException e) {
      pair.cut(true);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private long distance(Random random) {
    return 1 + (long) (-pace.meanBytes * Math.log(1 - random.nextDouble()));
  }

  /** Lets something happen; returns how many of the bytes have been forwarded by it. */
  private int happen(Pair pair, Random random, OutputStream out, byte[] bytes, int at, int end)
      throws IOException, InterruptedException {
    Fault fault = kinds[random.nextInt(kinds.length)];
    int parameter = random.nextInt(1 << 16);
    if (fault == Fault.FIN || fault == Fault.RST) {
      if (pair.cut(fault == Fault.RST)) {
        counts.incrementAndGet(fault.ordinal());
      }
      throw new IOException("cut");
    }
    counts.incrementAndGet(fault.ordinal());
    if (fault != Fault.SPLIT) {
      int longest = fault == Fault.DELAY ? pace.longestDelayMs : pace.longestStallMs;
      Thread.sleep(1 + parameter % longest);
      return 0;
    }
    int pieces = Math.min(1 + parameter % 200, end - at);
    for (int i = 0; i < pieces; i++) {
      out.write(bytes, at + i, 1);
    }
    return pieces;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
