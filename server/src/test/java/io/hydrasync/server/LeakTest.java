package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What all tests of this module together have leaked. Runs behind them. */
@Order(Integer.MAX_VALUE)
class LeakTest {
  @Test
  void noBufferWasLeakedAndALeakWouldHaveBeenSeen() {
    reportLeaks();
    assertThat(LeakWatch.leaks()).isEmpty();

    leak();
    for (int i = 0; i < 50 && LeakWatch.leaks().isEmpty(); i++) {
      reportLeaks();
    }
    assertThat(LeakWatch.leaks()).as("the watch works").isNotEmpty();
  }

  private static void leak() {
    PooledByteBufAllocator.DEFAULT.directBuffer(64);
  }

  /** The detector reports what has been collected when the next buffers are made. */
  private static void reportLeaks() {
    System.gc();
    for (int i = 0; i < 256; i++) {
      ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(64);
      buffer.release();
    }
  }
}
