package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a relay tells a producer of frames that it has let go of and that nobody took. The tests
 * mostly wait until a relay has said its last word, so they do that at the same time.
 */
@Tag("any-jdk")
class UnreadIT {
  private static final int KIB = 1 << 10;
  private static final int BYTES = 4 * KIB;
  private static final long STREAM = 1_735_689_600_000L;
  private static final long MANY = 200;

  private final SessionId sid = RawPeer.plainSession();

  private static HydraServer.Builder small() {
    return HydraServer.builder()
        .linger(Duration.ofMillis(1))
        .retention(0)
        .capacity(512 * KIB)
        .maxFrame(128 * KIB)
        .segmentSize(32 * KIB);
  }

  private RawPeer join(HydraServer relay, RawPeer.Join join) throws Exception {
    return new RawPeer(relay.address(), sid, Optional.empty(), join);
  }

  private static void send(RawPeer producer, long from, long to) throws Exception {
    producer.data(from, to, BYTES);
  }

  private static UnreadMessage unread(RawPeer producer) throws Exception {
    return producer.await(UnreadMessage.class, any -> true);
  }

  /** The last news there are when the relay has all frames. */
  private static UnreadMessage unreadOf(RawPeer producer, long frames) throws Exception {
    UnreadMessage last = null;
    boolean all = false;
    List<RawPeer.Received> heard = List.of();
    while (!all || last == null || heard.stream().anyMatch(UnreadIT::isUnread)) {
      heard = producer.during(1_700); // they come once a second, as long as there are any
      for (RawPeer.Received got : heard) {
        all |= got.control() instanceof AckMessage ack && ack.next() == frames;
        last = got.control() instanceof UnreadMessage news ? news : last;
      }
    }
    return last;
  }

  private static boolean isUnread(RawPeer.Received got) {
    return got.type() == UnreadMessage.TYPE;
  }

  private static void receive(RawPeer consumer, long from, long to) throws Exception {
    for (long seq = from; seq < to; seq++) {
      long due = seq;
      RawPeer.Received got = consumer.await(any -> any.type() == Frames.DATA);
      assertThat(got.seq()).isEqualTo(due);
    }
  }

