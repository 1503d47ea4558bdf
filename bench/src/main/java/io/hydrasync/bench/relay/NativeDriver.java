package io.hydrasync.bench.relay;

import io.hydrasync.bench.process.Child;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.StringTokenizer;

/**
 * The load driver in C, {@code load_driver.c}, which holds all sockets. What needs a protocol is
 * done here, through it; what is measured, there. A relay may close a connection that is idle, so
 * each measurement makes its own. Not thread-safe.
 */
public final class NativeDriver implements AutoCloseable {
  /** A rate: as fast as the relay takes it. */
  public static final double FULL_SPEED = 0;

  private static final double OFF = -1;
  private static final int RING_BYTES = 8 << 20; // under way at most
  private static final int LEAST_RING_BYTES = 256 << 10; // in each of many sessions
  private static final HexFormat HEX = HexFormat.of();

  private final Child process;
  private final List<List<Integer>> traffics = new ArrayList<>();
  private int pending; // answers that nobody waits for

  private NativeDriver(Child process) {
    this.process = process;
  }

  /**
   * Latencies of the messages of a run in nanoseconds, from when each was due. Immutable.
   *
   * @param sorted all of them; none for what is not sent at a rate
   */
  public record Latencies(long[] sorted) {
    /** Takes them in any order, and the array with them. */
    public static Latencies of(long[] values) {
      Arrays.sort(values);
      return new Latencies(values);
    }

    /**
     * The least one that so many of 1,000 do not exceed.
     *
     * @param permille 1 to 1,000; 500 is the median
     * @throws IllegalStateException if there are none
     */
    public long at(int permille) {
      if (sorted.length == 0) {
        throw new IllegalStateException("nothing was timed");
      }
      return sorted[(int) (((long) permille * sorted.length + 999) / 1000) - 1];
    }
  }

  /**
   * What happened to the sessions of a group.
   *
   * @param messages sent
   * @param delivered to all consumers together
   * @param first until the first consumer had a message
   * @param last until the last one had it
   */
  public record Group(long messages, long delivered, Latencies first, Latencies last) {}

  /**
   * A run.
   *
   * @param cpuNanos of the relay, user and system, all threads
   * @param nanos that it took, until everybody had everything
   * @param driverCpuNanos of the driver
   * @param driverWaitNanos in which the driver could have run but had no core
   * @param groups in the order in which they were made
   */
  public record Outcome(
      long cpuNanos, long nanos, long driverCpuNanos, long driverWaitNanos, List<Group> groups) {
    /** Messages that all consumers have received together. */
    public long delivered() {
      return groups.stream().mapToLong(Group::delivered).sum();
    }
  }

  /**
   * Starts the driver.
   *
   * @param program compiled from {@code load_driver.c}
   */
  public static NativeDriver start(Path program) throws IOException {
    return new NativeDriver(Child.program(null, List.of(program.toString())));
  }

  /**
   * Connects sessions with consumers each, the producers first. They send nothing until {@link
   * #rate} says how much.
   *
   * @param from the number of the first session
   * @return the group that they are
   */
  public int connect(Wire wire, int from, int sessions, int consumersEach, int messageBytes)
      throws IOException {
    int group = traffics.size();
    List<Integer> kinds = new ArrayList<>();
    int[] numbers = new int[sessions];
    for (int session = from; session < from + sessions; session++) {
      if (session == from || !wire.isAlikeInAllSessions()) {
        int ring = Math.max(LEAST_RING_BYTES, RING_BYTES / sessions);
        kinds.add(traffic(wire, session, messageBytes, ring));
      }
      Remote link = link(wire.address(session));
      wire.producer(link, session);
      numbers[session - from] =
          number("producer " + group + " " + kinds.get(kinds.size() - 1) + " " + link.index);
    }
    for (int session = from; session < from + sessions; session++) {
      for (int i = 0; i < consumersEach; i++) {
        Remote link = link(wire.consumerAddress(session));
        wire.consumer(link, session);
        say("consumer " + numbers[session - from] + " " + link.index);
      }
    }
    traffics.add(kinds);
    return group;
  }

