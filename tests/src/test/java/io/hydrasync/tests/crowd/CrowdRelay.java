package io.hydrasync.tests.crowd;

import static com.sun.management.GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION;

import com.sun.management.GarbageCollectionNotificationInfo;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** A relay in a process of its own that says what it uses: the process, and the handle on it. */
final class CrowdRelay implements AutoCloseable {
  /** Enough for what the bounds allow, and no more. */
  private static final String HEAP = "-Xmx1g";

  /** As {@code hydra relay} starts its JVM. */
  private static final List<String> SERIAL =
      List.of(
          HEAP,
          "-XX:+UseSerialGC",
          "-XX:InitialRAMPercentage=0.01",
          "-XX:NewSize=4m",
          "-XX:NewRatio=15");

  private static final List<String> G1 = List.of(HEAP, "-XX:+UseG1GC");

  private static final int MAX_FRAME = 256 << 10;
  private static final Duration NO_PINGS = Duration.ofHours(1);
  private static final long SAMPLE_MS = 50;
  private static final Path STATUS = Path.of("/proc/self/status");

  private final ChildJvm process;
  private final int port;

  /**
   * What the relay uses, in bytes.
   *
   * @param heap used after a collection
   * @param direct buffers
   * @param mostDirect since the last question
   * @param log of this direct memory
   * @param spilled on disk
   * @param resident memory of the process
   * @param connections how many
   * @param pauses of collections that nobody has asked for, since the last question
   * @param longestPause of these, in milliseconds
   */
  record Use(
      long heap,
      long direct,
      long mostDirect,
      long log,
      long spilled,
      long resident,
      long connections,
      long pauses,
      long longestPause) {
    private static Use parse(String line) {
      long[] values = LongStream.of(split(line)).toArray();
      return new Use(
          values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7],
          values[8]);
    }

    private static long[] split(String line) {
      return List.of(line.split(" ")).stream().mapToLong(Long::parseLong).toArray();
    }

    private String format() {
      return LongStream.of(
              heap, direct, mostDirect, log, spilled, resident, connections, pauses, longestPause)
          .mapToObj(Long::toString)
          .collect(Collectors.joining(" "));
    }
  }

  private CrowdRelay(ChildJvm process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts a relay in a process of its own. */
  static CrowdRelay start(CrowdPlan plan) throws IOException {
    ChildJvm process =
        ChildJvm.start(
            plan.isG1() ? G1 : SERIAL,
            CrowdRelay.class,
            Long.toString(plan.capacity()),
            Integer.toString(plan.segment()),
            Long.toString(plan.quota()),
            Long.toString(plan.stallTimeout().toMillis()),
            Integer.toString(plan.sendBuffer()));
    process.awaitReady();
    return new CrowdRelay(process, Integer.parseInt(process.ask("port")));
  }

  int port() {
    return port;
  }

  /** Collects garbage there, and asks. */
  Use use() throws IOException {
    return Use.parse(process.ask("use"));
  }

  /** Ends the relay, which takes with it what it has spilled. */
  @Override
  public void close() throws IOException, InterruptedException {
    process.end();
  }

  // ---- the process ----

  /**
   * The process.
   *
   * @param args capacity, segment, spill quota, stall timeout in ms, send buffer or 0
   */
  public static void main(String[] args) throws IOException {
    HydraServer.Builder builder =
        HydraServer.builder()
            .address(new InetSocketAddress("0.0.0.0", 0))
            .maxConnections(Integer.MAX_VALUE)
            .maxJoining(Integer.MAX_VALUE)
            .idleTimeout(NO_PINGS)
            .maxFrame(MAX_FRAME)
            .retention(MAX_FRAME)
            .capacity(Long.parseLong(args[0]))
            .growLimit(2 * Long.parseLong(args[0]))
            .segmentSize(Integer.parseInt(args[1]))
            .spillQuota(Long.parseLong(args[2]))
            .stallTimeout(Duration.ofMillis(Long.parseLong(args[3])));
    if (Integer.parseInt(args[4]) > 0) {
      builder.sendBuffer(Integer.parseInt(args[4]));
    }
    AtomicLong mostDirect = new AtomicLong();
    Pauses pauses = new Pauses();
    ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor();
    sampler.scheduleAtFixedRate(
        () -> mostDirect.accumulateAndGet(IdleFootprint.direct(), Math::max),
        0,
        SAMPLE_MS,
        TimeUnit.MILLISECONDS);
    try (HydraServer relay = builder.bind()) {
      answer(relay, mostDirect, pauses);
    } finally {
      sampler.shutdownNow();
    }
  }

  private static void answer(HydraServer relay, AtomicLong mostDirect, Pauses pauses)
      throws IOException {
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println(ChildJvm.READY);
    for (String question = questions.readLine();
        question != null;
        question = questions.readLine()) {
      System.out.println(
          question.equals("port")
              ? Integer.toString(relay.address().getPort())
              : measure(relay, mostDirect, pauses).format());
    }
  }

  /** What the collections of the process stop it for. Thread-safe. */
  private static final class Pauses {
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong longest = new AtomicLong();

    private Pauses() {
      for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
        if (!collector.getName().contains("Concurrent")) { // that goes on beside
          ((NotificationEmitter) collector)
              .addNotificationListener((told, handback) -> add(told), null, null);
        }
      }
    }

    private void add(Notification told) {
      if (told.getType().equals(GARBAGE_COLLECTION_NOTIFICATION)) {
        var collection = GarbageCollectionNotificationInfo.from((CompositeData) told.getUserData());
        if (!collection.getGcCause().equals("System.gc()")) { // we have asked for these
          count.incrementAndGet();
          longest.accumulateAndGet(collection.getGcInfo().getDuration(), Math::max);
        }
      }
    }
  }

  private static Use measure(HydraServer relay, AtomicLong mostDirect, Pauses pauses) {
    System.gc();
    long direct = IdleFootprint.direct();
    return new Use(
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        direct,
        Math.max(direct, mostDirect.getAndSet(0)),
        relay.logMemoryBytes(),
        relay.spilledBytes(),
        resident(),
        relay.connections(),
        pauses.count.getAndSet(0),
        pauses.longest.getAndSet(0));
  }

  /** VmRSS, or 0 where the operating system does not say. */
  private static long resident() {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> line.toLowerCase(Locale.ROOT).replaceAll("[^0-9]", ""))
          .mapToLong(kibibytes -> Long.parseLong(kibibytes) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
