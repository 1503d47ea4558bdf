package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a relay lets consumers begin and go on, frame by frame. */
@Tag("any-jdk")
class RelayPlacesIT {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final long STREAM = 1_735_689_600_000L;

  private final SessionId sid = RawPeer.plainSession();

  private RawPeer join(HydraServer relay, RawPeer.Join join) throws Exception {
    return new RawPeer(relay.address(), sid, Optional.empty(), join);
  }

  /** One for which the system holds little; it begins with what is oldest. */
  private RawPeer slowConsumer(HydraServer relay) throws Exception {
    return new RawPeer(
        relay.address(),
        sid,
        Optional.empty(),
        RawPeer.Join.consumer(JoinMessage.START_OLDEST),
        16 * KIB);
  }

  /** The next of what the relay gives, without what tells of the producer. */
  private static RawPeer.Received nextOf(RawPeer consumer) throws Exception {
    return consumer.await(got -> got.type() != StateMessage.TYPE);
  }

  private static void assertHead(RawPeer.Received got, long first) {
    assertThat(got.type()).as("%s", got).isEqualTo(Frames.HEAD);
    assertThat(Head.firstOf(got.frame())).isEqualTo(first);
  }

  private static void assertFrame(RawPeer.Received got, int type, long seq) {
    assertThat(got.type()).as("%s", got).isEqualTo(type);
    assertThat(got.seq()).isEqualTo(seq);
  }

