package io.hydrasync.client.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.hydrasync.client.internal.stream.Beginning.From;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Relays that lie over one connection after the other, in virtual time. Whatever they play, and in
 * whatever rotation: the consumer gets on, or ends with a typed error after a bounded number of
 * connections; it never stands where no frame or event has led it, and no frame is lost unseen.
 *
 * <p>{@code -Dliars.runs=N} for more random liars, {@code -Dliars.seed=S} for one again.
 */
@Tag("any-jdk")
public class LiarsTest {
  private static final int RUNS = Integer.getInteger("liars.runs", 200);
  private static final Duration DEADLINE = Duration.ofSeconds(120);
  private static final Duration ANY_AMOUNT = Duration.ofDays(36_500);
  private static final long LONG_SECONDS = 1_800;

  /** How many connections a liar may get, beside four for each three seconds. */
  private static final int MOST = 64;

  /** What a liar does over one connection. */
  enum Move {
    NEXT(line -> line.head().frames(0, line.due() + 1)),
    AHEAD(line -> line.head().frame(line.due() + 2)),
    AHEAD_DAMAGED(line -> line.head().damaged(line.due() + 2)),
    DAMAGED(line -> line.head().damaged(line.due())),
    DAMAGED_AT_MOVING_PLACES(
        line -> {
          long seq = line.due() + 10 + line.number();
          line.head().gap(line.due(), seq).damaged(seq);
        }),
    FAR(line -> line.head().gap(line.due(), LiedTo.FAR).damaged(LiedTo.FAR)),
    FAR_BEFORE_THE_HEAD(
        line -> line.gap(line.due(), LiedTo.FAR).head().damaged(LiedTo.FAR).damaged(LiedTo.FAR)),
    FAR_AND_ON(
        line ->
            line.head().gap(line.due(), LiedTo.FAR).damaged(LiedTo.FAR).damaged(LiedTo.FAR + 1)),
    TWICE(line -> line.head().frame(0).frame(0)),
    OLD(line -> line.head().frames(0, line.due())),
    OLD_DAMAGED(line -> line.head().frame(0).damaged(1)),
    HEAD_AGAIN(line -> line.head().head().head()),
    HEAD_OF_YESTERDAY(line -> line.yesterday()),
    FORGED_HEAD(line -> line.forgedHead(1).frame(line.due())),
    FORGED_HEADS_OF_MOVING_EPOCHS(line -> line.forgedHead(line.number())),
    HEAD_CUT_SHORT(line -> line.rawHead(new byte[9])),
    WITHOUT_A_HEAD(line -> line.frame(line.due())),
    IMPOSSIBLE_SEQUENCE(line -> line.head().damaged(-1)),
    RECORD(line -> line.fails(new AuthenticationException(ErrorCode.CORRUPT, "a record"))),
    PROTOCOL(line -> line.fails(new RelayException(ErrorCode.PROTOCOL, "x", Duration.ofMillis(0)))),
    TOO_BIG(line -> line.fails(new RelayException(ErrorCode.TOO_BIG, "x", Duration.ofMillis(0)))),
    SHUTDOWN(line -> line.fails(new RelayException(ErrorCode.SHUTDOWN, "x", Duration.ofMillis(1)))),
    TOO_SLOW(line -> line.fails(new RelayException(ErrorCode.TOO_SLOW, "x", Duration.ofMillis(0)))),
    CUT(line -> {}),
    UNREACHABLE(line -> line.isNotJoined()),
    LATE(line -> line.head().stands(59)),
    LATE_RECORD(line -> line.head().stands(59).fails(corrupt())),
    VERY_LATE(line -> line.head().stands(61)),
    VERY_LATE_RECORD(line -> line.head().stands(61).fails(corrupt())),
    VERY_LATE_AHEAD(line -> line.head().stands(61).frame(line.due() + 2)),
    VERY_LATE_TWICE(line -> line.head().stands(61).frame(0).frame(0)),
    VERY_LATE_FAR(line -> line.head().stands(61).gap(line.due(), LiedTo.FAR).damaged(LiedTo.FAR));

    private final LiedTo.Script script;

    Move(LiedTo.Script script) {
      this.script = script;
    }
  }

  private static AuthenticationException corrupt() {
    return new AuthenticationException(ErrorCode.CORRUPT, "a record");
  }

  private static LiedTo play(From start, Duration deadline, List<Move> plan, Random random) {
    LiedTo consumer = new LiedTo(start, deadline, random);
    consumer.honestly(random.nextInt(4));
    while (!consumer.isDone() && consumer.seconds() < LONG_SECONDS) {
      consumer.connection(plan.get(consumer.connections() % plan.size()).script);
      assertThat(consumer.connections())
          .as("connections in %d s", consumer.seconds())
          .isLessThanOrEqualTo((int) (MOST + consumer.seconds() * 4 / 3));
    }
    return consumer;
  }

