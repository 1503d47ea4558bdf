package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveryIT {
  @Test
  void deliversAMillionSmallMessagesToSixteenConsumersInOrder() throws Exception {
    int messages = 1_000_000;
    int consumers = 16;
    int size = 64;
    SessionSecrets session = SessionSecrets.generate();
    long began;
    List<Future<Long>> counts = new ArrayList<>();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = Fixture.produce(relay.address(), session)) {
      for (int i = 0; i < consumers; i++) {
        HydraConsumer consumer = Fixture.consume(relay.address(), session);
        counts.add(Fixture.async(() -> countInOrder(consumer)));
      }
      began = System.nanoTime();
      byte[] message = new byte[size];
      ByteBuffer number = ByteBuffer.wrap(message);
      for (long i = 0; i < messages; i++) {
        number.putLong(0, i);
        producer.write(message);
      }
      producer.close();
      for (Future<Long> count : counts) {
        assertThat(Fixture.join(count)).isEqualTo(messages);
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        "1 -> %d consumers, %,d messages of %d bytes: %.2f s, %.2f M messages/s delivered%n",
        consumers, messages, size, seconds, messages * (double) consumers / seconds / 1e6);
  }

  private static long countInOrder(HydraConsumer consumer) {
    try (consumer) {
      long next = 0;
      for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
        assertThat(view.remaining()).isEqualTo(64);
        if (view.getLong() != next) {
          throw new AssertionError("message out of order at " + next);
        }
        next++;
      }
      return next;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 1000, 1 << 20})
  void deliversEverySizeByEveryWayOfSending(int segmentSize) throws Exception {
    int[] sizes = {0, 1, 3, 28, 29, 64, 1000, 65_531, 65_532, 65_533, 65_536, 1 << 20, 3_000_001};
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.builder().segmentSize(segmentSize).bind();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      Future<List<byte[]>> received = Fixture.async(() -> Fixture.receiveAll(consumer));
      List<byte[]> sent = new ArrayList<>();
      for (int size : sizes) {
        for (int way = 0; way < 5; way++) {
          byte[] message = Fixture.message(way, size);
          send(producer, message, way);
          sent.add(message);
        }
      }
      producer.close();

      assertThat(Fixture.join(received)).containsExactlyElementsOf(sent);
    }
  }

  private static void send(HydraProducer producer, byte[] message, int way) {
    switch (way) {
      case 0 -> producer.broadcast(message);
      case 1 -> producer.broadcast(ByteBuffer.wrap(message));
      case 2 -> {
        ByteBuffer direct = ByteBuffer.allocateDirect(message.length).put(message).flip();
        producer.broadcast(direct);
        assertThat(direct.hasRemaining()).isFalse();
      }
      case 3 -> producer.write(message);
      default -> producer.write(ByteBuffer.wrap(message));
    }
  }

  @Test
  void sendsWhatNobodyFlushesAfterTheLingerTime() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      for (int i = 0; i < 100; i++) {
        byte[] message = Fixture.message(i, 10);
        producer.write(message);

        assertThat(Fixture.bytes(consumer.receive())).isEqualTo(message);
      }
    }
  }

  @Test
  void keepsTheOrderOfEachOfManyWritingThreads() throws Exception {
    int threads = 4;
    int each = 20_000;
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      List<Future<Void>> writers = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int id = t;
        writers.add(Fixture.async(() -> writeMany(producer, id, each)));
      }
      int[] next = new int[threads];
      for (int i = 0; i < threads * each; i++) {
        ByteBuffer view = consumer.receive();
        int id = view.getInt();
        assertThat(view.getInt()).isEqualTo(next[id]++);
      }
      for (Future<Void> writer : writers) {
        Fixture.join(writer);
      }
    }
  }

  private static Void writeMany(HydraProducer producer, int id, int count) {
    Random random = new Random(id);
    for (int i = 0; i < count; i++) {
      ByteBuffer message = ByteBuffer.allocate(8 + random.nextInt(50)).putInt(0, id).putInt(4, i);
      if (random.nextInt(10) == 0) {
        producer.broadcast(message);
      } else {
        producer.write(message);
      }
    }
    producer.flush();
    return null;
  }
}
