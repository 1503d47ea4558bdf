package io.hydrasync.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.ChildJvm;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One file of known relays and all who use it at once: many clients of one process, and processes
 * of which some are killed and one is stopped in the middle of a change. Longer than 20 s where
 * {@code known.kills} is large.
 */
@Tag("any-jdk")
@Timeout(180)
class KnownRelaysIT {
  private static final int CLIENTS = 64;
  private static final int PRODUCERS = 40;
  private static final int KILLS = Integer.getInteger("known.kills", 4);
  private static final int PINS = 50;

  @TempDir private Path directory = Path.of("");

  /** Pins until it is killed, and says what has been pinned: {@code FILE PREFIX}. */
  static final class Pinning {
    private Pinning() {}

    public static void main(String[] args) {
      System.out.println(ChildJvm.READY);
      KnownRelays known = new KnownRelays(Path.of(args[0]));
      for (int i = 0; ; i++) {
        known.pin(args[1] + (i % PINS) + ":1", key(i % PINS));
        if (i >= PINS) {
          known.forget(args[1] + (i % PINS) + ":1");
        }
      }
    }
  }

  private static RelayKey key(int number) {
    byte[] bytes = new byte[RelayKey.LENGTH];
    bytes[0] = (byte) number;
    return RelayKey.of(bytes);
  }

  private interface Task {
    void run(int number) throws Exception;
  }

  private static void atOnce(int threads, Task task) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CountDownLatch start = new CountDownLatch(threads);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        all.add(
            pool.submit(
                () -> {
                  start.countDown();
                  start.await();
                  task.run(number);
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get(60, TimeUnit.SECONDS);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void manyClientsOfOneProcessConnectAtOnceUnderSeveralNamesOfTheFile() throws Exception {
    Path file = directory.resolve("known");
    Path link = directory.resolve("link");
    Files.createSymbolicLink(link, file);
    try (HydraServer one = HydraServer.bindDefault();
        HydraServer two = HydraServer.bindDefault()) {
      atOnce(
          CLIENTS,
          number -> {
            SessionSecrets session = SessionSecrets.generate();
            HydraServer relay = number % 2 == 0 ? one : two;
            HydraConsumer.builder(relay.address(), session)
                .knownRelays(number % 3 == 0 ? link : file)
                .connect()
                .close();
          });
      assertThat(new KnownRelays(link).all())
          .hasSize(2)
          .containsValues(one.relayKey(), two.relayKey());
    }
    assertThat(Files.isSymbolicLink(link)).isTrue();
  }

  /** The file is gone at the restart, so that all have to pin the relay's key again. */
  @Test
  void allProducersComeBackAfterARestartOfTheRelay() throws Exception {
    Path file = directory.resolve("known");
    Path keyFile = directory.resolve("key");
    List<HydraProducer> producers = new ArrayList<>();
    HydraServer relay = HydraServer.builder().keyFile(keyFile).bind();
    InetSocketAddress address = relay.address();
    try {
      for (int i = 0; i < PRODUCERS; i++) {
        producers.add(
            HydraProducer.builder(address, SessionSecrets.generate()).knownRelays(file).connect());
      }
      relay.close();
      Files.delete(file);
      relay = HydraServer.builder().keyFile(keyFile).address(address).bind();
      for (HydraProducer producer : producers) {
        producer.broadcast(new byte[10]);
        assertThat(producer.flush(Duration.ofSeconds(60))).isTrue();
      }
      assertThat(new KnownRelays(file).all()).containsValue(relay.relayKey());
    } finally {
      producers.forEach(HydraProducer::close);
      relay.close();
    }
  }

  @Test
  void processesThatAreKilledOrStoppedInTheMiddleHoldNobodyUpAndLoseNothing() throws Exception {
    Path file = directory.resolve("known");
    KnownRelays known = new KnownRelays(file);
    try (ChildJvm stopped = ChildJvm.start(Pinning.class, file.toString(), "stopped")) {
      stopped.awaitReady();
      Await.until("it writes", () -> known.all().size() > 3);
      for (int round = 0; round < KILLS; round++) {
        try (ChildJvm killed = ChildJvm.start(Pinning.class, file.toString(), "killed")) {
          killed.awaitReady();
          int number = round;
          Await.until("it writes", () -> known.find("killed" + number % PINS + ":1").isPresent());
        }
        known.pin("kept" + round + ":1", key(round));
        signal("STOP", stopped);
        atOnce(8, thread -> known.pin("thread" + thread + ":1", key(thread)));
        signal("CONT", stopped);
      }
    }
    for (int round = 0; round < KILLS; round++) {
      assertThat(known.find("kept" + round + ":1")).contains(key(round));
    }
    known.forget("kept0:1");
    assertThat(names()).containsExactlyInAnyOrder("known", "known.lock");
  }

  private static void signal(String name, ChildJvm process)
      throws IOException, InterruptedException {
    int code =
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    assertThat(code).isZero();
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(each -> each.getFileName().toString()).toList();
    }
  }
}
