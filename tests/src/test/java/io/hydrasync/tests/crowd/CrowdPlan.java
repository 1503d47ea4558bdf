package io.hydrasync.tests.crowd;

import io.hydrasync.protocol.Overflow;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What {@link Crowd} is to do.
 *
 * @param consumers that read, and then stall one after another
 * @param witnesses consumers beside them that never stall, and check every message
 * @param policy of the session
 * @param rate of the producer, in bytes of messages per second
 * @param message bytes of one
 * @param step distance in bytes between the places where two consumers stall
 * @param capacity of the log, in bytes
 * @param segment of the log, in bytes
 * @param quota of what may be spilled, in bytes
 * @param measured how long each of the quiet phases is
 * @param stallTimeout of the relay
 * @param sendBuffer of the relay's sockets, in bytes; 0 = what the operating system likes
 * @param receiveBuffer of the sockets of those who stall, likewise
 * @param isG1 whether the relay's heap is collected by G1, and not by the serial collector
 */
record CrowdPlan(
    int consumers,
    int witnesses,
    Overflow policy,
    int rate,
    int message,
    int step,
    long capacity,
    int segment,
    long quota,
    Duration measured,
    Duration stallTimeout,
    int sendBuffer,
    int receiveBuffer,
    boolean isG1) {

  /** What a consumer that has stalled may cost the relay. */
  static final int BYTES_PER_CONSUMER = 64 << 10;

  /** The largest on a loopback interface. */
  private static final int TCP_SEGMENT = 64 << 10;

  /** What the options are when they are not given: the names are those of the command line. */
  private static Map<String, String> defaults() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("--witnesses", "8");
    values.put("--policy", "spill");
    values.put("--rate-kib", "32");
    values.put("--message", "1024");
    values.put("--step", "125"); // less than a frame, so that most stall within one
    values.put("--capacity-kib", "4096");
    values.put("--segment-kib", "256");
    values.put("--quota-mib", "256");
    values.put("--seconds", "10");
    values.put("--stall-timeout-ms", "1000");
    values.put("--send-buffer-kib", "16");
    values.put("--receive-buffer-kib", "32");
    values.put("--collector", "serial");
    return values;
  }

  /**
   * Reads a command line.
   *
   * @param args how many consumers, and options with their values
   */
  static CrowdPlan of(String... args) {
    Map<String, String> values = defaults();
    for (int i = 1; i < args.length; i += 2) {
      if (i + 1 == args.length || values.replace(args[i], args[i + 1]) == null) {
        throw new IllegalArgumentException("not an option and its value: " + args[i] + usage());
      }
    }
    return new CrowdPlan(
        args.length == 0 ? 10_000 : Integer.parseInt(args[0]),
        number(values, "--witnesses"),
        Overflow.valueOf(values.get("--policy").toUpperCase(Locale.ROOT)),
        number(values, "--rate-kib") << 10,
        number(values, "--message"),
        number(values, "--step"),
        (long) number(values, "--capacity-kib") << 10,
        number(values, "--segment-kib") << 10,
        (long) number(values, "--quota-mib") << 20,
        Duration.ofSeconds(number(values, "--seconds")),
        Duration.ofMillis(number(values, "--stall-timeout-ms")),
        number(values, "--send-buffer-kib") << 10,
        number(values, "--receive-buffer-kib") << 10,
        isG1(values.get("--collector")));
  }

  private static String usage() {
    return defaults().entrySet().stream()
        .map(option -> option.getKey() + " " + option.getValue())
        .collect(Collectors.joining(" ", "; there are, with their defaults: ", ""));
  }

  private static boolean isG1(String collector) {
    if (!List.of("serial", "g1").contains(collector)) {
      throw new IllegalArgumentException("no collector of this name: " + collector + usage());
    }
    return collector.equals("g1");
  }

  private static int number(Map<String, String> values, String name) {
    return Integer.parseInt(values.get(name));
  }

  /** Whether the producer, and with it everybody, waits for those who stall. */
  boolean isWaiting() {
    return policy == Overflow.BACKPRESSURE || policy == Overflow.GROW;
  }

  /** Whether the relay disconnects those who stall, sooner or later. */
  boolean isDisconnecting() {
    return policy != Overflow.SKIP && policy != Overflow.SPILL;
  }

  /** What the relay's heap may grow by and its direct memory be, together, in bytes. */
  long memoryBound() {
    long owed = capacity + (long) consumers * BYTES_PER_CONSUMER;
    return owed + owed / 10;
  }

  /**
   * What the operating system may hold in the sockets of those who stall, in bytes, or {@code
   * Long.MAX_VALUE} if that was left to it: Linux takes an option's value twice, and lets the
   * segment in with which that is exceeded.
   */
  long kernelBound() {
    return sendBuffer == 0 || receiveBuffer == 0
        ? Long.MAX_VALUE
        : consumers * (2L * (sendBuffer + receiveBuffer) + TCP_SEGMENT);
  }
}
