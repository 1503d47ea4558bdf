package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HEADs at a relay: where their signatures are checked, what waits for that, what is kept. */
@Tag("any-jdk")
@Timeout(120)
class HeadsIT {
  private static final long EPOCH = 1_735_689_600_000L;
  private static final int FRAME = 100;

  private static ErrorCode error(RawPeer peer) throws Exception {
    ErrorMessage failure = peer.await(ErrorMessage.class, any -> true);
    return ErrorCode.ofWireCode(failure.code()).orElseThrow();
  }

  private static void assertNothingIsLeft(HydraServer relay) {
    Await.until("all are gone", () -> relay.connections() == 0);
    Await.until("all are forgotten", () -> relay.sessions() == 0);
    Await.until("their memory is back", () -> relay.logMemoryBytes() == 0);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] frame(int type, long seq) {
    return RawPeer.frameBytes(type, seq, FRAME);
  }

  // ---- off the loop ----

  @Test
  void noEventLoopChecksASignature() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay = HydraServer.builder().bind();
        RawPeer producer = RawPeer.produce(relay, session)) {
      for (int i = 0; i < 5; i++) {
        producer.head(EPOCH + i, EPOCH + i, 0);
      }
      producer.data(0, 1, FRAME);
      producer.await(AckMessage.class, ack -> ack.epoch() == EPOCH + 4 && ack.next() == 1);

      assertThat(signatures.begun()).isEqualTo(5);
      assertThat(signatures.threads()).isNotEmpty().allMatch(name -> name.startsWith("hydra-head"));
    }
  }

  @Test
  void checksWhatIsCheapFirst() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    long future = System.currentTimeMillis() + Duration.ofHours(25).toMillis();
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay = HydraServer.builder().bind()) {
      try (RawPeer producer = RawPeer.produce(relay, session)) {
        producer.head(EPOCH + 9, EPOCH + 5, 7);
        producer.await(AckMessage.class, ack -> ack.epoch() == EPOCH + 9);
      }
      long[][] wrong = {
        {EPOCH + 9, EPOCH + 9, 0}, {EPOCH, EPOCH, 0}, {future, future, 0}, {EPOCH + 10, EPOCH, 7}
      };
      for (long[] head : wrong) {
        try (RawPeer producer = RawPeer.produce(relay, session)) {
          producer.head(head[0], head[1], head[2]);
          assertThat(error(producer)).as("%d %d", head[0], head[1]).isEqualTo(ErrorCode.PROTOCOL);
        }
      }
      assertThat(signatures.begun()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 512})
  void refusesAHeadThatTheOwnerHasNotSigned(int stanzas) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.builder().linger(Duration.ZERO).bind()) {
      byte[] good;
      try (RawPeer producer = RawPeer.produce(relay, session)) {
        good = producer.headBytes(EPOCH, EPOCH, 0, 0, stanzas);
      }
      int[] places = {30, good.length - 96, good.length - 64, good.length - 1};
      for (int place : places) {
        byte[] bad = good.clone();
        bad[place] ^= 1;
        try (RawPeer producer = RawPeer.produce(relay, session)) {
          producer.send(bad);
          assertThat(error(producer)).as("byte %d", place).isEqualTo(ErrorCode.PROTOCOL);
        }
      }
      try (RawPeer producer = RawPeer.produce(relay, session)) {
        producer.send(good);
        producer.await(AckMessage.class, ack -> ack.epoch() == EPOCH);
      }
      assertNothingIsLeft(relay);
    }
  }

  // ---- what waits ----

  @ParameterizedTest
  @EnumSource(names = {"NIO", "EPOLL"})
  void whatIsBehindAHeadWaitsAndKeepsItsOrder(Transport transport) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay = HydraServer.builder().transport(transport).bind();
        RawPeer producer = RawPeer.produce(relay, session);
        RawPeer consumer = RawPeer.consume(relay, session)) {
      signatures.hold();
      producer.send(
          join(
              producer.record(new PingMessage(1)),
              producer.headBytes(EPOCH, EPOCH, 0, 0, 3),
              frame(Frames.DATA, 0),
              producer.record(new PingMessage(2))));
      // in front of the HEAD
      producer.await(PongMessage.class, pong -> pong.echo() == 1);
      Await.until("a check has begun", () -> signatures.begun() == 1);
      producer.send(
          join(
              producer.headBytes(EPOCH + 1, EPOCH, 1, 0, 0),
              producer.record(new PingMessage(3)),
              frame(Frames.DATA, 1)));

      // then behind it, up to the next
      signatures.release(1);
      producer.await(PongMessage.class, pong -> pong.echo() == 2);
      Await.until("a check has begun", () -> signatures.begun() == 2);
      assertThat(consumer.await(got -> got.frame() != null)).hasToString("HEAD " + EPOCH + "/0");
      assertThat(consumer.await(got -> got.frame() != null).seq()).isZero();

      // and the rest
      signatures.release(1);
      producer.await(PongMessage.class, pong -> pong.echo() == 3);
      producer.awaitAck(2);
      assertThat(consumer.await(got -> got.frame() != null)).hasToString("HEAD " + EPOCH + "/1");
      assertThat(consumer.await(got -> got.frame() != null).seq()).isEqualTo(1);
    }
  }

  /** However they are mixed with frames and records, and one of them is wrong. */
  @Test
  void headsThatComeTogetherAreCheckedTogetherAndGoInOneByOne() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    int heads = 150;
    int wrong = 140;
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay = HydraServer.builder().segmentSize(4096).bind();
        RawPeer producer = RawPeer.produce(relay, session);
        RawPeer consumer = RawPeer.consume(relay, session)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int i = 0; i < heads; i++) {
        byte[] head = producer.headBytes(EPOCH + i, EPOCH, i, 0, i % 7);
        head[head.length - 1] ^= (byte) (i == wrong ? 1 : 0);
        all.writeBytes(join(head, producer.record(new PingMessage(i)), frame(Frames.END, i)));
      }
      producer.send(all.toByteArray());

      for (int i = 0; i < wrong; i++) {
        String head = "HEAD " + EPOCH + "/" + i;
        assertThat(consumer.await(got -> got.frame() != null)).hasToString(head);
        assertThat(consumer.await(got -> got.frame() != null).seq()).isEqualTo(i);
      }
      assertThat(error(producer)).isEqualTo(ErrorCode.PROTOCOL);
      assertThat(signatures.threads()).allMatch(name -> name.startsWith("hydra-head"));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NIO", "EPOLL"})
  void takesAllThatHadComeBeforeTheConnectionClosed(Transport transport) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay =
            HydraServer.builder().transport(transport).linger(Duration.ZERO).bind();
        RawPeer consumer = RawPeer.consume(relay, session)) {
      signatures.hold();
      try (RawPeer producer = RawPeer.produce(relay, session)) {
        producer.send(
            join(
                producer.headBytes(EPOCH, EPOCH, 0, 0, 0),
                frame(Frames.DATA, 0),
                producer.headBytes(EPOCH + 1, EPOCH, 1, 0, 512),
                frame(Frames.END, 1),
                producer.record(new ByeMessage())));
        producer.finish();
      } // closed, while the first is checked
      Await.until("a check has begun", () -> signatures.begun() == 1);
      signatures.releaseAll();

      consumer.await(got -> got.type() == Frames.DATA);
      consumer.await(got -> got.type() == Frames.END);
      consumer.await(StateMessage.class, state -> state.state() == StateMessage.ENDED);
    }
  }

  /** It does not keep its session until there are tokens for all HEADs that it has sent. */
  @Test
  void aProducerThatIsGoneWaitsForNoTokens() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    int heads = 300; // more than there are tokens for at once
    int more = 200; // as many take 3 s to come
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay =
            // tells the relay of a reset although nothing is read
            HydraServer.builder().transport(Transport.EPOLL).linger(Duration.ZERO).bind()) {
      long began = System.nanoTime();
      long gone;
      try (RawPeer producer = RawPeer.produce(relay, session)) {
        producer.send(producer.headsBytes(EPOCH, EPOCH, heads));
        producer.await(AckMessage.class, ack -> ack.epoch() == EPOCH + heads - 1);
        long before = relay.operator().status().receivedBytes();
        producer.send(producer.headsBytes(EPOCH + heads, EPOCH, more));
        Await.until(
            "some have come", () -> relay.operator().status().receivedBytes() > before + 12_000);
        producer.reset();
        gone = System.nanoTime();
      }

      assertNothingIsLeft(relay);
      // 64 come a second, also in the time that the first ones took
      long tokens = 256 + 64 * Duration.ofNanos(gone - began).plusSeconds(1).toMillis() / 1_000;
      assertThat(signatures.begun()).isLessThanOrEqualTo((int) tokens);
    }
  }

  @Test
  void whoTakesTheSessionOverDoesNotWaitForACheck() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay = HydraServer.builder().linger(Duration.ZERO).bind()) {
      signatures.hold();
      try (RawPeer first = RawPeer.produce(relay, session)) {
        first.send(join(first.headBytes(EPOCH, EPOCH, 0, 0, 512), frame(Frames.DATA, 0)));
        Await.until("a check has begun", () -> signatures.begun() == 1);
        try (RawPeer second = RawPeer.produce(relay, session)) {
          assertThat(error(first)).isEqualTo(ErrorCode.REPLACED);
          // the same epoch: that of the first has never been there
          second.send(join(second.headBytes(EPOCH, EPOCH, 0, 0, 1), frame(Frames.DATA, 0)));
          signatures.releaseAll();
          second.awaitAck(1);
        }
      }
      assertNothingIsLeft(relay);
    }
  }

  @Test
  void aSessionThatAnOperatorEndsDoesNotWaitForACheck() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay = HydraServer.builder().linger(Duration.ZERO).bind()) {
      signatures.hold();
      try (RawPeer producer = RawPeer.produce(relay, session)) {
        producer.send(join(producer.headBytes(EPOCH, EPOCH, 0, 0, 9), frame(Frames.DATA, 0)));
        Await.until("a check has begun", () -> signatures.begun() == 1);
        relay.operator().endSession(session.id().logName(), Duration.ofSeconds(5));
        assertThat(error(producer)).isEqualTo(ErrorCode.KICKED);
      }
      Await.until("it is forgotten", () -> relay.sessions() == 0);
      signatures.releaseAll();
      assertNothingIsLeft(relay);
    }
  }

  @Test
  void aRelayClosesWhileSignaturesAreChecked() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HeldSignatures signatures = new HeldSignatures()) {
      signatures.hold();
      HydraServer relay = HydraServer.builder().bind();
      try (RawPeer producer = RawPeer.produce(relay, session)) {
        producer.head(EPOCH, EPOCH, 0);
        Await.until("a check has begun", () -> signatures.begun() == 1);
        relay.close();
      }
      signatures.releaseAll();
      Await.until("its memory is back", () -> relay.logMemoryBytes() == 0);
    }
  }

  /**
   * Whatever happens to a producer at whatever moment of its HEADs, its session goes on with the
   * next one, and consumers get frames in order.
   */
  @ParameterizedTest
  @EnumSource(names = {"NIO", "EPOLL"})
  void whateverHappensWhileHeadsAreChecked(Transport transport) throws Exception {
    int rounds = Integer.getInteger("heads.rounds", 25);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Overflow policy = Overflow.values()[1 + random.nextInt(Overflow.values().length - 1)];
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay =
            HydraServer.builder()
                .transport(transport)
                .eventLoopThreads(3)
                .segmentSize(4096)
                .linger(Duration.ofMillis(1))
                .overflow(policy)
                .bind()) {
      SessionSecrets session = SessionSecrets.generate();
      long epoch = EPOCH;
      for (int round = 0; round < rounds; round++) {
        signatures.hold();
        try (RawPeer consumer = RawPeer.consume(relay, session);
            RawPeer first = RawPeer.produce(relay, session)) {
          int heads = 1 + random.nextInt(4);
          epoch = sendSome(first, epoch, heads, random);
          int checked = random.nextInt(heads + 1);
          signatures.release(checked);
          Future<Void> releasing =
              Fixture.async(
                  () -> {
                    signatures.releaseAll();
                    return null;
                  });
          switch (random.nextInt(4)) {
            case 0 -> first.close();
            case 1 -> first.finish();
            case 2 -> relay.operator().endSession(session.id().logName(), Duration.ofSeconds(5));
            default -> RawPeer.produce(relay, session).close();
          }
          releasing.get();
        } catch (IOException e) {
          // cut off in the middle of something
        }
        signatures.releaseAll();
        epoch += 10;
        assertGoesOn(relay, session, epoch, "seed " + seed + ", round " + round + ", " + policy);
        epoch += 10;
      }
      assertNothingIsLeft(relay);
    }
  }

  private static long sendSome(RawPeer peer, long from, int heads, Random random) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    long epoch = from;
    for (int i = 0; i < heads; i++) {
      epoch++;
      all.writeBytes(peer.headBytes(epoch, epoch, 0, 0, random.nextInt(60)));
      for (int seq = 0; seq < random.nextInt(5); seq++) {
        all.writeBytes(frame(Frames.DATA, seq));
      }
      all.writeBytes(peer.record(new PingMessage(i)));
    }
    peer.send(all.toByteArray());
    return epoch;
  }

  private static void assertGoesOn(
      HydraServer relay, SessionSecrets session, long epoch, String what) throws Exception {
    try (RawPeer producer = RawPeer.produce(relay, session);
        RawPeer consumer = RawPeer.consume(relay, session)) {
      producer.head(epoch, epoch, 0);
      producer.data(0, 3, FRAME);
      producer.await(AckMessage.class, ack -> ack.epoch() == epoch && ack.next() == 3);
      long stream = 0;
      long next = 0;
      while (stream != epoch || next < 3) {
        RawPeer.Received got = consumer.await(any -> any.frame() != null);
        if (got.type() == Frames.HEAD) {
          stream = Head.streamOf(got.frame());
          next = 0;
        } else {
          assertThat(got.seq()).as("%s: %s in stream %d", what, got, stream).isEqualTo(next++);
        }
      }
      producer.send(new ByeMessage());
    }
  }
}