  private void awaitConsumers(RawPeer producer, int count) throws Exception {
    producer.await(AckMessage.class, ack -> ack.consumers() == count);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource(
      value = Overflow.class,
      names = {"BACKPRESSURE", "SPILL", "SKIP"})
  void countsWhatWentWhileNobodyWasThere(Overflow policy) throws Exception {
    try (HydraServer relay = small().bind();
        RawPeer producer = join(relay, RawPeer.Join.producer().overflow(policy))) {
      producer.head(STREAM, STREAM, 0);
      send(producer, 0, MANY);

      UnreadMessage news = unreadOf(producer, MANY);

      assertThat(news.stream()).isEqualTo(STREAM);
      assertThat(news.unread()).isEqualTo(news.oldest());
      try (RawPeer consumer = join(relay, RawPeer.Join.consumer(JoinMessage.START_OLDEST))) {
        assertThat(consumer.joined().seq()).isEqualTo(news.oldest());
        receive(consumer, news.oldest(), MANY);
        // what it takes from now on is not counted
        send(producer, MANY, 2 * MANY);
        receive(consumer, MANY, 2 * MANY);
        producer.awaitAck(2 * MANY);
        assertThat(producer.during(1_700)).noneMatch(UnreadIT::isUnread);
      }
      awaitConsumers(producer, 0);
      // and what comes when it is gone is
      send(producer, 2 * MANY, 3 * MANY);
      UnreadMessage more = unreadOf(producer, 3 * MANY);
      assertThat(more.unread()).isEqualTo(news.oldest() + more.oldest() - 2 * MANY);
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void tellsAtMostOnceASecondAndOnlyWhatHasGrown() throws Exception {
    try (HydraServer relay = small().bind();
        RawPeer producer = join(relay, RawPeer.Join.producer())) {
      producer.head(STREAM, STREAM, 0);
      long end = System.nanoTime() + Duration.ofMillis(3_200).toNanos();
      long seq = 0;
      int news = 0;
      long last = 0;
      while (System.nanoTime() - end < 0) {
        send(producer, seq, ++seq);
        for (RawPeer.Received got : producer.during(5)) {
          if (got.control() instanceof UnreadMessage told) {
            news++;
            assertThat(told.unread()).isGreaterThan(last);
            last = told.unread();
          }
        }
      }
      assertThat(news).isBetween(2, 4);
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void tellsAProducerThatComesBackAfterItsJoined() throws Exception {
    try (HydraServer relay = small().linger(Duration.ofSeconds(30)).bind()) {
      RawPeer producer = join(relay, RawPeer.Join.producer());
      producer.head(STREAM, STREAM, 0);
      send(producer, 0, MANY);
      UnreadMessage before = unreadOf(producer, MANY);
      producer.close();

      try (RawPeer back =
          join(relay, RawPeer.Join.backTo(STREAM, MANY, producer.joined().resume()))) {
        assertThat(back.joined().flags() & JoinedMessage.FLAG_RESUMED).isNotZero();
        List<RawPeer.Received> first = List.of(back.next(5_000), back.next(5_000));
        assertThat(first.get(0).type()).isEqualTo(AckMessage.TYPE);
        assertThat(first.get(1).control()).isEqualTo(before);
        send(back, MANY, 2 * MANY);
        UnreadMessage after = unreadOf(back, 2 * MANY);
        assertThat(after.unread()).isEqualTo(after.oldest());
      }
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void doesNotCountWhatALaterEpochOfTheStreamBringsAgain() throws Exception {
    try (HydraServer relay = small().bind();
        RawPeer producer = join(relay, RawPeer.Join.producer())) {
      producer.head(STREAM, STREAM, 0);
      send(producer, 0, MANY);
      assertThat(unreadOf(producer, MANY).unread()).isGreaterThan(MANY / 2);

      long first = MANY / 2;
      producer.head(STREAM + 1, STREAM, first);
      send(producer, first, 2 * MANY);

      UnreadMessage after = unreadOf(producer, 2 * MANY);
      assertThat(after.unread()).isEqualTo(after.oldest());
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void countsAnewForAnotherStreamAndOfTheFirstFrameThatItKnows() throws Exception {
    try (HydraServer relay = small().bind();
        RawPeer producer = join(relay, RawPeer.Join.producer())) {
      producer.head(STREAM, STREAM, 0);
      send(producer, 0, MANY);
      unreadOf(producer, MANY);
      try (RawPeer other = join(relay, RawPeer.Join.backTo(0, 0, producer.joined().resume()))) {
        assertThat(unread(other).stream()).as("the last stream so far").isEqualTo(STREAM);

        // a ring that was sealed anew: the relay has never known frames 0 to 999 of it
        other.head(STREAM + 7, STREAM + 5, 1_000);
        send(other, 1_000, 1_000 + MANY);

        UnreadMessage news = unreadOf(other, 1_000 + MANY);
        assertThat(news.stream()).isEqualTo(STREAM + 5);
        assertThat(news.unread()).isEqualTo(news.oldest() - 1_000);
      }
    }
  }

  /** Whether what a consumer has still to take stays the same for a while. */
  private static boolean stalls(HydraServer relay) {
    long before = lag(relay);
    LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
    return before > 0 && lag(relay) == before;
  }

  private static long lag(HydraServer relay) {
    return relay.operator().sessions(Duration.ofSeconds(5)).get(0).maxLagBytes();
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void countsWhatASkippedConsumerWasMovedOverOnlyIfItTookNothingBehind() throws Exception {
    long told = 0;
    // A socket that was full may take a frame more, whenever it likes: then there is less to tell.
    for (int attempt = 0; attempt < 12 && told < MANY; attempt++) {
      told = toldOfASkippedConsumer();
    }
    assertThat(told).isBetween(MANY, 2 * MANY);
  }

  /**
   * Moves a consumer over frames, which then goes. Returns how many nobody is said to have taken.
   */
  private long toldOfASkippedConsumer() throws Exception {
    try (HydraServer relay = small().sendBuffer(16 * KIB).bind();
        RawPeer producer = join(relay, RawPeer.Join.producer())) {
      producer.head(STREAM, STREAM, 0);
      RawPeer stalled =
          new RawPeer(
              relay.address(),
              sid,
              Optional.empty(),
              RawPeer.Join.consumer(JoinMessage.START_OLDEST).overflow(Overflow.SKIP),
              16 * KIB);
      awaitConsumers(producer, 1);
      // given a consumer whose socket is full, and which is moved forward then
      send(producer, 0, MANY / 4);
      producer.awaitAck(MANY / 4);
      Await.until("its socket is full", () -> stalls(relay));
      send(producer, MANY / 4, 2 * MANY);
      producer.awaitAck(2 * MANY);
      assertThat(producer.during(1_700)).noneMatch(UnreadIT::isUnread);

      // when it goes without having taken anything behind
      stalled.close();

      return producer.during(2_500).stream()
          .filter(UnreadIT::isUnread)
          .mapToLong(message -> ((UnreadMessage) message.control()).unread())
          .max()
          .orElse(0);
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void saysTheLastWordBehindByeHoweverShortTheStreamWas() throws Exception {
    try (HydraServer relay = small().bind();
        RawPeer producer = join(relay, RawPeer.Join.producer())) {
      producer.head(STREAM, STREAM, 0);
      send(producer, 0, MANY);
      producer.send(new ByeMessage());

      UnreadMessage news = unread(producer);
      while (news.oldest() < MANY / 2) { // the first ones went at once
        news = unread(producer);
      }
      assertThat(news.unread()).isEqualTo(news.oldest());
    }
  }
}
