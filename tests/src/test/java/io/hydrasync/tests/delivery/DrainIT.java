package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.Attacker;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A bound is a bound, whatever clients do. */
@Tag("any-jdk")
class DrainIT {
  private static final Duration DELAY = Duration.ofMillis(100);
  private static final Duration BOUND = Duration.ofSeconds(1);

  /** What is allowed beyond it: 100 ms to cut, and a machine that is busy with other things. */
  private static final Duration MORE = Duration.ofMillis(1_500);

  private static final long STREAM = 1_735_689_600_000L;

  private final List<Closeable> clients = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (Closeable client : clients) {
      client.close();
    }
  }

  private RawPeer join(HydraServer relay, SessionId session, RawPeer.Join join, int buffer)
      throws Exception {
    RawPeer peer = new RawPeer(relay.address(), session, Optional.empty(), join, buffer);
    clients.add(peer);
    return peer;
  }

  private static Duration drained(HydraServer relay) throws Exception {
    long began = System.nanoTime();
    CompletableFuture<Boolean> done = relay.drain(DELAY, BOUND);
    boolean orderly = done.get(30, TimeUnit.SECONDS);
    assertThat(orderly).as("somebody was cut off").isFalse();
    return Duration.ofNanos(System.nanoTime() - began);
  }

  @Test
  void aConsumerThatIsNotInReceiveDoesNotHoldItUp() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault()) {
      HydraConsumer idle = Fixture.consume(relay.address(), session);
      clients.add(idle::close);
      HydraProducer producer = Fixture.produce(relay.address(), session);
      clients.add(producer::abort);
      producer.broadcast(new byte[10]);
      Await.until("the relay has it", () -> producer.acknowledged() > 0);

      assertThat(drained(relay)).isLessThan(DELAY.plus(BOUND).plus(MORE));
      assertThat(relay.connections()).isZero();
      assertThat(relay.logMemoryBytes()).isZero();
    }
  }

  @Test
  void whoeverDoesNotReadOrDoesNotCloseDoesNotHoldItUp() throws Exception {
    SessionId session = RawPeer.plainSession();
    try (HydraServer relay = HydraServer.builder().sendBuffer(64 << 10).bind()) {
      RawPeer producer = join(relay, session, RawPeer.Join.producer(), 4 << 10);
      join(relay, session, RawPeer.Join.consumer(JoinMessage.START_OLDEST), 4 << 10);
      producer.head(STREAM, STREAM, 0);
      producer.data(0, 100, 64 << 10);
      for (Attacker.Phase phase : Attacker.Phase.values()) {
        clients.add(new Attacker(relay.address(), phase));
      }
      Await.until("they are all there", () -> relay.connections() >= 2 + phases());
      producer.frame(Frames.DATA, 100, 64 << 10); // and it does not read what it is told

      assertThat(drained(relay)).isLessThan(DELAY.plus(BOUND).plus(MORE));
      assertThat(relay.connections()).isZero();
      Await.until("the memory is back", () -> relay.logMemoryBytes() == 0);
    }
  }

  private static int phases() {
    return Attacker.Phase.values().length;
  }

  /** They may all go to the same relay next. */
  @Test
  void consumersAreToldOneAfterTheOther() throws Exception {
    int consumers = 400;
    List<RawPeer> peers = new ArrayList<>();
    try (HydraServer relay = HydraServer.bindDefault()) {
      SessionId session = RawPeer.plainSession();
      for (int i = 0; i < consumers; i++) {
        peers.add(join(relay, session, RawPeer.Join.consumer(JoinMessage.START_OLDEST), 4 << 10));
      }
      RawPeer producer = join(relay, session, RawPeer.Join.producer(), 4 << 10);
      long began = System.nanoTime();
      CompletableFuture<Boolean> done = relay.drain(Duration.ZERO, Duration.ofSeconds(20));
      for (RawPeer peer : peers) {
        assertThat(peer.await(ErrorMessage.class, any -> true).code())
            .isEqualTo(ErrorCode.SHUTDOWN.wireCode());
        peer.close();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isGreaterThan(Duration.ofMillis(consumers - 50));
      producer.await(ErrorMessage.class, any -> true);
      producer.close();
      assertThat(done.get(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void closeCutsADrainShortAndTheDrainKnows() throws Exception {
    try (HydraServer relay = HydraServer.bindDefault()) {
      join(relay, RawPeer.plainSession(), RawPeer.Join.consumer(JoinMessage.START_OLDEST), 4 << 10);
      CompletableFuture<Boolean> done = relay.drain(Duration.ofMinutes(5), Duration.ofMinutes(5));
      long began = System.nanoTime();

      relay.close();

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
      assertThat(done.get(5, TimeUnit.SECONDS)).isNotNull();
      assertThat(relay.connections()).isZero();
    }
  }

  @Test
  void aRelayThatIsClosedIsDrainedAtOnce() throws Exception {
    HydraServer relay = HydraServer.bindDefault();
    relay.close();

    assertThat(relay.drain(Duration.ofMinutes(5), Duration.ofMinutes(5)).get(5, TimeUnit.SECONDS))
        .isTrue();
  }
}