  @Test
  void aLiveConsumerGetsTheEndOfASignedEpochWithItsCheck() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault()) {
      try (RawPeer producer =
          new RawPeer(relay.address(), session.id(), session.owner(), RawPeer.Join.producer())) {
        producer.head(STREAM, STREAM, 0, Head.FLAG_SIGNED);
        producer.data(0, 5, 100);
        producer.frame(Frames.END, 5, Frames.OVERHEAD + 9);
        producer.frame(Frames.CHECK, 6, 300);
        producer.awaitAck(7);
        producer.send(new ByeMessage());
      }
      try (RawPeer live =
          new RawPeer(
              relay.address(),
              session.id(),
              Optional.empty(),
              RawPeer.Join.consumer(JoinMessage.START_LIVE))) {
        assertThat(live.joined().seq()).isEqualTo(5);
        assertHead(nextOf(live), 0);
        assertFrame(nextOf(live), Frames.END, 5);
        assertFrame(nextOf(live), Frames.CHECK, 6);
        assertThat(live.await(got -> true).control())
            .isEqualTo(new StateMessage(StateMessage.ENDED));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false,0", "true,0", "false,3", "true,3"})
  void whatNobodyHasTakenIsTheBeginningHoweverLittleIsRetained(boolean shortOfMemory, int sent)
      throws Exception {
    try (HydraServer relay =
            HydraServer.builder()
                .retention(shortOfMemory ? 8 * MIB : 0)
                .capacity(MIB)
                .memoryBudget(MIB)
                .segmentSize(64 * KIB)
                .bind();
        RawPeer producer = join(relay, RawPeer.Join.producer())) {
      producer.head(STREAM, STREAM, 0);
      producer.data(0, sent, 40_000);
      producer.await(AckMessage.class, ack -> ack.epoch() == STREAM && ack.next() == sent);
      if (shortOfMemory) { // others take all that this session only retains, its HEAD too
        try (RawPeer other =
            new RawPeer(
                relay.address(),
                RawPeer.plainSession(),
                Optional.empty(),
                RawPeer.Join.producer())) {
          other.head(STREAM, STREAM, 0);
          other.frame(Frames.DATA, 0, relay.maxFrameBytes());
          other.awaitAck(1);
        }
      }
      try (RawPeer consumer = join(relay, RawPeer.Join.consumer(JoinMessage.START_OLDEST))) {
        long begin = consumer.joined().seq();
        assertThat(consumer.joined().id()).isEqualTo(STREAM);
        assertThat(begin).isBetween(0L, (long) sent);
        assertHead(nextOf(consumer), 0);
        producer.data(sent, sent + 1, 100);
        for (long seq = begin; seq <= sent; seq++) {
          assertFrame(nextOf(consumer), Frames.DATA, seq);
        }
      }
    }
  }

  @Test
  void aConsumerThatWaitsIsToldWhatThePlaceBehindItsFirstLogLeavesOut() throws Exception {
    int bytes = 50_000;
    long frames = 100;
    try (HydraServer relay =
        HydraServer.builder()
            .retention(0)
            .segmentSize(64 * KIB)
            .sendBuffer(64 * KIB)
            .linger(Duration.ofMillis(50))
            .bind()) {
      RawPeer first = join(relay, RawPeer.Join.producer());
      try (RawPeer slow = slowConsumer(relay)) {
        // given a consumer that is far behind in what the relay has of the first producer
        first.head(STREAM, STREAM, 0);
        first.data(0, frames, bytes);
        first.awaitAck(frames);
        first.close();
        RawPeer second = producerOfForgottenSession(relay);

        // when the producer sends all of it anew and more, which nobody holds in the log
        second.head(STREAM + 1, STREAM, 0);
        second.data(0, 3 * frames, bytes);
        second.awaitAck(3 * frames);
        assertHead(nextOf(slow), 0);
        for (long seq = 0; seq < frames; seq++) {
          assertFrame(nextOf(slow), Frames.DATA, seq);
        }

        // then it is told what is left out in front of the first frame that it gets
        assertHead(nextOf(slow), 0);
        GapMessage gap = (GapMessage) nextOf(slow).control();
        assertThat(gap.stream()).isEqualTo(STREAM);
        assertThat(gap.from()).isZero();
        assertThat(gap.to()).isGreaterThan(frames);
        second.data(3 * frames, 3 * frames + 1, bytes);
        assertFrame(nextOf(slow), Frames.DATA, gap.to());
        second.close();
      }
    }
  }

  /** Comes when the linger is over and consumers wait. */
  private RawPeer producerOfForgottenSession(HydraServer relay) throws Exception {
    Await.until("the relay has forgotten it", () -> isForgotten(relay));
    RawPeer producer = join(relay, RawPeer.Join.producer());
    assertThat(producer.joined().id()).isZero();
    return producer;
  }

  private static boolean isForgotten(HydraServer relay) {
    return relay.operator().sessions(Duration.ofSeconds(5)).stream()
        .anyMatch(session -> session.state().equals("waiting"));
  }

  @Test
  void whoWaitsForAFrameThatCannotComeAnyMoreIsToldSo() throws Exception {
    try (HydraServer relay = HydraServer.bindDefault();
        RawPeer producer = join(relay, RawPeer.Join.producer())) {
      producer.head(STREAM, STREAM, 0);
      producer.data(0, 5, 100);
      producer.awaitAck(5);
      try (RawPeer early = join(relay, RawPeer.Join.at(STREAM, 9));
          RawPeer middle = join(relay, RawPeer.Join.at(STREAM, 30))) {
        assertThat(early.joined().seq()).isEqualTo(9);

        producer.head(STREAM + 1, STREAM, 20);
        producer.data(20, 40, 100);

        assertThat(nextOf(early).control()).isEqualTo(new GapMessage(STREAM, 9, 20));
        assertHead(nextOf(early), 20);
        assertFrame(nextOf(early), Frames.DATA, 20);
        // and the one whose frame has come gets it where JOINED has named it
        assertHead(nextOf(middle), 20);
        assertFrame(nextOf(middle), Frames.DATA, 30);
      }
    }
  }

  @Test
  void memoryThatGoesLeavesNoHoleBehindWhatIsOnDisk() throws Exception {
    int bytes = 32 * KIB;
    long frames = 384; // 12 MiB, of which 4 are in memory
    try (HydraServer relay =
            HydraServer.builder()
                .retention(4 * MIB)
                .capacity(4 * MIB)
                .memoryBudget(8 * MIB)
                .maxFrame(3 * MIB)
                .segmentSize(256 * KIB)
                .sendBuffer(16 * KIB)
                .bind();
        RawPeer producer = join(relay, RawPeer.Join.producer().overflow(Overflow.SPILL));
        RawPeer slow = slowConsumer(relay)) {
      // given a consumer that stands in memory, and files behind it that are retained
      producer.head(STREAM, STREAM, 0);
      producer.data(0, frames, bytes);
      producer.awaitAck(frames);
      Await.until("it is on disk", () -> relay.spilledBytes() > 6 * MIB);
      assertHead(nextOf(slow), 0);
      long got = frames * 3 / 4;
      for (long seq = 0; seq < got; seq++) {
        assertFrame(nextOf(slow), Frames.DATA, seq);
      }
      // when others need the memory
      List<RawPeer> hungry = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        RawPeer other =
            new RawPeer(
                relay.address(), RawPeer.plainSession(), Optional.empty(), RawPeer.Join.producer());
        hungry.add(other);
        other.head(STREAM, STREAM, 0);
        other.frame(Frames.DATA, 0, 5 * MIB / 2);
        other.awaitAck(1);
      }
      // then whoever comes back for what is on disk gets all, or is told what is missing
      try (RawPeer back = join(relay, RawPeer.Join.at(STREAM, frames / 2))) {
        RawPeer.Received first = nextOf(back);
        long next = frames / 2;
        if (first.control() instanceof GapMessage gap) {
          assertThat(gap.from()).isEqualTo(next);
          next = gap.to();
          first = nextOf(back);
        }
        assertHead(first, 0);
        for (long seq = next; seq < frames; seq++) {
          assertFrame(nextOf(back), Frames.DATA, seq);
        }
      }
      for (RawPeer other : hungry) {
        other.close();
      }
    }
  }

  @Test
  void aProducerThatIsNotReadFromHearsFromTheRelayEverySecond() throws Exception {
    try (HydraServer relay =
            HydraServer.builder()
                .retention(0)
                .capacity(MIB)
                .maxFrame(128 * KIB)
                .segmentSize(64 * KIB)
                .sendBuffer(64 * KIB)
                .bind();
        RawPeer producer = join(relay, RawPeer.Join.producer());
        RawPeer stalled = slowConsumer(relay)) {
      producer.head(STREAM, STREAM, 0);
      AtomicLong sent = new AtomicLong();
      Future<Void> flood =
          Fixture.async(
              () -> {
                for (long seq = 0; seq < 1000; seq++) {
                  producer.data(seq, seq + 1, 32 * KIB);
                  sent.set(seq);
                }
                return null;
              });
      Await.until("the relay does not read", () -> isWaiting(relay));
      producer.during(200);
      long before = sent.get();

      List<RawPeer.Received> heard = producer.during(5_500);

      assertThat(heard).allMatch(got -> got.type() == AckMessage.TYPE);
      assertThat(heard).hasSizeBetween(4, 7);
      assertThat(flood.isDone()).isFalse();
      assertThat(sent.get() - before).isLessThan(200);
      assertThat(stalled.joined()).isNotNull();
    }
  }

  private static boolean isWaiting(HydraServer relay) {
    return relay.operator().sessions(Duration.ofSeconds(5)).stream()
        .anyMatch(session -> session.producerWaits());
  }
}
