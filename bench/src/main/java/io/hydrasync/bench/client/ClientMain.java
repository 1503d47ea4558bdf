package io.hydrasync.bench.client;

import io.hydrasync.bench.relay.Brokers;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** One measurement with clients, in a JVM of its own, so that no peer runs in another's code. */
public final class ClientMain {
  private static final int LATENCY_RATE = 1_000;
  private static final int WARM_UP_SPEED = 20;
  private static final int STALL_RATE = 1_000;
  private static final long PATIENCE_MS = 40_000;

  private ClientMain() {}

  /**
   * Measures and prints one line.
   *
   * @param args what: {@code throughput}, {@code latency} or {@code stall}; peer; whether the
   *     application seals; relay's port; consumers; bytes; warm-up and measurement in ms
   * @throws Exception if anything fails, a wrong message included
   */
  public static void main(String[] args) throws Exception {
    String what = args[0];
    int consumers = Integer.parseInt(args[4]);
    int bytes = Integer.parseInt(args[5]);
    long warmUpMs = Long.parseLong(args[6]);
    long measureMs = Long.parseLong(args[7]);
    endAfter(warmUpMs + measureMs + PATIENCE_MS);
    Peer plain = peer(args[1], Integer.parseInt(args[3]), consumers, what.equals("throughput"));
    Peer peer = Boolean.parseBoolean(args[2]) ? new SealedPeer(plain) : plain;
    int stalled = what.equals("stall") && Boolean.getBoolean("bench.stalled") ? 1 : 0;
    ClientRun run = new ClientRun(peer, consumers, bytes, stalled);
    switch (what) {
      case "throughput" -> {
        ClientRun.Throughput result = run.throughput(warmUpMs, measureMs);
        System.out.printf(Locale.ROOT, "%f %f%n", result.perSecond(), result.cpuNanos());
      }
      case "latency" -> print(run.latency(LATENCY_RATE, WARM_UP_SPEED, warmUpMs, measureMs, false));
      case "stall" -> print(run.latency(STALL_RATE, 1, warmUpMs, measureMs, true));
      default -> throw new IllegalArgumentException(what);
    }
    System.exit(0); // whatever threads a client still has
  }

  /** A peer that hangs must not hold the whole run up. */
  private static void endAfter(long millis) {
    Thread watch =
        new Thread(
            () -> {
              try {
                Thread.sleep(millis);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              System.err.println("took too long");
              Runtime.getRuntime().halt(1);
            });
    watch.setDaemon(true);
    watch.start();
  }

  private static void print(Histogram histogram) {
    System.out.printf(
        Locale.ROOT,
        "%f %f %f %f%n",
        histogram.getValueAtPercentile(50) / 1e3,
        histogram.getValueAtPercentile(99) / 1e3,
        histogram.getValueAtPercentile(99.9) / 1e3,
        histogram.getMaxValue() / 1e3);
  }

  private static Peer peer(String name, int port, int consumers, boolean throughput)
      throws Exception {
    return switch (name) {
      case "hydra" -> new HydraPeer(Brokers.loopback(port), consumers, throughput);
      case "hydra-broadcast" -> new HydraPeer(Brokers.loopback(port), consumers, false);
      case "nats" -> new NatsPeer(Brokers.loopback(port), consumers);
      case "redis" -> new RedisPeer(Brokers.loopback(port), consumers, throughput);
      case "zeromq" -> new ZeroPeer(consumers);
      case "aeron" -> new AeronPeer(consumers);
      default -> throw new IllegalArgumentException(name);
    };
  }
}
