package io.hydrasync.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.network.FrameProxy;
import io.hydrasync.tests.support.Attempts;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A relay that cuts streams off, splices in what belongs elsewhere and plays old streams again.
 * What a consumer delivers is always a correct beginning, and what is wrong has its type. ({@link
 * TamperingIT}: bits, lost, repeated and swapped frames, the end withheld.)
 */
@Tag("any-jdk")
public class MaliciousRelayIT {
  private static final int PARALLEL = 32;

  /** Every so many bytes; {@code -Dattack.step=1} is every one. */
  private static final int STEP = Integer.getInteger("attack.step", 7);

  private static final int MESSAGES = 6;
  private static final byte[][] NOTHING = {};
  private static HydraServer relay;
  private static SessionSecrets session;
  private static List<byte[]> messages;
  private static List<byte[]> frames;

  @BeforeAll
  static void publish() throws Exception {
    relay = HydraServer.builder().linger(Duration.ofMinutes(10)).bind();
    session = SessionSecrets.generate();
    messages = publish(session, 0);
    frames = record(session);
  }

  @AfterAll
  static void close() {
    relay.close();
  }

  private static List<byte[]> publish(SessionSecrets to, int salt) {
    return publish(relay, to, salt);
  }

  private static List<byte[]> publish(HydraServer at, SessionSecrets to, int salt) {
    List<byte[]> sent = new ArrayList<>();
    try (HydraProducer producer = Fixture.produce(at.address(), to)) {
      for (int i = 0; i < MESSAGES; i++) {
        byte[] message = Fixture.message(salt + i, 20);
        producer.broadcast(message);
        sent.add(message);
      }
    }
    return sent;
  }

  /** The relayed frames of a session, as a consumer gets them. */
  private static List<byte[]> record(SessionSecrets of) throws Exception {
    ConcurrentHashMap<Integer, byte[]> seen = new ConcurrentHashMap<>();
    FrameProxy.Tap tap =
        (connection, index, frame) -> {
          seen.put(index, frame.clone());
          return new byte[][] {frame};
        };
    try (FrameProxy proxy = new FrameProxy(relay.address(), tap);
        HydraConsumer consumer = Fixture.consume(proxy.address(), of)) {
      assertThat(Fixture.receiveAll(consumer)).hasSize(MESSAGES);
    }
    List<byte[]> inOrder = new ArrayList<>();
    for (int i = 0; seen.containsKey(i); i++) {
      inOrder.add(seen.get(i));
    }
    return inOrder;
  }

  /** What a consumer made of a tap: what it delivered, and how it ended. */
  private record Outcome(List<byte[]> delivered, List<HydraException> problems, boolean ended) {
    ErrorCode last() {
      return problems.get(problems.size() - 1).code();
    }
  }

  private static Outcome through(FrameProxy.Tap tap, int reconnectSeconds) throws Exception {
    return through(session, tap, reconnectSeconds);
  }

  private static Outcome through(SessionSecrets of, FrameProxy.Tap tap, int reconnectSeconds)
      throws Exception {
    try (FrameProxy proxy = new FrameProxy(relay.address(), tap);
        HydraConsumer consumer =
            HydraConsumer.builder(proxy.address(), of)
                .reconnectTimeout(Duration.ofSeconds(reconnectSeconds))
                .connect()) {
      return receive(consumer);
    }
  }

  private static Outcome receive(HydraConsumer consumer) {
    List<byte[]> delivered = new ArrayList<>();
    List<HydraException> problems = new ArrayList<>();
    while (true) {
      try {
        ByteBuffer view = consumer.receive(Duration.ofSeconds(20));
        if (view == null) {
          return new Outcome(delivered, problems, true);
        }
        delivered.add(Fixture.bytes(view));
      } catch (GapException e) {
        problems.add(e);
      } catch (HydraException e) {
        problems.add(e);
        if (problems.size() > 1 && problems.get(problems.size() - 2) == e) {
          return new Outcome(delivered, problems, false); // it sticks
        }
      }
    }
  }

  private static void assertPrefix(Outcome outcome) {
    assertThat(outcome.delivered)
        .containsExactlyElementsOf(messages.subList(0, outcome.delivered.size()));
  }

  /** The stream, cut off behind so many bytes of relayed frames. */
  private static FrameProxy.Tap cut(int bytes, int connections) {
    int[] left = new int[64];
    Arrays.fill(left, bytes);
    return (connection, index, frame) -> {
      if (connection >= connections) {
        return new byte[][] {frame};
      }
      int n = Math.min(left[connection], frame.length);
      left[connection] -= n;
      return n < frame.length
          ? new byte[][] {Arrays.copyOf(frame, n), FrameProxy.CUT}
          : new byte[][] {frame};
    };
  }

  private static int streamBytes() {
    return frames.stream().mapToInt(frame -> frame.length).sum();
  }

  @Test
  void aStreamThatIsCutOffAtAnyByteGoesOnOverTheNextConnection() throws Exception {
    everyByte(
        at -> {
          Outcome outcome = through(cut(at, 1), 60);
          assertPrefix(outcome);
          assertThat(outcome.problems).isEmpty();
          assertThat(outcome.ended).isTrue();
        });
  }

