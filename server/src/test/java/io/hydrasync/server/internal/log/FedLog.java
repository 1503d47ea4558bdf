package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.spill.SpillFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A log of a plain session into which a test feeds what a producer would send. Registered as an
 * extension it is closed behind each test, and has to give all memory back then.
 */
public final class FedLog implements AfterEachCallback {
  final MemoryBudget budget;
  public final SessionLog log;
  final LogParser parser;

  public FedLog(int segmentBytes) {
    this(segmentBytes, new MemoryBudget(1 << 28));
  }

  FedLog(int segmentBytes, MemoryBudget budget) {
    this.budget = budget;
    log = new SessionLog(TestFrames.limits(segmentBytes), budget);
    parser =
        new LogParser(
            log,
            new Wire2Framing(
                log, TestFrames.plainSession(), TestFrames.MAX_FRAME, true, head -> {}));
  }

  public void feed(byte[] bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    while (in.isReadable()) {
      if (log.room() == 0) {
        assertThat(log.grow()).isTrue();
      }
      log.copy(in);
      parser.parse(record -> true);
    }
  }

  /** Closes it and looks whether all memory is back. */
  void close() {
    log.trimSpilled(Long.MAX_VALUE).forEach(SpillFile::delete);
    log.close();
    assertThat(budget.used()).isZero();
    assertThat(budget.epochs().used()).isZero();
  }

  @Override
  public void afterEach(ExtensionContext test) {
    close();
  }
}
