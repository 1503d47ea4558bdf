package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many epochs, and large ones: a producer that rotates its keys waits at the most. */
@Tag("any-jdk")
@Timeout(300)
class RotationIT {
  private static final long EPOCH = 1_735_689_600_000L;
  private static final int FRAME = 100;

  private static byte[] frame(int type, long seq) {
    return RawPeer.frameBytes(type, seq, FRAME);
  }

  /** Who rotates its keys all the time is never refused, whoever lags. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DEFAULT")
  void neverRefusesTinyEpochs(Overflow policy) throws Exception {
    int epochs = Integer.getInteger("heads.epochs", 20_000);
    SessionId plain = RawPeer.plainSession();
    try (HydraServer relay = HydraServer.builder().linger(Duration.ZERO).overflow(policy).bind();
        RawPeer producer =
            new RawPeer(relay.address(), plain, Optional.empty(), RawPeer.Join.producer());
        RawPeer lagging =
            new RawPeer(
                relay.address(),
                plain,
                Optional.empty(),
                RawPeer.Join.consumer(JoinMessage.START_OLDEST),
                4096)) {
      Future<Long> last =
          Fixture.async(
              () -> {
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                for (int i = 0; i < epochs; i++) {
                  all.writeBytes(producer.headBytes(EPOCH + i, EPOCH, i, 0, 0));
                  all.writeBytes(frame(Frames.END, i));
                }
                producer.send(all.toByteArray());
                return producer.awaitAck(epochs).next();
              });
      if (waits(policy)) {
        awaitEnd(lagging, epochs - 1);
      }
      assertThat(Fixture.join(last)).isEqualTo(epochs);
    }
  }

  private static boolean waits(Overflow policy) {
    return policy == Overflow.BACKPRESSURE || policy == Overflow.GROW;
  }

  private static void awaitEnd(RawPeer consumer, long seq) throws Exception {
    consumer.await(got -> got.frame() != null && got.type() == Frames.END && got.seq() == seq);
  }

  /** Owned, with 512 recipients: a ring sealed anew at once, then a rotation a second for long. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DEFAULT")
  void neverRefusesLargeHeads(Overflow policy) throws Exception {
    int rotations = Integer.getInteger("heads.rotations", 300);
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder()
                .linger(Duration.ZERO)
                .overflow(policy)
                .retention(1 << 20)
                .capacity(4 << 20)
                .memoryBudget(8 << 20)
                .bind();
        RawPeer producer = RawPeer.produce(relay, session);
        RawPeer reading = RawPeer.consume(relay, session)) {
      Future<Long> last =
          Fixture.async(
              () -> {
                for (int i = 0; i < rotations; i++) {
                  producer.send(producer.headBytes(EPOCH + i, EPOCH, i, 0, Head.MAX_STANZAS));
                  producer.frame(Frames.END, i, FRAME);
                }
                return producer.awaitAck(rotations).next();
              });
      if (waits(policy) || policy == Overflow.SPILL) {
        awaitEnd(reading, rotations - 1);
      }
      assertThat(Fixture.join(last)).isEqualTo(rotations);
    }
  }

  /** Consumers that join in the middle of an epoch and do not read share its HEAD. */
  @Test
  void consumersThatDoNotReadShareAHead() throws Exception {
    int consumers = 40;
    SessionSecrets session = SessionSecrets.generate();
    List<RawPeer> silent = new ArrayList<>();
    try (HydraServer relay = HydraServer.builder().linger(Duration.ZERO).sendBuffer(4096).bind();
        RawPeer producer = RawPeer.produce(relay, session)) {
      producer.send(producer.headBytes(EPOCH, EPOCH, 0, 0, Head.MAX_STANZAS));
      producer.data(0, 1, FRAME);
      producer.awaitAck(1);
      long before = relay.logMemoryBytes();
      for (int i = 0; i < consumers; i++) {
        silent.add(
            new RawPeer(
                relay.address(),
                session.id(),
                session.owner(),
                RawPeer.Join.consumer(JoinMessage.START_LIVE),
                4096));
      }
      producer.await(AckMessage.class, ack -> ack.consumers() == consumers);
      long head = Head.maxLength(true);
      assertThat(relay.logMemoryBytes()).isBetween(before, before + head);

      // when one reads, it gets the HEAD
      RawPeer.Received got = silent.get(7).await(any -> any.frame() != null);
      assertThat(got.frame()).hasSize((int) head);
      for (RawPeer peer : silent) {
        peer.close();
      }
      producer.await(AckMessage.class, ack -> ack.consumers() == 0);
      Await.until("the copy is gone", () -> relay.logMemoryBytes() == before);
    }
  }
}
