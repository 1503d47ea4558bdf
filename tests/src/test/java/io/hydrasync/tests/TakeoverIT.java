package io.hydrasync.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.server.HydraServer;
import java.nio.ByteBuffer;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Producers that take a session from each other while frames are in flight. */
class TakeoverIT {
  private static final int PRODUCERS = 30;

  @Test
  void neverMixesTheFramesOfTwoProducers() throws Exception {
    Session session = Session.generate();
    try (HydraServer relay = HydraServer.builder().eventLoopThreads(3).segmentSize(4096).bind();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      Future<Integer> streams = Fixture.async(() -> countStreams(consumer));
      HydraProducer current = null;
      for (int id = 0; id < PRODUCERS; id++) {
        HydraProducer next = Fixture.produce(relay.address(), session);
        int mine = id;
        HydraProducer flooding = next;
        long before = flooding.acknowledged();
        Fixture.async(() -> flood(flooding, mine));
        Await.until("its frames arrive", () -> flooding.acknowledged() > before + 3);
        current = next;
      }
      HydraProducer ending = Fixture.produce(relay.address(), session);
      ending.close();

      assertThat(Fixture.join(streams)).isEqualTo(PRODUCERS);
      assertThat(current).isNotNull();
    }
  }

  private static Void flood(HydraProducer producer, int id) {
    try {
      for (int i = 0; ; i++) {
        producer.broadcast(ByteBuffer.allocate(3000).putInt(0, id).putInt(4, i));
      }
    } catch (HydraException e) {
      return null; // replaced
    }
  }

  /** Each stream is a correct beginning of what its producer sent, and they come in order. */
  private static int countStreams(HydraConsumer consumer) {
    int stream = -1;
    int next = 0;
    while (true) {
      try {
        ByteBuffer view = consumer.receive();
        if (view == null) {
          return stream + 1;
        }
        int id = view.getInt();
        if (id != stream) {
          assertThat(id).isEqualTo(stream + 1);
          stream = id;
          next = 0;
        }
        assertThat(view.getInt()).isEqualTo(next++);
      } catch (TruncatedException e) {
        assertThat(stream).as("a stream that stopped without its end").isLessThan(PRODUCERS);
      }
    }
  }
}
