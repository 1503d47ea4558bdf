package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.ProducerState;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.RelayProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two relays that share nothing but their key: clients that know both meet at the other one. About
 * 20 s, most of it processes that start and silence that has to last.
 */
@Tag("any-jdk")
@Timeout(120)
class SeveralRelaysIT {
  private static final int CONSUMERS = 3;
  private static final long MESSAGES = 20_000;
  private static final Duration BEAT = Duration.ofSeconds(1);

  @TempDir Path directory;

  private final SessionSecrets session = SessionSecrets.generate();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final BlockingQueue<ProducerState> states = new LinkedBlockingQueue<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T what) {
    open.add(0, what);
    return what;
  }

  private Path key() {
    return directory.resolve("relay.key");
  }

  /** A relay that can be killed, and where it is. */
  private record Killable(ChildJvm process, RelayAddress where) {
    void signal(String name) throws IOException, InterruptedException {
      Process kill =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
      assertThat(kill.waitFor()).isZero();
    }
  }

  private Killable killable() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    ChildJvm process =
        opened(ChildJvm.start(RelayProcess.class, Integer.toString(port), key().toString()));
    process.awaitReady();
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    return new Killable(process, new RelayAddress(host, port));
  }

  private HydraServer relay(Duration linger) {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return opened(HydraServer.builder().address(any).keyFile(key()).linger(linger).bind());
  }

  private static RelayAddress where(HydraServer relay) {
    return RelayAddress.of(relay.address());
  }

  private HydraConsumer consumer(RelayAddress... relays) {
    return opened(HydraConsumer.builder(List.of(relays), session).heartbeat(BEAT).connect());
  }

  private HydraProducer producer(RelayAddress... relays) {
    HydraProducer producer =
        HydraProducer.builder(List.of(relays), session)
            .heartbeat(BEAT)
            .onStateChange(states::add)
            .connect();
    opened(producer::abort);
    return producer;
  }

  private static byte[] message(long number) {
    return ByteBuffer.allocate(100).putLong(number).array();
  }

  /** Takes all messages up to the end; a gap, a repetition and what is out of order throw. */
  private static long takeAll(HydraConsumer consumer, AtomicLong taken) {
    long next = 0;
    for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
      assertThat(view.getLong()).isEqualTo(next++);
      taken.set(next);
    }
    return next;
  }

  @Test
  void whoLosesItsRelayMeetsTheOthersAtTheNextOne() throws Exception {
    Killable first = killable();
    Killable second = killable();
    List<AtomicLong> taken = new ArrayList<>();
    List<Future<Long>> all = new ArrayList<>();
    for (int i = 0; i < CONSUMERS; i++) {
      HydraConsumer consumer = consumer(first.where(), second.where());
      AtomicLong own = new AtomicLong();
      taken.add(own);
      all.add(Fixture.async(() -> takeAll(consumer, own)));
    }
    HydraProducer producer = producer(first.where(), second.where());
    for (long number = 0; number < MESSAGES; number++) {
      producer.broadcast(message(number));
      if (number == MESSAGES / 2) {
        Await.until("they are at it", () -> taken.stream().allMatch(own -> own.get() > 0));
        first.process().kill();
      }
    }
    producer.close();

    for (Future<Long> each : all) {
      assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo(MESSAGES);
    }
    assertThat(second.process().isAlive()).isTrue();
  }

  @Test
  @DisabledOnOs(
      value = OS.WINDOWS,
      disabledReason = "there are no signals to freeze a process with")
  void aRelayThatIsFrozenIsLeftWithinThreeBeats() throws Exception {
    Killable first = killable();
    Killable second = killable();
    HydraConsumer consumer = consumer(first.where(), second.where());
    HydraProducer producer = producer(first.where(), second.where());
    producer.broadcast(message(0));
    assertThat(consumer.receive()).isNotNull();
    Await.until("the relay has it", () -> producer.acknowledged() > 0);
    Future<ByteBuffer> next = Fixture.async(consumer::receive);

    first.signal("STOP");
    long began = System.nanoTime();
    try {
      assertThat(states.poll(30, TimeUnit.SECONDS)).isEqualTo(ProducerState.RECONNECTING);
      Duration noticed = Duration.ofNanos(System.nanoTime() - began);
      assertThat(noticed).isBetween(BEAT.multipliedBy(2), BEAT.multipliedBy(6));
      producer.broadcast(message(1));
      assertThat(next.get(30, TimeUnit.SECONDS).getLong()).isEqualTo(1);
    } finally {
      first.signal("CONT");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
  }

  @Test
  void aConsumerThatIsToldForLongThatTheProducerIsAwayFindsItAtTheOther() {
    Duration linger = Duration.ofSeconds(1);
    RelayAddress first = where(relay(linger));
    RelayAddress second = where(relay(linger));
    HydraProducer producer = producer(second);
    producer.broadcast(message(0));

    HydraConsumer consumer = consumer(first, second);

    assertThat(consumer.receive(Duration.ofSeconds(20)).getLong()).isZero();
  }

  @Test
  void consumersFollowAProducerThatOnlyItselfCannotReachTheRelayAnyMore() {
    Duration linger = Duration.ofSeconds(1);
    HydraServer first = relay(linger);
    RelayAddress second = where(relay(linger));
    RelayProxy network = opened(RelayProxy.to(first.address()));
    HydraConsumer consumer = consumer(where(first), second);
    HydraProducer producer = producer(RelayAddress.of(network.address()), second);
    producer.broadcast(message(0));
    assertThat(consumer.receive().getLong()).isZero();

    network.door(RelayProxy.Door.REFUSING);
    network.cut(Link.Cut.RST);
    for (long number = 1; number < 100; number++) {
      producer.broadcast(message(number));
    }
    for (long number = 1; number < 100; number++) {
      assertThat(consumer.receive(Duration.ofSeconds(20)).getLong()).isEqualTo(number);
    }
  }

  @Test
  void whatIsStaleAtARelayThatWasLeftIsNoEndForWhoComesBack() throws Exception {
    HydraServer first = relay(Duration.ofSeconds(30));
    RelayProxy toFirst = opened(RelayProxy.to(first.address()));
    HydraServer second = relay(Duration.ofSeconds(30));
    RelayAddress there = RelayAddress.of(toFirst.address());
    HydraConsumer consumer = consumer(there, where(second));
    HydraProducer producer = producer(there, where(second));
    producer.broadcast(message(0));
    assertThat(consumer.receive().getLong()).isZero();
    toFirst.door(RelayProxy.Door.REFUSING);
    toFirst.cut(Link.Cut.RST);
    producer.broadcast(message(1));
    assertThat(consumer.receive(Duration.ofSeconds(20)).getLong()).isEqualTo(1);

    toFirst.door(RelayProxy.Door.OPEN); // where the first epoch still is
    Future<ByteBuffer> next = Fixture.async(() -> consumer.receive(Duration.ofSeconds(30)));
    second.close();
    producer.broadcast(message(2));

    assertThat(next.get(40, TimeUnit.SECONDS).getLong()).isEqualTo(2);
  }
}
