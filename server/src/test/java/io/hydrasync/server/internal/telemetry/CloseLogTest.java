package io.hydrasync.server.internal.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CloseLogTest {
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5); // nanoTime may overflow
  private final CloseLog log = new CloseLog(clock::get);

  private int lines() {
    int lines = 0;
    while (lines < 1_000 && log.mayWrite()) {
      lines++;
    }
    return lines;
  }

  @Test
  void writesSoManyLinesASecond() {
    assertThat(lines()).isEqualTo(CloseLog.LINES_PER_SECOND);
    clock.addAndGet(TimeUnit.SECONDS.toNanos(1) - 1);
    assertThat(lines()).isZero();
    clock.addAndGet(1);
    assertThat(lines()).isEqualTo(CloseLog.LINES_PER_SECOND);
    clock.addAndGet(TimeUnit.HOURS.toNanos(1));
    assertThat(lines()).isEqualTo(CloseLog.LINES_PER_SECOND);
  }
}
