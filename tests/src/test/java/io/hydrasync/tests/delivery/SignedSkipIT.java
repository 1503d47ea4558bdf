package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.RawPeer;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Consumers of SIGNED epochs that are moved forward: no frame is parted from its CHECK. */
class SignedSkipIT {
  private static final int KIB = 1 << 10;
  private static final long STREAM = 1_735_689_600_000L;

  /** Frames that a CHECK covers, and the CHECK. */
  private static final int GROUP = 10;

  private static final int GROUPS = 400;
  private static final int CHECK_BYTES = 400;

  private final SessionSecrets session = SessionSecrets.generate();

  private static HydraServer.Builder small() {
    return HydraServer.builder()
        .capacity(512 * KIB)
        .retention(0)
        .maxFrame(128 * KIB)
        .segmentSize(32 * KIB)
        .sendBuffer(16 * KIB);
  }

  private RawPeer producer(HydraServer relay) throws Exception {
    return new RawPeer(
        relay.address(),
        session.id(),
        session.owner(),
        RawPeer.Join.producer().overflow(Overflow.SKIP));
  }

  /** One that does not read at first. */
  private RawPeer stalled(HydraServer relay) throws Exception {
    return new RawPeer(
        relay.address(),
        session.id(),
        Optional.empty(),
        RawPeer.Join.consumer(JoinMessage.START_OLDEST),
        16 * KIB);
  }

  /** Groups of frames from a sequence on. Returns the next sequence. */
  private static long groups(RawPeer producer, long from, int count, int bytes) throws Exception {
    long seq = from;
    for (int i = 0; i < count; i++) {
      producer.data(seq, seq + GROUP - 1, bytes);
      seq += GROUP;
      producer.frame(Frames.CHECK, seq - 1, CHECK_BYTES);
    }
    producer.awaitAck(seq);
    return seq;
  }

  private static RawPeer.Received nextOf(RawPeer consumer) throws Exception {
    return consumer.await(got -> got.type() != StateMessage.TYPE);
  }

  /** Receives frames and gaps up to a sequence; both begin and end where a group does. */
  private static long receive(RawPeer consumer, long from, long to) throws Exception {
    long due = from;
    long missing = 0;
    while (due < to) {
      RawPeer.Received got = nextOf(consumer);
      if (got.control() instanceof GapMessage gap) {
        assertThat(gap.from()).isEqualTo(due);
        assertThat((due - from) % GROUP).as("%s behind a CHECK", gap).isZero();
        assertThat((gap.to() - from) % GROUP).as("%s to behind a CHECK", gap).isZero();
        missing += gap.to() - due;
        due = gap.to();
      } else {
        assertThat(got.frame()).as("%s", got).isNotNull();
        assertThat(got.seq()).isEqualTo(due);
        due++;
      }
    }
    return missing;
  }

  private static void assertFrame(RawPeer.Received got, int type, long seq) {
    assertThat(got.type()).as("%s", got).isEqualTo(type);
    assertThat(got.seq()).isEqualTo(seq);
  }

  @Test
  void movesFromBehindOneCheckToBehindAnotherAndGivesAnEndItsOwn() throws Exception {
    try (HydraServer relay = small().bind();
        RawPeer producer = producer(relay)) {
      producer.head(STREAM, STREAM, 0, Head.FLAG_SIGNED);
      try (RawPeer slow = stalled(relay)) {
        producer.await(AckMessage.class, ack -> ack.consumers() == 1);
        // given a consumer that is moved over most of an epoch, its END and the next epoch
        long end = groups(producer, 0, GROUPS, 3_000);
        producer.frame(Frames.END, end, Frames.OVERHEAD + 9);
        producer.frame(Frames.CHECK, end + 1, 150);
        producer.head(STREAM + 1, STREAM, end + 2, Head.FLAG_SIGNED);
        long next = groups(producer, end + 2, GROUPS, 3_000);

        assertThat(nextOf(slow).type()).isEqualTo(Frames.HEAD);
        long missing = receive(slow, 0, end);
        assertFrame(nextOf(slow), Frames.END, end);
        assertFrame(nextOf(slow), Frames.CHECK, end + 1);
        assertThat(nextOf(slow).type()).isEqualTo(Frames.HEAD);
        missing += receive(slow, end + 2, next);
        assertThat(missing).isGreaterThan(GROUPS * GROUP);
      }
    }
  }

  @Test
  void disconnectsWhoseCheckIsTooFarAway() throws Exception {
    try (HydraServer relay = small().bind();
        RawPeer producer = producer(relay)) {
      producer.head(STREAM, STREAM, 0, Head.FLAG_SIGNED);
      try (RawPeer slow = stalled(relay)) {
        producer.await(AckMessage.class, ack -> ack.consumers() == 1);
        groups(producer, 0, 10, 30_000);

        ErrorMessage said = slow.await(ErrorMessage.class, any -> true);

        assertThat(said.code()).isEqualTo(ErrorCode.TOO_SLOW.wireCode());
      }
    }
  }
}
