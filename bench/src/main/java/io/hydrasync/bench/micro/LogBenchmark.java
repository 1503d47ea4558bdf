package io.hydrasync.bench.micro;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.server.internal.delivery.SliceFeed;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.hydrasync.server.internal.log.LogParser;
import io.hydrasync.server.internal.log.LogReader;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.log.Wire2Framing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The relay's work on frames of 64 byte messages without the network: taking bytes in, walking the
 * headers, publishing; and cutting what a consumer is due into slices.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LogBenchmark {
  private static final int FRAMES = 1024;
  private static final int MESSAGE = 64;
  private static final int FRAME = MESSAGE + Frames.OVERHEAD;
  private static final long KEPT = 2L * FRAMES * FRAME;
  private static final int FILLING = 64;
  private static final RelayLimits LIMITS =
      new RelayLimits(1 << 20, 1 << 20, 8 << 20, 2048, 1 << 20, 1 << 20, 1, 1, 1, 1, 1);

  private final SessionId id = SessionId.of(new byte[SessionId.LENGTH]);
  private @Nullable SessionLog log;
  private @Nullable LogParser parser;
  private ByteBuf frames = Unpooled.EMPTY_BUFFER;
  private long next;

  /** A log with its HEAD. */
  @Setup
  public void setUp() {
    SessionLog made = new SessionLog(LIMITS, new MemoryBudget(64 << 20));
    log = made;
    LogParser checker =
        new LogParser(made, new Wire2Framing(made, id, LIMITS.maxFrame(), true, head -> {}));
    parser = checker;
    byte[] prefix = Head.prefix(1, 1, 0, 0, new byte[Head.SALT_LENGTH], false);
    append(
        made,
        checker,
        Unpooled.wrappedBuffer(Arrays.copyOf(prefix, prefix.length + Head.COMMIT_LENGTH)));
    frames = Unpooled.directBuffer(FRAMES * FRAME);
    byte[] header = new byte[Frames.HEADER];
    for (int i = 0; i < FRAMES; i++) {
      Frames.putHeader(header, 0, Frames.DATA, 0, MESSAGE);
      frames.writeBytes(header).writeZero(MESSAGE + Frames.TAG);
    }
    for (int i = 0; i < FILLING; i++) {
      append(); // until the segments have their usual size
    }
  }

  /** Gives the memory back. */
  @TearDown
  public void tearDown() {
    if (log != null) {
      log.close();
    }
    frames.release();
  }

  private static void append(SessionLog log, LogParser parser, ByteBuf in) {
    while (in.isReadable()) {
      if (log.room() == 0) {
        log.trim(log.published() - KEPT);
        log.grow();
      }
      log.copy(in);
      parser.parse(record -> true);
    }
  }

  /** Time of one frame: copied in, checked, published; the segments come and go. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public long append() {
    SessionLog to = log;
    LogParser checker = parser;
    if (to == null || checker == null) {
      throw new IllegalStateException();
    }
    for (int i = 0; i < FRAMES; i++) {
      frames.setLong(i * FRAME + Frames.SEQ_OFFSET, next++);
    }
    append(to, checker, frames.readerIndex(0));
    return to.published();
  }

  /** Time of one frame: walking the headers of what is in the log. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public long walk() {
    SessionLog in = log;
    if (in == null) {
      throw new IllegalStateException();
    }
    long at = in.published() - (long) FRAMES * FRAME;
    LogReader reader = in.reader(at);
    while (at < in.published()) {
      at = reader.passFrame(at);
    }
    return at;
  }

  /** Time of one frame: slices of 64 KiB for a consumer, as they go to its socket. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public long flush() {
    SessionLog in = log;
    if (in == null) {
      throw new IllegalStateException();
    }
    long from = in.published() - (long) FRAMES * FRAME;
    SliceFeed feed = new SliceFeed(in, in.segmentOf(from), from, 1 << 20);
    for (ByteBuf slice = feed.next(in.published(), 64 << 10);
        slice != null;
        slice = feed.next(in.published(), 64 << 10)) {
      slice.release();
    }
    return feed.queued();
  }
}
