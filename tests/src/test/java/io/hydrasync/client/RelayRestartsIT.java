package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.testing.TestRelay;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A relay that is started anew each hour, and forgets everything each time. Who waits meanwhile, a
 * consumer without a frame and a producer without consumers, is there in the end. The hours pass by
 * an injected clock; what the test waits for are the reconnections.
 */
@Tag("any-jdk")
@Timeout(600)
class RelayRestartsIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** A day with {@code -Drestarts.hours=24}; each takes 1 to 10 s, as the relay asks for. */
  private static final int HOURS = Integer.getInteger("restarts.hours", 3);

  /** Real time, and the hours that have passed at a stroke. */
  private static final class Clock implements LongSupplier {
    private final AtomicLong leaps = new AtomicLong();

    @Override
    public long getAsLong() {
      return System.nanoTime() + leaps.get();
    }

    void passAnHour() {
      leaps.addAndGet(TimeUnit.HOURS.toNanos(1));
    }
  }

  private static HydraConsumer consumer(TestRelay relay, SessionSecrets session, Clock clock) {
    return HydraConsumer.builder(relay.address(), session)
        .relayKey(relay.relayKey())
        .clock(clock)
        .connect();
  }

  private static long consumers(TestRelay relay, SessionSecrets session)
      throws InterruptedException {
    return relay.server().operator().sessions(session.id().logName(), SOON).stream()
        .mapToLong(found -> found.consumers().size())
        .sum();
  }

  private static void awaitConsumer(TestRelay relay, SessionSecrets session) throws Exception {
    long end = System.nanoTime() + SOON.toNanos();
    while (consumers(relay, session) == 0) {
      assertThat(System.nanoTime() - end).isNegative();
      Thread.onSpinWait();
    }
  }

  /** Receives until a message comes, and knows of each time when there was none. */
  private static final class Receiving implements Callable<ByteBuffer> {
    private final HydraConsumer consumer;
    private final AtomicLong idle = new AtomicLong();

    Receiving(HydraConsumer consumer) {
      this.consumer = consumer;
    }

    @Override
    public ByteBuffer call() {
      while (true) {
        try {
          return consumer.receive(Duration.ofMillis(20));
        } catch (ReceiveTimeoutException e) {
          if (e.getMessage().contains("no message")) { // and not: no connection
            idle.incrementAndGet();
          }
        }
      }
    }

    /** Waits until it has waited over the present connection. */
    void awaitIdle(FutureTask<ByteBuffer> task) {
      long seen = idle.get();
      long end = System.nanoTime() + SOON.toNanos();
      while (idle.get() < seen + 2) {
        assertThat(task).isNotDone();
        assertThat(System.nanoTime() - end).isNegative();
        Thread.onSpinWait();
      }
    }
  }

  private static void awaitState(BlockingQueue<ProducerState> states, ProducerState wanted)
      throws InterruptedException {
    for (ProducerState state = null; state != wanted; ) {
      state = states.poll(SOON.toSeconds(), TimeUnit.SECONDS);
      assertThat(state).isNotNull().isNotEqualTo(ProducerState.FAILED);
    }
  }

  @Test
  void whoWaitsLivesThroughARestartOfTheRelayEachHour() throws Exception {
    Clock clock = new Clock();
    SessionSecrets unopened = SessionSecrets.generate();
    SessionSecrets untaken = SessionSecrets.generate();
    BlockingQueue<ProducerState> states = new LinkedBlockingQueue<>();
    try (TestRelay relay = TestRelay.open();
        HydraConsumer waiting = consumer(relay, unopened, clock);
        HydraProducer idle =
            HydraProducer.builder(relay.address(), untaken)
                .relayKey(relay.relayKey())
                .clock(clock)
                .onStateChange(states::add)
                .connect()) {
      Receiving receiving = new Receiving(waiting);
      FutureTask<ByteBuffer> first = new FutureTask<>(receiving);
      Thread receiver = new Thread(first);
      receiver.setDaemon(true);
      receiver.start();
      for (int hour = 0; hour < HOURS; hour++) {
        awaitConsumer(relay, unopened);
        receiving.awaitIdle(first);
        clock.passAnHour();
        relay.restart();
        awaitState(states, ProducerState.CONNECTED);
      }
      assertDelivers(relay, untaken, idle);
      assertReceives(relay, unopened, first);
    }
  }

  private static void assertDelivers(TestRelay relay, SessionSecrets session, HydraProducer idle) {
    try (HydraConsumer consumer = consumer(relay, session, new Clock())) {
      idle.broadcast(new byte[] {7});
      ByteBuffer message = consumer.receive(SOON);
      assertThat(message).isNotNull();
      assertThat(message.get()).isEqualTo((byte) 7);
    }
  }

  private static void assertReceives(
      TestRelay relay, SessionSecrets session, FutureTask<ByteBuffer> receiving) throws Exception {
    try (HydraProducer producer =
        HydraProducer.builder(relay.address(), session).relayKey(relay.relayKey()).connect()) {
      producer.broadcast(new byte[] {8});
      assertThat(receiving.get(SOON.toSeconds(), TimeUnit.SECONDS).get()).isEqualTo((byte) 8);
    }
  }
}