  private int traffic(Wire wire, int session, int messageBytes, int ring) throws IOException {
    Traffic.Layout layout = wire.layout(session, messageBytes);
    ByteBuffer opening = wire.opening();
    byte[] first = new byte[opening.remaining()];
    opening.get(first);
    return number(
        String.format(
            Locale.ROOT,
            "traffic %d %d %d %d %s %s %s %s %s",
            ring,
            layout.bodyBytes(),
            layout.sentSeq(),
            layout.receivedSeq(),
            hex(layout.sentPrefix()),
            hex(layout.receivedPrefix()),
            hex(layout.suffix()),
            hex(first),
            hex(wire.interjection())));
  }

  /**
   * How much each session of a group sends in the runs that follow.
   *
   * @param perSecond messages, or {@link #FULL_SPEED}
   */
  public void rate(int group, double perSecond) throws IOException {
    ask(String.format(Locale.ROOT, "rate %d %f", group, perSecond));
  }

  /** A group sends nothing in the runs that follow, and is not looked at. */
  public void silence(int group) throws IOException {
    rate(group, OFF);
  }

  /** How long nothing may move before a run fails. */
  public void patience(long nanos) throws IOException {
    ask("patience " + nanos);
  }

  /** Makes it expect what was never sent, to see that it would notice. */
  public void damageExpected() throws IOException {
    for (List<Integer> kinds : traffics) {
      for (int traffic : kinds) {
        ask("damage " + traffic);
      }
    }
  }

  /** Nanoseconds of user and system time that a process has used, exact, with all its threads. */
  public long cpuNanos(long pid) throws IOException {
    return Long.parseLong(ask("cpu " + pid));
  }

  /**
   * Sends for a time and waits until every consumer has received all of it.
   *
   * @param pid the relay's process
   * @throws IOException if a byte is another than was sent, if one is missing, or too many
   */
  public Outcome run(long pid, long nanos) throws IOException {
    StringTokenizer values = new StringTokenizer(ask("run " + pid + " " + nanos));
    long cpu = next(values);
    long wall = next(values);
    long own = next(values);
    long waiting = next(values);
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < traffics.size(); i++) {
      groups.add(new Group(next(values), next(values), latencies(values), latencies(values)));
    }
    return new Outcome(cpu, wall, own, waiting, groups);
  }

  private static Latencies latencies(StringTokenizer values) {
    long[] all = new long[(int) next(values)];
    for (int i = 0; i < all.length; i++) {
      all[i] = next(values);
    }
    return Latencies.of(all);
  }

  private static long next(StringTokenizer values) {
    return Long.parseLong(values.nextToken());
  }

  private static String hex(byte[] bytes) {
    return bytes.length == 0 ? "-" : HEX.formatHex(bytes);
  }

  private int number(String request) throws IOException {
    return Integer.parseInt(ask(request));
  }

  /** Says what has nothing to answer but that it is done, which is looked at later. */
  private void say(String request) throws IOException {
    process.say(request);
    pending++;
  }

  private String ask(String request) throws IOException {
    process.say(request);
    for (; pending > 0; pending--) {
      answer();
    }
    return answer();
  }

  private String answer() throws IOException {
    String answer = process.line();
    if (!answer.startsWith("ok")) {
      throw new IOException(answer.replaceFirst("^error ", ""));
    }
    return answer.substring(2).strip();
  }

  private Remote link(InetSocketAddress address) throws IOException {
    String host = address.getAddress().getHostAddress();
    return new Remote(number("connect " + host + " " + address.getPort()));
  }

  /** Ends the driver, and with it all connections. */
  @Override
  public void close() {
    process.close();
  }

  /** A connection that the driver holds. */
  private final class Remote implements Link {
    private final int index;

    Remote(int index) {
      this.index = index;
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      say("write " + index + " " + hex(bytes));
    }

    @Override
    public byte[] read(int count) throws IOException {
      return HEX.parseHex(ask("read " + index + " " + count));
    }
  }
}
