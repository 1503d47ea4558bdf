package io.hydrasync.tests.library;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Fixture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** Clients on virtual threads, where a JDK has them. */
class VirtualThreadIT {
  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void carriesManyConsumersOnVirtualThreads() throws Exception {
    // by reflection: this class is compiled for 17
    ExecutorService virtual =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    int consumers = 200;
    int messages = 500;
    SessionSecrets session = SessionSecrets.generate();
    List<Future<Integer>> counts = new ArrayList<>();
    try (HydraServer relay = HydraServer.bindDefault()) {
      for (int i = 0; i < consumers; i++) {
        counts.add(virtual.submit(() -> consume(relay, session)));
      }
      Future<?> producing =
          virtual.submit(
              () -> {
                try (HydraProducer producer = Fixture.produce(relay.address(), session)) {
                  for (int i = 0; i < messages; i++) {
                    producer.write(Fixture.message(i, 100));
                  }
                }
              });
      producing.get(60, TimeUnit.SECONDS);
      for (Future<Integer> count : counts) {
        assertThat(count.get(60, TimeUnit.SECONDS)).isEqualTo(messages);
      }
    }
    virtual.shutdown();
  }

  private static int consume(HydraServer relay, SessionSecrets session) {
    try (HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      return Fixture.receiveAll(consumer).size();
    }
  }
}
