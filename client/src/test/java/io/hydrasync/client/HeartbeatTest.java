package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A relay that falls silent is given up after three heartbeats, long before 45 s. */
@Tag("any-jdk")
class HeartbeatTest {
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final int SIX_BEATS = 6;

  @Test
  void producerWhoseFramesAreAllAcknowledgedNoticesSilenceSoon() throws Exception {
    try (ProducerHarness harness = new ProducerHarness()) {
      harness.connect(harness.builder().heartbeat(SHORT));

      assertThat(harness.peer.control()).isInstanceOf(PingMessage.class);
      assertThat(harness.state()).isEqualTo(ProducerState.RECONNECTING);
    }
  }

  @Test
  void producerThatWaitsForAcknowledgmentsNoticesSilenceSoon() throws Exception {
    try (ProducerHarness harness = new ProducerHarness()) {
      HydraProducer producer = harness.connect(harness.builder().heartbeat(SHORT));
      producer.broadcast(new byte[1]);

      assertThat(harness.states.poll(SIX_BEATS, TimeUnit.SECONDS))
          .isEqualTo(ProducerState.RECONNECTING);
    }
  }

  @Test
  void producerWhoseWriteIsBlockedLetsTheRelayBeSilent() throws Exception {
    try (ProducerHarness harness = new ProducerHarness()) {
      HydraProducer producer = harness.connect(harness.builder().heartbeat(SHORT));
      Worker<Void> writing =
          Worker.start(
              () -> {
                producer.broadcast(new byte[32 << 20]); // more than sockets hold
                return null;
              });

      assertThat(harness.states.poll(SIX_BEATS, TimeUnit.SECONDS)).isNull();

      assertThat(harness.peer.relayed()).hasSizeGreaterThan(32 << 20);
      writing.get();
    }
  }

  @Test
  void consumerNoticesSilenceSoon() throws Exception {
    noticesSilence(HeartbeatTest::receive);
  }

  @Test
  void consumerThatWaitsForAMomentAtATimeNoticesItToo() throws Exception {
    noticesSilence(HeartbeatTest::poll);
  }

  private static void noticesSilence(Consumer<HydraConsumer.Builder> receives) throws Exception {
    try (FakeRelay relay = new FakeRelay()) {
      HydraConsumer.Builder builder =
          HydraConsumer.builder(relay.address(), ProducerHarness.SESSION).heartbeat(SHORT);
      Caller receiving = Caller.once(ThreadKind.PLATFORM, i -> receives.accept(builder));
      try (FakeRelay.Peer first = relay.accept()) {
        join(first);
        assertThat(first.control()).isInstanceOf(PingMessage.class);
        try (FakeRelay.Peer second = relay.accept()) {
          join(second);
        }
      }
      receiving.interrupt();
      receiving.join();
    }
  }

  private static void poll(HydraConsumer.Builder builder) {
    try (HydraConsumer consumer = builder.connect()) {
      while (true) {
        try {
          consumer.receive(Duration.ofMillis(300));
        } catch (ReceiveTimeoutException e) {
          // and waits again
        }
      }
    }
  }

  private static void receive(HydraConsumer.Builder builder) {
    try (HydraConsumer consumer = builder.connect()) {
      consumer.receive();
    }
  }

  private static void join(FakeRelay.Peer peer) throws Exception {
    peer.send(new JoinedMessage(0, Frames.MAX_LEN, 0, 0, new byte[JoinMessage.RESUME_LENGTH], 30));
  }
}