  private static void play(From start, List<Move> plan, long seed) {
    try {
      play(start, DEADLINE, plan, new Random(seed)).check();
    } catch (RuntimeException | AssertionError e) {
      fail(start + " " + plan + "; again with -Dliars.seed=" + seed, e);
    }
  }

  @Test
  void everyLieAndEveryTwoInTurn() {
    From[] starts = From.values();
    for (Move one : Move.values()) {
      for (Move other : Move.values()) {
        From start = starts[(one.ordinal() + other.ordinal()) % starts.length];
        play(start, List.of(one, other), 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(From.class)
  void everyRotationOfLies(From start) {
    Long one = Long.getLong("liars.seed");
    long first = one != null ? one : System.nanoTime();
    for (long seed = first; seed < first + (one != null ? 1 : RUNS); seed++) {
      Random random = new Random(seed);
      Move[] moves = Move.values();
      List<Move> plan =
          random
              .ints(3 + random.nextInt(4), 0, moves.length)
              .mapToObj(i -> moves[i])
              .collect(Collectors.toList());
      play(start, plan, seed);
    }
  }

  /** Nothing that makes sense at all: any steps in any order, over any number of connections. */
  @ParameterizedTest
  @EnumSource(From.class)
  void anyNonsense(From start) {
    Long one = Long.getLong("liars.seed");
    long first = one != null ? one : System.nanoTime();
    for (long seed = first; seed < first + (one != null ? 1 : RUNS); seed++) {
      try {
        Random random = new Random(seed);
        LiedTo consumer = new LiedTo(start, DEADLINE, random);
        while (!consumer.isDone() && consumer.seconds() < LONG_SECONDS) {
          consumer.connection(line -> line.nonsense());
          assertThat(consumer.sinceSomethingWasTold()).isLessThanOrEqualTo(MOST);
        }
        consumer.check();
      } catch (RuntimeException | AssertionError e) {
        fail(start + "; again with -Dliars.seed=" + seed, e);
      }
    }
  }

  /** With which connection it ends where there is any amount of time. */
  static Stream<Arguments> ends() {
    return Stream.of(
        ends(3, Move.TWICE),
        ends(3, Move.RECORD),
        ends(3, Move.HEAD_OF_YESTERDAY),
        ends(3, Move.WITHOUT_A_HEAD),
        ends(3, Move.IMPOSSIBLE_SEQUENCE),
        ends(3, Move.HEAD_CUT_SHORT, Move.TWICE),
        ends(3, Move.PROTOCOL, Move.RECORD, Move.TWICE),
        ends(4, Move.TWICE, Move.TOO_BIG, Move.AHEAD_DAMAGED),
        ends(3, Move.AHEAD_DAMAGED, Move.AHEAD_DAMAGED, Move.RECORD),
        ends(5, Move.RECORD, Move.CUT),
        ends(5, Move.RECORD, Move.SHUTDOWN),
        ends(5, Move.TWICE, Move.OLD),
        ends(5, Move.TWICE, Move.HEAD_AGAIN),
        ends(5, Move.HEAD_OF_YESTERDAY, Move.TWICE),
        ends(3, Move.VERY_LATE_TWICE),
        ends(16, Move.VERY_LATE_FAR),
        ends(16, Move.FAR),
        ends(16, Move.AHEAD_DAMAGED),
        ends(16, Move.DAMAGED_AT_MOVING_PLACES),
        ends(16, Move.FORGED_HEAD),
        ends(16, Move.FORGED_HEADS_OF_MOVING_EPOCHS),
        ends(16, Move.FORGED_HEADS_OF_MOVING_EPOCHS, Move.DAMAGED_AT_MOVING_PLACES));
  }

  private static Arguments ends(int connections, Move... plan) {
    return Arguments.of(connections, Arrays.asList(plan));
  }

  @ParameterizedTest
  @MethodSource("ends")
  void endsInTime(int connections, List<Move> plan) {
    LiedTo consumer = new LiedTo(From.BEGINNING, ANY_AMOUNT, new Random(1));
    consumer.honestly(3);
    while (!consumer.isDone() && consumer.connections() < 50) {
      consumer.connection(plan.get(consumer.connections() % plan.size()).script);
    }

    assertThat(consumer.connections()).isEqualTo(connections);
    assertThat(consumer.end()).isInstanceOf(io.hydrasync.protocol.HydraException.class);
    assertThat(consumer.next()).as("leads nowhere").isEqualTo(3);
    consumer.check();
  }

  @Test
  void whoLiesNowAndThenAndDeliversIsListenedTo() {
    List<Move> plan = new ArrayList<>();
    for (Move lie : List.of(Move.TWICE, Move.FAR, Move.RECORD, Move.OLD, Move.AHEAD_DAMAGED)) {
      plan.add(lie);
      plan.add(Move.NEXT);
    }
    LiedTo consumer = play(From.BEGINNING, DEADLINE, plan, new Random(3));

    assertThat(consumer.end()).as("delivered to the end").isNull();
    consumer.check();
  }
}
