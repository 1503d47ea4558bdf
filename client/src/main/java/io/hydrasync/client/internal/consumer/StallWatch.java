package io.hydrasync.client.internal.consumer;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Notices a stream that is held back ({@code wire2.md} section 6, STALLED), and a producer that may
 * be at another relay. Each stall is told once; a frame, or a TICK that is in time, ends it. What
 * is noticed is told by {@link #tell()} only, so that what the listener throws is not taken for
 * trouble with the connection. For the thread that receives, but for {@link #isOverdue}.
 */
public final class StallWatch {
  private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long LATE_MS = TimeUnit.SECONDS.toMillis(60);
  private static final long NO_TICK = Long.MAX_VALUE;

  private final LongSupplier nanos;
  private final LongSupplier clockMs;
  private final Consumer<Noticed> listener;
  private volatile boolean live;
  private volatile long awayFromNanos;
  private volatile long leaveAfterNanos = Long.MAX_VALUE;
  private volatile boolean silenceTold;
  private boolean latenessTold;
  private volatile long lastFrameNanos;
  private long lastLagMs = NO_TICK;
  private final ArrayDeque<Noticed> untold = new ArrayDeque<>(2);

  /**
   * A stall.
   *
   * @param by how long nothing has come, or how late what comes is
   * @param sentAt when the newest TICK was sent, by the producer's clock, where it is late
   */
  public record Noticed(Duration by, Optional<Instant> sentAt) {}

  /**
   * A watch.
   *
   * @param nanos a clock that never goes back
   * @param clockMs the time of day, which TICKs are compared with
   * @param listener hears of stalls
   */
  StallWatch(LongSupplier nanos, LongSupplier clockMs, Consumer<Noticed> listener) {
    this.nanos = nanos;
    this.clockMs = clockMs;
    this.listener = listener;
    lastFrameNanos = nanos.getAsLong();
    awayFromNanos = lastFrameNanos;
  }

  /**
   * A connection begins.
   *
   * @param producerLive whether its relay says that the producer is connected
   * @param leaveAfterNanos how long it may say that it is not, {@link Long#MAX_VALUE} for ever
   */
  void joined(boolean producerLive, long leaveAfterNanos) {
    producerLive(producerLive);
    awayFromNanos = nanos.getAsLong();
    this.leaveAfterNanos = leaveAfterNanos;
  }

  /** This relay would know where the producer is. */
  void stays() {
    leaveAfterNanos = Long.MAX_VALUE;
  }

  /** The relay says whether the producer is connected. */
  void producerLive(boolean value) {
    if (value && !live) {
      frame(); // the silence counts from here
    } else if (!value && live) {
      awayFromNanos = nanos.getAsLong();
    }
    live = value;
  }

  /**
   * Whether this connection's relay has said for too long that the producer is away, and has had
   * nothing of it meanwhile that was still to be delivered. From any thread.
   */
  boolean isAwayTooLong() {
    long now = nanos.getAsLong();
    return !live && now - awayFromNanos > leaveAfterNanos && now - lastFrameNanos > leaveAfterNanos;
  }

  /** As the relay said last. From any thread. */
  boolean isProducerLive() {
    return live;
  }

  /** A relayed frame has come, and verified. */
  void frame() {
    lastFrameNanos = nanos.getAsLong();
    if (silenceTold) { // for each frame: a load is cheap, a volatile store is not
      silenceTold = false;
    }
  }

  /** A TICK has been delivered. */
  void tick(long ms) {
    long lag = Math.abs(clockMs.getAsLong() - ms);
    boolean shrinks = lastLagMs == NO_TICK || lag < lastLagMs;
    lastLagMs = lag;
    if (lag <= LATE_MS || shrinks) {
      latenessTold = false;
    } else if (!latenessTold) {
      latenessTold = true;
      untold.add(new Noticed(Duration.ofMillis(lag), Optional.of(Instant.ofEpochMilli(ms))));
    }
  }

  /** How long may be waited before {@link #look} has to be called. */
  long leftNanos() {
    return live && !silenceTold
        ? Math.max(0, SILENT_NANOS - (nanos.getAsLong() - lastFrameNanos))
        : Long.MAX_VALUE;
  }

  /** Whether {@link #look} would notice something. From any thread. */
  boolean isOverdue() {
    return leftNanos() == 0;
  }

  /**
   * Notices silence, if it has lasted long enough. To be called after waiting in vain for a frame.
   */
  void look() {
    if (isOverdue()) {
      silenceTold = true;
      untold.add(
          new Noticed(Duration.ofNanos(nanos.getAsLong() - lastFrameNanos), Optional.empty()));
    }
  }

  /** Tells what has been noticed; what the listener throws is thrown, and the stall is told. */
  void tell() {
    for (Noticed stall = untold.poll(); stall != null; stall = untold.poll()) {
      listener.accept(stall);
    }
  }
}
