package io.hydrasync.testing;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * A bad network: cuts, delays, stalls and tears apart what passes through a {@link RelayProxy}, in
 * both directions, the handshake included. It changes no byte.
 *
 * <p>What happens to the n-th connection, and after how many bytes, follows from the seed alone;
 * which bytes those are depends on how the operating system schedules.
 *
 * <p>Thread-safe. Keeps no byte, and nothing of a connection that has ended.
 */
public final class NetworkFaults implements Passage.Factory {
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

  private static final int HANDSHAKE_BYTES = 600;
  private static final int MOST_SPLIT = 200;

  private final long seed;
  private final Pace pace;
  private final Fault[] kinds;
  private final AtomicIntegerArray counts = new AtomicIntegerArray(Fault.values().length);
  private volatile boolean calm;

  /**
   * How bad the network is.
   *
   * @param meanBytes between two faults of a direction, 1 or more
   * @param longestDelayMs of DELAY, 1 or more
   * @param longestStallMs of STALL, 1 or more
   */
  public record Pace(int meanBytes, int longestDelayMs, int longestStallMs) {
    /**
     * Refuses what is less than one.
     *
     * @param meanBytes between two faults of a direction, 1 or more
     * @param longestDelayMs of DELAY, 1 or more
     * @param longestStallMs of STALL, 1 or more
     */
    public Pace {
      if (meanBytes < 1 || longestDelayMs < 1 || longestStallMs < 1) {
        throw new IllegalArgumentException("bytes and times of a pace are 1 or more");
      }
    }
  }

  /**
   * A network in which some things happen.
   *
   * @param seed of everything that happens
   * @param pace how often, and for how long
   * @param kinds what can happen, each as often; none for everything
   */
  public NetworkFaults(long seed, Pace pace, Fault... kinds) {
    this.seed = seed;
    this.pace = Objects.requireNonNull(pace, "a pace");
    this.kinds = kinds.length == 0 ? Fault.values() : kinds.clone();
  }

  /** No more faults from now on; one that goes on comes to its end. */
  public void calm() {
    calm = true;
  }

  /**
   * How many faults there have been.
   *
   * @return of all kinds
   */
  public int faults() {
    return Arrays.stream(Fault.values()).mapToInt(this::faults).sum();
  }

  /**
   * How many faults of a kind there have been.
   *
   * @param kind which
   * @return since the start
   */
  public int faults(Fault kind) {
    return counts.get(kind.ordinal());
  }

  @Override
  public Passage open(Link link) {
    Random random = new Random(seed * 1_000_003 + link.connection());
    long up = random.nextLong();
    long down = random.nextLong();
    return new Faulty(new Random(link.direction() == Link.Direction.TO_RELAY ? up : down));
  }

  /** One direction of one connection. */
  private final class Faulty implements Passage {
    private final Random random;

    /** Bytes until the next fault. */
    private long left;

    Faulty(Random random) {
      this.random = random;
      // now and then in the handshake, which is short
      left = random.nextInt(4) == 0 ? random.nextInt(HANDSHAKE_BYTES) : distance();
    }

    private long distance() {
      return 1 + (long) (-pace.meanBytes * Math.log(1 - random.nextDouble()));
    }

    @Override
    public void pass(Link link, byte[] bytes, int length) throws IOException, InterruptedException {
      int at = 0;
      while (!calm && length - at > left) {
        link.write(bytes, at, (int) left);
        at += (int) left;
        at += happen(link, bytes, at, length);
        left = distance();
      }
      link.write(bytes, at, length - at);
      left -= length - at;
    }

    /** Lets something happen; returns how many of the bytes have been passed on by it. */
    private int happen(Link link, byte[] bytes, int at, int end)
        throws IOException, InterruptedException {
      Fault fault = kinds[random.nextInt(kinds.length)];
      int parameter = random.nextInt(1 << 16);
      switch (fault) {
        case FIN, RST -> {
          if (link.cut(fault == Fault.FIN ? Link.Cut.FIN : Link.Cut.RST)) {
            counts.incrementAndGet(fault.ordinal());
          }
          throw new IOException("cut");
        }
        case DELAY, STALL -> {
          counts.incrementAndGet(fault.ordinal());
          int longest = fault == Fault.DELAY ? pace.longestDelayMs : pace.longestStallMs;
          Thread.sleep(1 + parameter % longest);
          return 0;
        }
        case SPLIT -> {
          counts.incrementAndGet(fault.ordinal());
          int pieces = Math.min(1 + parameter % MOST_SPLIT, end - at);
          for (int i = 0; i < pieces; i++) {
            link.write(bytes, at + i, 1);
          }
          return pieces;
        }
      }
      throw new IllegalStateException("no such fault: " + fault);
    }
  }
}
