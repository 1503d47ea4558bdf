package io.hydrasync.server.internal.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The writer publishes a HEAD and then a frame, over several segments; a reader that sees the tail
 * sees the bytes, the links between the segments and their index.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "nothing published yet")
@Outcome(id = "[12], 1", expect = ACCEPTABLE, desc = "published, and all of it seen")
@Outcome(expect = FORBIDDEN, desc = "published, but something of it was not seen")
@State
public class SessionLogStress {
  private static final int SEGMENT = 64;
  private static final int BUDGET = 1 << 20;
  private static final SessionId SESSION = SessionId.of(new byte[SessionId.LENGTH]);
  private static final byte[] HEAD = head();
  private static final byte[] FRAME = frame();
  private static final RelayLimits LIMITS =
      new RelayLimits(1 << 20, 0, BUDGET, SEGMENT, SEGMENT, SEGMENT, 1, 1, 1, 1, 1);

  private final SessionLog log = new SessionLog(LIMITS, new MemoryBudget(BUDGET));
  private final Segment beginning = log.segmentOf(0);
  private final LogParser parser =
      new LogParser(log, new Wire2Framing(log, SESSION, 1 << 20, true, head -> {}));

  private static byte[] head() {
    byte[] prefix = Head.prefix(5, 5, 0, 0, new byte[Head.SALT_LENGTH], false);
    byte[] head = Arrays.copyOf(prefix, prefix.length + Head.COMMIT_LENGTH);
    Arrays.fill(head, prefix.length, head.length, (byte) 7);
    return head;
  }

  private static byte[] frame() {
    int plaintext = 2 * SEGMENT;
    byte[] frame = new byte[Frames.OVERHEAD + plaintext];
    Arrays.fill(frame, (byte) 9);
    Frames.putHeader(frame, 0, Frames.DATA, 0, plaintext);
    return frame;
  }

  @Actor
  public void writer() {
    ByteBuf in = Unpooled.wrappedBuffer(HEAD, FRAME);
    while (in.isReadable()) {
      if (log.room() == 0) {
        log.grow();
      }
      log.copy(in);
      parser.parse(record -> true);
    }
  }

  @Actor
  public void reader(II_Result result) {
    long tail = log.published();
    if (tail > 0) {
      result.r1 = tail == HEAD.length ? 1 : 2;
      result.r2 = seesAllBelow(tail) ? 1 : 0;
    }
  }

  private boolean seesAllBelow(long tail) {
    Segment first = beginning.next();
    if (first == null || first.firstFrame != 0 || first.firstEpoch == null) {
      return false;
    }
    byte[] expected = ByteBuffer.allocate(HEAD.length + FRAME.length).put(HEAD).put(FRAME).array();
    byte[] seen = new LogReader(first).copy(0, (int) tail);
    return Arrays.equals(seen, Arrays.copyOf(expected, (int) tail))
        && log.boundaryFrom(first, 1) == HEAD.length
        && log.boundaryFrom(first, tail) == tail;
  }

  @Arbiter
  public void close(II_Result result) {
    log.close();
  }
}
