package io.hydrasync.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.server.internal.log.TestFrames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordAssemblerTest {
  private final Random random = new Random(11);
  private RecordAssembler assembler = new RecordAssembler(TestFrames.MAX_FRAME);

  @Test
  void cutsRecordsWhereverTheBytesAreSplit() {
    byte[] one = TestFrames.record(Frames.MIN_SEALED_LEN, random);
    byte[] two = TestFrames.record(900, random);
    byte[] all = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, all, one.length, two.length);
    for (int split = 0; split <= all.length; split++) {
      assembler = new RecordAssembler(TestFrames.MAX_FRAME);
      ByteBuf first = Unpooled.wrappedBuffer(all, 0, split);
      ByteBuf second = Unpooled.wrappedBuffer(all, split, all.length - split);

      assertThat(next(first, second)).as("split at %d", split).isEqualTo(one);
      assertThat(next(first, second)).as("split at %d", split).isEqualTo(two);
      assertThat(second.isReadable()).isFalse();
    }
  }

  private byte[] next(ByteBuf first, ByteBuf second) {
    boolean whole = assembler.fill(first) || assembler.fill(second);
    assertThat(whole).isTrue();
    byte[] record = Arrays.copyOf(assembler.bytes(), assembler.length());
    assembler.clear();
    return record;
  }

  @Test
  void growsWithWhatHasComeAndNotWithWhatIsAnnounced() {
    byte[] largest = TestFrames.record(Frames.MAX_SEALED_LEN, random);

    assertThat(assembler.fill(Unpooled.wrappedBuffer(largest, 0, 20))).isFalse();
    assertThat(assembler.bytes().length).isLessThan(1_000);

    assertThat(assembler.fill(Unpooled.wrappedBuffer(largest, 20, largest.length - 20))).isTrue();
    assertThat(Arrays.copyOf(assembler.bytes(), assembler.length())).isEqualTo(largest);
  }

  @Test
  void refusesWhatIsNotARecordAtEverySplit() {
    refuses(new byte[4], ErrorCode.PROTOCOL);
    byte[] tooBig = TestFrames.raw(TestFrames.MAX_FRAME + 1, Frames.SEALED);
    refuses(Arrays.copyOf(tooBig, 4), ErrorCode.TOO_BIG);
    refuses(header(100, Frames.DATA), ErrorCode.PROTOCOL);
    refuses(header(100, 0x80), ErrorCode.PROTOCOL);
    refuses(header(Frames.MIN_SEALED_LEN - 1, Frames.SEALED), ErrorCode.PROTOCOL);
    refuses(header(Frames.MAX_SEALED_LEN + 1, Frames.SEALED), ErrorCode.PROTOCOL);
  }

  private static byte[] header(int len, int type) {
    return Arrays.copyOf(TestFrames.raw(len, type), Frames.PREFIX);
  }

  private void refuses(byte[] bytes, ErrorCode code) {
    for (int i = 0; i < bytes.length; i++) {
      int split = i;
      assembler = new RecordAssembler(TestFrames.MAX_FRAME);
      assertThat(assembler.fill(Unpooled.wrappedBuffer(bytes, 0, split))).isFalse();
      assertThatExceptionOfType(ProtocolException.class)
          .isThrownBy(
              () -> assembler.fill(Unpooled.wrappedBuffer(bytes, split, bytes.length - split)))
          .satisfies(problem -> assertThat(problem.code()).isEqualTo(code));
    }
  }
}
