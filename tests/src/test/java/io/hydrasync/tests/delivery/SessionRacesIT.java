package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Attempts;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Joining, ending, taking over and being forgotten, all of one session and at the same moment: who
 * gets in gets messages in order, everybody hears an end, and nothing is left in the relay.
 */
class SessionRacesIT {
  private static final int ROUNDS = Integer.getInteger("races.rounds", 40);
  private static final int MESSAGES = 3;

  private final CyclicBarrier start = new CyclicBarrier(4);

  private static HydraServer relay() {
    return HydraServer.builder().linger(Duration.ofMillis(1)).eventLoopThreads(3).bind();
  }

  @Test
  @Timeout(900)
  void everybodyHearsAnEndWhateverHappensAtTheSameMoment() throws Exception {
    try (HydraServer relay = relay()) {
      for (int round = 0; round < ROUNDS; round++) {
        round(relay);
        Attempts.one();
      }
      Await.until("all are gone", () -> relay.connections() == 0);
      Await.until("all are forgotten", () -> relay.sessions() == 0);
      Await.until("their memory is back", () -> relay.logMemoryBytes() == 0);
    }
  }

  private void round(HydraServer relay) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    Future<Void> first = Fixture.async(() -> produce(relay, session, 1));
    Future<Void> second = Fixture.async(() -> produce(relay, session, 2));
    Future<Void> waiting = Fixture.async(() -> consume(relay, session, true));
    Future<Void> hasty = Fixture.async(() -> consume(relay, session, false));
    first.get();
    second.get();
    hasty.get();
    while (!waiting.isDone()) { // it may have come when all was over: then it waits for another
      send(relay, session, 3);
    }
    waiting.get();
  }

  private Void produce(HydraServer relay, SessionSecrets session, int who) throws Exception {
    start.await();
    try {
      send(relay, session, who);
    } catch (HydraException e) {
      assertThat(e.code().name()).as(e.getMessage()).isIn("REPLACED", "DISCONNECTED");
    }
    return null;
  }

  private static void send(HydraServer relay, SessionSecrets session, int who) {
    try (HydraProducer producer =
        HydraProducer.builder(relay.address(), session)
            .reconnectTimeout(Duration.ofSeconds(10))
            .connect()) {
      for (int i = 0; i < MESSAGES; i++) {
        producer.broadcast(new byte[] {(byte) who, (byte) i});
      }
    }
  }

  private Void consume(HydraServer relay, SessionSecrets session, boolean waits) throws Exception {
    start.await();
    try (HydraConsumer consumer =
        HydraConsumer.builder(relay.address(), session)
            .waitForProducer(waits)
            .reconnectTimeout(Duration.ofSeconds(10))
            .connect()) {
      assertInOrder(receive(consumer));
    } catch (HydraException e) {
      assertThat(e.code().name()).as(e.getMessage()).isIn("NO_SESSION", "TRUNCATED");
    }
    return null;
  }

  private static List<byte[]> receive(HydraConsumer consumer) {
    List<byte[]> received = new ArrayList<>();
    HydraException last = null;
    while (true) {
      try {
        ByteBuffer view = consumer.receive(Duration.ofSeconds(60));
        if (view == null) {
          return received;
        }
        received.add(Fixture.bytes(view));
      } catch (GapException e) {
        // told, and behind it it goes on
      } catch (HydraException e) {
        if (e == last || !e.code().name().equals("TRUNCATED")) {
          throw e; // it sticks
        }
        last = e; // the other producer's stream may follow
      }
    }
  }

  /** The messages of each producer rise, and those of two are not mixed. */
  private static void assertInOrder(List<byte[]> received) {
    for (int i = 1; i < received.size(); i++) {
      byte[] before = received.get(i - 1);
      byte[] now = received.get(i);
      assertThat(now[0] != before[0] || now[1] > before[1]).as("in order").isTrue();
      int who = now[0];
      boolean left = before[0] != who;
      assertThat(left && received.subList(0, i - 1).stream().anyMatch(m -> m[0] == who))
          .as("producer %s comes back in the middle of another's stream", who)
          .isFalse();
    }
  }
}
