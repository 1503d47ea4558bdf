package io.hydrasync.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Clients in processes with a heap of 32 MiB that end at their first OutOfMemoryError, with
 * messages of up to 1 MiB: nothing is lost. Larger ones than that heap has room for are refused in
 * words.
 */
class SmallHeapIT {
  private static final long BYTES = 12L << 20;
  private static final int LARGE = 12 << 20;

  private static HydraServer relay() {
    return HydraServer.builder().retention(64L << 20).bind();
  }

  private static String received(HydraConsumer consumer) {
    CRC32 crc = new CRC32();
    long count = 0;
    for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
      crc.update(view);
      count++;
    }
    return SmallHeap.sum(count, crc);
  }

  private static HydraConsumer consumer(Wire wire, HydraServer relay, SessionSecrets session) {
    return HydraConsumer.builder(relay.address(), session).wire(wire).connect();
  }

  private static ChildJvm sender(
      String collector, Wire wire, RelayProxy gate, SessionSecrets session, String sizes)
      throws Exception {
    String[] work = ("send " + BYTES + " " + sizes).split(" ");
    return SmallHeap.start(collector, wire, gate.address(), session, work);
  }

  /** Lets it send to a relay that takes nothing, until it cannot go on. */
  private static void fill(RelayProxy gate, ChildJvm child) throws Exception {
    gate.hold(Link.Direction.TO_RELAY);
    child.ask("begin");
    long seen = -1;
    for (long now = 0; now < 2 << 20 || now != seen; now = Long.parseLong(child.ask("waiting"))) {
      seen = now;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-XX:+UseG1GC, 1048576",
    "-XX:+UseSerialGC, 10 1048576 300000 60000",
    "-XX:+UseG1GC, 500",
    "-XX:+UseSerialGC, 600000"
  })
  void aProducerWaitsForARelayThatTakesNothing(String collector, String sizes) throws Exception {
    SessionSecrets session = SmallHeap.session(sizes.hashCode());
    try (HydraServer relay = relay();
        RelayProxy gate =
            RelayProxy.builder(relay.address()).socketBuffer(TakenOnce.SOCKET_BUFFER).start();
        HydraConsumer consumer = consumer(Wire.WIRE_2, relay, session);
        ChildJvm child = sender(collector, Wire.WIRE_2, gate, session, sizes)) {
      fill(gate, child);
      gate.release();
      String sum = received(consumer);
      assertThat(child.ask("end")).isEqualTo(sum);
    }
  }

  @Test
  void aProducerOnTheClassicWireDoes() throws Exception {
    SessionSecrets session = SmallHeap.session(1);
    try (HydraServer relay = relay();
        RelayProxy gate =
            RelayProxy.builder(relay.address()).socketBuffer(TakenOnce.SOCKET_BUFFER).start();
        HydraConsumer consumer = consumer(Wire.CLASSIC, relay, session);
        ChildJvm child = sender("-XX:+UseG1GC", Wire.CLASSIC, gate, session, "1048576 10 300000")) {
      gate.hold(Link.Direction.TO_RELAY);
      child.ask("begin");
      gate.release();
      String sum = received(consumer);
      assertThat(child.ask("end")).isEqualTo(sum);
    }
  }

  /** The ring is full when the relay has forgotten all, and is sealed anew, time after time. */
  @ParameterizedTest
  @CsvSource({"-XX:+UseG1GC, 1048576", "-XX:+UseSerialGC, 10 1048576 300000 60000"})
  void aProducerSealsItsRingAnew(String collector, String sizes) throws Exception {
    SessionSecrets session = SmallHeap.session(sizes.hashCode());
    try (HydraServer first = relay();
        HydraServer second = relay();
        RelayProxy gate =
            RelayProxy.builder(first.address()).socketBuffer(TakenOnce.SOCKET_BUFFER).start();
        HydraConsumer consumer = consumer(Wire.WIRE_2, second, session);
        ChildJvm child = sender(collector, Wire.WIRE_2, gate, session, sizes)) {
      fill(gate, child);
      gate.lead(second.address());
      gate.cut(Link.Cut.RST);
      gate.release();
      String sum = received(consumer);
      assertThat(child.ask("end")).isEqualTo(sum);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "WIRE_2, -XX:+UseG1GC, 1048576",
    "WIRE_2, -XX:+UseSerialGC, 10 1048576 300000 60000",
    "CLASSIC, -XX:+UseG1GC, 1048576 10 300000",
  })
  void aConsumerReceivesMoreThanItsHeapHolds(Wire wire, String collector, String sizes)
      throws Exception {
    SessionSecrets session = SmallHeap.session(sizes.hashCode());
    int[] lengths = Arrays.stream(sizes.split(" ")).mapToInt(Integer::parseInt).toArray();
    try (HydraServer relay = relay();
        ChildJvm child = SmallHeap.start(collector, wire, relay.address(), session, "recv")) {
      child.ask("begin");
      Await.until("it has joined", () -> relay.sessions() == 1);
      CRC32 crc = new CRC32();
      long count = 0;
      try (HydraProducer producer =
          HydraProducer.builder(relay.address(), session).wire(wire).connect()) {
        for (long sent = 0; sent < BYTES; count++) {
          byte[] message = Fixture.message(count, lengths[(int) (count % lengths.length)]);
          producer.write(message);
          crc.update(message);
          sent += message.length;
        }
      }
      assertThat(child.ask("end")).isEqualTo(SmallHeap.sum(count, crc));
    }
  }

  @ParameterizedTest
  @CsvSource({"WIRE_2, -XX:+UseG1GC", "CLASSIC, -XX:+UseSerialGC"})
  void aProducerRefusesWhatItsHeapCannotHold(Wire wire, String collector) throws Exception {
    SessionSecrets session = SmallHeap.session(wire.ordinal());
    try (HydraServer relay = relay();
        HydraConsumer consumer = consumer(wire, relay, session);
        ChildJvm child =
            SmallHeap.start(
                collector, wire, relay.address(), session, "send", "" + BYTES, "10", "" + LARGE)) {
      child.ask("begin");
      assertThat(child.ask("end"))
          .matches("TOO_BIG a message of 12582912 bytes needs 48 MiB of heap.*");
      assertThat(consumer.isEnded()).isFalse();
    }
  }

  /** And a larger machine goes on there. */
  @Test
  void aConsumerStopsBeforeWhatItsHeapCannotHold() throws Exception {
    SessionSecrets session = SmallHeap.session(7);
    try (HydraServer relay = relay();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        ChildJvm child =
            SmallHeap.start("-XX:+UseG1GC", Wire.WIRE_2, relay.address(), session, "recv")) {
      child.ask("begin");
      producer.awaitConsumers(1, Duration.ofSeconds(60));
      for (int size : List.of(10, 20, LARGE, 30)) {
        producer.broadcast(Fixture.message(size, size));
      }
      String[] answer = child.ask("end").split(";", 3);
      assertThat(answer[0]).isEqualTo("2");
      assertThat(answer[2]).startsWith("TOO_BIG the next message, in a frame of 12582941 bytes");
      Position position = Position.parse(answer[1]);
      Future<Boolean> closing =
          Fixture.async(
              () -> {
                producer.close();
                return true;
              });
      try (HydraConsumer larger =
          HydraConsumer.builder(relay.address(), session).position(position).connect()) {
        assertThat(Fixture.receiveAll(larger))
            .containsExactly(Fixture.message(LARGE, LARGE), Fixture.message(30, 30));
      }
      assertThat(Fixture.join(closing)).isTrue();
    }
  }

  @Test
  void aConsumerOnTheClassicWireSaysSo() throws Exception {
    SessionSecrets session = SmallHeap.session(8);
    try (HydraServer relay = relay();
        ChildJvm child =
            SmallHeap.start("-XX:+UseSerialGC", Wire.CLASSIC, relay.address(), session, "recv")) {
      child.ask("begin");
      Await.until("it has joined", () -> relay.sessions() == 1);
      try (HydraProducer producer =
          HydraProducer.builder(relay.address(), session).wire(Wire.CLASSIC).connect()) {
        producer.broadcast(new byte[10]);
        producer.broadcast(new byte[LARGE]);
      }
      assertThat(child.ask("end")).startsWith("1;nowhere;").contains("TOO_BIG the next message");
    }
  }
}
