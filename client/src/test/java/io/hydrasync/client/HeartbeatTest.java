package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A relay that falls silent is given up after three heartbeats, long before 45 s. */
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
  void producerThatWaitsForAcknowledgmentsLetsTheRelayBeSilent() throws Exception {
    try (ProducerHarness harness = new ProducerHarness()) {
      HydraProducer producer = harness.connect(harness.builder().heartbeat(SHORT));
      producer.broadcast(new byte[1]);

      assertThat(harness.states.poll(SIX_BEATS, TimeUnit.SECONDS)).isNull();

      harness.acknowledge(1, 0);
      assertThat(harness.state()).isEqualTo(ProducerState.RECONNECTING);
    }
  }

  @Test
  void consumerNoticesSilenceSoon() throws Exception {
    try (FakeRelay relay = new FakeRelay()) {
      HydraConsumer.Builder builder =
          HydraConsumer.builder(relay.address(), ProducerHarness.SESSION).heartbeat(SHORT);
      Caller receiving = Caller.once(ThreadKind.PLATFORM, i -> receive(builder));
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

  private static void receive(HydraConsumer.Builder builder) {
    try (HydraConsumer consumer = builder.connect()) {
      consumer.receive();
    }
  }

  private static void join(FakeRelay.Peer peer) throws Exception {
    peer.send(new JoinedMessage(0, Frames.MAX_LEN, 0, 0, new byte[JoinMessage.RESUME_LENGTH], 30));
  }
}
