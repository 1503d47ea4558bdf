package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LogParserTest {
  private static final Random RANDOM = new Random(7);
  private static final byte[] HEAD = TestFrames.head(9, 9, 0);
  private static final byte[] FRAME = TestFrames.frame(Frames.DATA, 0, 40, RANDOM);

  private final MemoryBudget budget = new MemoryBudget(1 << 28);
  private final List<byte[]> records = new ArrayList<>();
  private SessionLog log = new SessionLog(TestFrames.limits(64), budget);
  private LogParser parser = newParser(true);

  @AfterEach
  void givesAllMemoryBack() {
    log.close();
    assertThat(budget.used()).isZero();
  }

  private LogParser newParser(boolean headDue) {
    return new LogParser(
        log,
        new Wire2Framing(
            log,
            TestFrames.plainSession(),
            TestFrames.MAX_FRAME,
            headDue,
            head -> {
              if (head.epoch() == 13) {
                throw new ProtocolException(ErrorCode.PROTOCOL, "not this epoch");
              }
            }));
  }

  private void feed(byte[] bytes, int from, int to) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes, from, to - from);
    do {
      if (log.room() == 0) {
        assertThat(log.grow()).isTrue();
      }
      log.copy(in);
      parser.parse(record -> records.add(record));
    } while (in.isReadable());
  }

  private static byte[] join(byte[]... parts) {
    ByteBuf all = Unpooled.wrappedBuffer(parts);
    byte[] bytes = new byte[all.readableBytes()];
    all.readBytes(bytes);
    return bytes;
  }

  static Stream<Arguments> malformed() {
    byte[] badCount = TestFrames.head(10, 10, 0);
    badCount[63] = 1;
    byte[] signed = TestFrames.head(10, 10, 0);
    signed[29] = 1;
    byte[] flags = TestFrames.head(10, 10, 0);
    flags[29] = 2;
    byte[] tooBig = Arrays.copyOf(TestFrames.raw(TestFrames.MAX_FRAME + 1, Frames.DATA), 4);
    byte[] negative = {-1, -1, -1, -1};
    return Stream.of(
        Arguments.of("length 0", new byte[4], ErrorCode.PROTOCOL),
        Arguments.of("length above the limit", tooBig, ErrorCode.TOO_BIG),
        Arguments.of("length 2^32 - 1", negative, ErrorCode.TOO_BIG),
        Arguments.of("unknown type 02", header(40, 0x02), ErrorCode.PROTOCOL),
        Arguments.of("unknown type 16", header(40, 0x16), ErrorCode.PROTOCOL),
        Arguments.of("control outside SEALED", header(40, 0x87), ErrorCode.PROTOCOL),
        Arguments.of("type FF", header(40, 0xFF), ErrorCode.PROTOCOL),
        Arguments.of("empty record", header(17, Frames.SEALED), ErrorCode.PROTOCOL),
        Arguments.of("huge record", header(65_537, Frames.SEALED), ErrorCode.PROTOCOL),
        Arguments.of("relayed without tag", header(24, Frames.DATA), ErrorCode.PROTOCOL),
        Arguments.of("long HEAD", header(5_000, Frames.HEAD), ErrorCode.PROTOCOL),
        Arguments.of("short HEAD", TestFrames.raw(40, Frames.HEAD), ErrorCode.PROTOCOL),
        Arguments.of("HEAD with a wrong n", badCount, ErrorCode.PROTOCOL),
        Arguments.of("SIGNED in a plain session", signed, ErrorCode.PROTOCOL),
        Arguments.of("unknown HEAD flag", flags, ErrorCode.PROTOCOL),
        Arguments.of("stream begun late", TestFrames.head(10, 10, 4), ErrorCode.PROTOCOL),
        Arguments.of("stream after epoch", TestFrames.head(10, 11, 4), ErrorCode.PROTOCOL),
        Arguments.of("epoch refused", TestFrames.head(13, 13, 0), ErrorCode.PROTOCOL),
        Arguments.of("seq repeated", sequence(0), ErrorCode.PROTOCOL),
        Arguments.of("seq left out", sequence(2), ErrorCode.PROTOCOL),
        Arguments.of("seq negative", sequence(-1), ErrorCode.PROTOCOL));
  }

  private static byte[] header(int len, int type) {
    return Arrays.copyOf(TestFrames.raw(len, type), Frames.PREFIX);
  }

  /** Only the header: the body need not come for it to be refused. */
  private static byte[] sequence(long seq) {
    return Arrays.copyOf(TestFrames.frame(Frames.DATA, seq, 500, RANDOM), Frames.HEADER);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void refusesWhatIsMalformedWhereverItIsSplit(String name, byte[] bad, ErrorCode code) {
    byte[] record = TestFrames.record(30, RANDOM);
    byte[] all = join(HEAD, record, FRAME, record, bad);
    for (int split = 0; split <= all.length; split++) {
      // given a new log
      log.close();
      log = new SessionLog(TestFrames.limits(64), budget);
      parser = newParser(true);
      records.clear();

      // when the bytes come in two pieces
      ProtocolException problem = null;
      try {
        feed(all, 0, split);
        feed(all, split, all.length);
      } catch (ProtocolException e) {
        problem = e;
      }

      // then it is refused, and what was in front of it stands
      assertThat(problem).as("split at %d", split).isNotNull();
      assertThat(problem.code()).as("split at %d", split).isEqualTo(code);
      assertThat(records).hasSize(2);
      assertThat(log.published()).isEqualTo(HEAD.length + FRAME.length);
      assertThat(log.received()).isEqualTo(log.published());
      assertThat(log.reader(0).copy(0, HEAD.length + FRAME.length)).isEqualTo(join(HEAD, FRAME));
    }
  }

  @Test
  void refusesALengthAboveTheLimitFromItsFourBytesWithoutMoreMemory() {
    feed(HEAD, 0, HEAD.length);
    long before = budget.used();
    byte[] tooBig = TestFrames.raw(TestFrames.MAX_FRAME + 1, Frames.DATA);

    assertThat(refusal(tooBig, 4)).isEqualTo(ErrorCode.TOO_BIG);

    assertThat(budget.used() - before).isLessThanOrEqualTo(64);
  }

  @Test
  void takesAFrameOfTheLargestLength() {
    feed(HEAD, 0, HEAD.length);
    byte[] largest =
        TestFrames.frame(Frames.DATA, 0, TestFrames.MAX_FRAME - Frames.MIN_RELAYED_LEN, RANDOM);

    feed(largest, 0, largest.length);

    assertThat(log.published()).isEqualTo(HEAD.length + largest.length);
  }

  @Test
  void refusesFramesBeforeTheFirstHead() {
    assertThat(refusal(FRAME, FRAME.length)).isEqualTo(ErrorCode.PROTOCOL);
  }

  @Test
  void refusesToGoOnWithAnEpochThatWasNotResumed() {
    // given a log with an epoch of a producer that is gone
    feed(HEAD, 0, HEAD.length);

    // when another one begins with the next frame instead of a HEAD
    parser = newParser(true);

    // then
    assertThat(refusal(FRAME, FRAME.length)).isEqualTo(ErrorCode.PROTOCOL);
    parser = newParser(false);
    feed(FRAME, 0, FRAME.length);
    assertThat(log.published()).isEqualTo(HEAD.length + FRAME.length);
  }

  @Test
  void refusesSequencesThatAreNotBelowTheLimit() {
    byte[] head = TestFrames.head(10, 9, Frames.SEQ_LIMIT - 1);
    byte[] last = TestFrames.frame(Frames.DATA, Frames.SEQ_LIMIT - 1, 0, RANDOM);
    feed(join(head, last), 0, head.length + last.length);

    byte[] beyond = TestFrames.frame(Frames.DATA, Frames.SEQ_LIMIT, 0, RANDOM);

    assertThat(refusal(beyond, beyond.length)).isEqualTo(ErrorCode.PROTOCOL);
  }

  @Test
  void stopsAtARecordThatClosesTheConnection() {
    byte[] all = join(HEAD, FRAME, TestFrames.record(20, RANDOM), sequence(5));
    assertThat(log.grow()).isTrue();
    SessionLog big = new SessionLog(TestFrames.limits(4096), budget);
    log.close();
    log = big;
    parser = newParser(true);
    assertThat(log.grow()).isTrue();
    log.copy(Unpooled.wrappedBuffer(all));

    parser.parse(record -> false);

    assertThat(log.published()).isEqualTo(HEAD.length + FRAME.length);
    assertThat(log.received()).isEqualTo(log.published());
  }

  @Test
  void publishesWhatItIndexedEvenIfSomethingFails() {
    log.close();
    log = new SessionLog(TestFrames.limits(4096), budget);
    parser = newParser(true);
    assertThat(log.grow()).isTrue();
    log.copy(Unpooled.wrappedBuffer(join(HEAD, FRAME, TestFrames.record(20, RANDOM))));

    @Nullable RuntimeException seen = null;
    try {
      parser.parse(
          record -> {
            throw new IllegalStateException("a fault");
          });
    } catch (IllegalStateException e) {
      seen = e;
    }

    assertThat(seen).isNotNull();
    assertThat(log.published()).isEqualTo(HEAD.length + FRAME.length);
  }

  /** One memmove per record would move 400 GB here. */
  @Test
  @Timeout(value = 20, unit = TimeUnit.SECONDS)
  void takesManyRecordsOutInOnePass() {
    int size = 4 << 20;
    log.close();
    log = new SessionLog(TestFrames.limits(size), budget);
    parser = newParser(true);
    assertThat(log.grow()).isTrue();
    byte[] record = TestFrames.record(Frames.MIN_SEALED_LEN, RANDOM);
    int count = (size - FRAME.length - HEAD.length) / record.length;
    ByteBuf in = Unpooled.buffer(size);
    in.writeBytes(HEAD);
    for (int i = 0; i < count; i++) {
      in.writeBytes(record);
    }
    in.writeBytes(FRAME);
    log.copy(in);

    parser.parse(taken -> true);

    assertThat(log.published()).isEqualTo(HEAD.length + FRAME.length);
    assertThat(log.reader(0).copy(HEAD.length, FRAME.length)).isEqualTo(FRAME);
  }

  private @Nullable ErrorCode refusal(byte[] bytes, int length) {
    try {
      feed(bytes, 0, length);
      return null;
    } catch (ProtocolException e) {
      return e.code();
    }
  }
}
