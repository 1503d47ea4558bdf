package io.hydrasync.server.internal.log;

import io.hydrasync.server.internal.delivery.SliceFeed;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A log gives its last segment back and goes on in another, while a cursor that stands at the tail
 * looks for more: it finds nothing yet, or the byte of the new segment, never the old memory.
 */
@JCStressTest
@Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "Nothing yet.")
@Outcome(id = "42, 0", expect = Expect.ACCEPTABLE, desc = "The new byte.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Old memory, or memory not given back.")
@State
public class TailReleaseStress {
  private static final int SIZE = 64;
  private static final int OLD_BYTES = 10;

  private final MemoryBudget budget = new MemoryBudget(4 * SIZE);
  private final SessionLog log;
  private final SliceFeed feed;

  public TailReleaseStress() {
    log = new SessionLog(new RelayLimits(SIZE, 0, SIZE, SIZE, SIZE, SIZE, 0, 0, 0, 0, 0), budget);
    append(new byte[OLD_BYTES]);
    feed = new SliceFeed(log, log.segmentOf(OLD_BYTES), OLD_BYTES, SIZE);
  }

  private void append(byte[] bytes) {
    if (log.room() == 0) {
      log.grow();
    }
    log.copy(Unpooled.wrappedBuffer(bytes));
    log.publish(log.received());
  }

  @Actor
  public void owner() {
    log.trimAll();
    append(new byte[] {42});
  }

  @Actor
  public void cursor(II_Result result) {
    ByteBuf next = feed.next(log.published(), SIZE);
    result.r1 = next == null ? -1 : next.getByte(0);
    if (next != null) {
      next.release();
    }
  }

  @Arbiter
  public void after(II_Result result) {
    log.close();
    result.r2 = (int) budget.used();
  }
}