  @Test
  void aStreamThatIsCutOffAtAnyByteEachTimeIsTruncatedAndNeverEnded() throws Exception {
    everyByte(
        at -> {
          Outcome outcome = through(cut(at, Integer.MAX_VALUE), 0);
          assertPrefix(outcome);
          assertThat(outcome.ended).isFalse();
          assertThat(outcome.problems.get(0)).isInstanceOf(TruncatedException.class);
        });
  }

  /** A check for one place in the stream. */
  private interface At {
    void check(int bytes) throws Exception;
  }

  private static void everyByte(At check) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(PARALLEL);
    List<Future<?>> attempts = new ArrayList<>();
    for (int i = 0; i < streamBytes(); i += STEP) {
      int at = i;
      attempts.add(
          pool.submit(
              () -> {
                check.check(at);
                return null;
              }));
    }
    for (Future<?> attempt : attempts) {
      attempt.get();
      Attempts.one();
    }
    pool.shutdown();
  }

  @Test
  void aFrameOfAnotherSessionIsNotDelivered() throws Exception {
    SessionSecrets other = SessionSecrets.generate();
    publish(other, 100);
    List<byte[]> foreign = record(other);

    for (int seq = 0; seq < MESSAGES; seq++) {
      Outcome outcome = through(replaced(seq, foreign.get(seq + 1)), 5);
      List<byte[]> others = new ArrayList<>(messages);
      others.remove(seq);
      assertThat(outcome.delivered).containsExactlyElementsOf(others);
      assertThat(outcome.problems).hasSize(1); // announced as damaged
      assertThat(outcome.problems.get(0)).isInstanceOf(GapException.class);
      assertThat(outcome.ended).isTrue();
      Attempts.one();
    }
  }

  private static FrameProxy.Tap replaced(long seq, byte[] instead) {
    return (connection, index, frame) -> new byte[][] {isFrame(frame, seq) ? instead : frame};
  }

  private static boolean isFrame(byte[] frame, long seq) {
    return frame[Frames.TYPE_OFFSET] != Frames.HEAD && Frames.u64(frame, Frames.SEQ_OFFSET) == seq;
  }

  @Test
  void aFrameOfAnotherEpochOfTheSameSessionIsNotDelivered() throws Exception {
    SessionSecrets mine = SessionSecrets.generate();
    publish(mine, 400);
    List<byte[]> earlier = record(mine);
    try (HydraServer elsewhere = HydraServer.bindDefault()) {
      List<byte[]> later = publish(elsewhere, mine, 500);
      FrameProxy.Tap tap = replaced(2, earlier.get(3));
      try (FrameProxy proxy = new FrameProxy(elsewhere.address(), tap);
          HydraConsumer consumer = Fixture.consume(proxy.address(), mine)) {
        Outcome outcome = receive(consumer);

        later.remove(2);
        assertThat(outcome.delivered).containsExactlyElementsOf(later);
        assertThat(outcome.problems).hasSize(1);
        assertThat(outcome.problems.get(0)).isInstanceOf(GapException.class);
      }
    }
  }

  @Test
  void yesterdaysStreamIsRefusedByWhoHasSeenTodays() throws Exception {
    SessionSecrets mine = SessionSecrets.generate();
    publish(mine, 0);
    List<byte[]> yesterday = record(mine);
    FrameProxy.Tap replay =
        (connection, index, frame) -> index == 0 ? yesterday.toArray(new byte[0][]) : NOTHING;

    try (HydraServer elsewhere = HydraServer.bindDefault();
        FrameProxy proxy = new FrameProxy(relay.address(), replay);
        HydraConsumer consumer =
            HydraConsumer.builder(proxy.address(), mine)
                .position(positionInTodays(elsewhere, mine))
                .connect()) {
      Outcome outcome = receive(consumer);

      assertThat(outcome.delivered).isEmpty();
      assertThat(outcome.ended).isFalse();
      assertThat(outcome.last()).isEqualTo(ErrorCode.STALE_EPOCH);
      assertThat(outcome.problems.get(0)).isInstanceOf(AuthenticationException.class);
    }
  }

  private static Position positionInTodays(HydraServer at, SessionSecrets of) {
    publish(at, of, 300);
    try (HydraConsumer consumer = Fixture.consume(at.address(), of)) {
      assertThat(consumer.receive()).isNotNull();
      return consumer.position().orElseThrow();
    }
  }

  @Test
  void theSameStreamPlayedTwiceIsDeliveredOnce() throws Exception {
    FrameProxy.Tap twice =
        (connection, index, frame) ->
            index == frames.size() - 2 ? join(frame, frames) : new byte[][] {frame};

    Outcome outcome = through(twice, 5);

    assertThat(outcome.delivered.subList(0, MESSAGES)).containsExactlyElementsOf(messages);
    assertThat(outcome.delivered).doesNotHaveDuplicates();
  }

  private static byte[][] join(byte[] first, List<byte[]> others) {
    List<byte[]> all = new ArrayList<>(List.of(first));
    all.addAll(others);
    return all.toArray(new byte[0][]);
  }
}
