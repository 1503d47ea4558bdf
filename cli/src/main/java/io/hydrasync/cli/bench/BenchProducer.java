package io.hydrasync.cli.bench;

import io.hydrasync.client.HydraProducer;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Sends the messages of a benchmark, as fast as it goes or at a rate. At a rate each message bears
 * the time at which it was due, however late it could be sent: a system that stalls cannot hide the
 * latency of what had to wait meanwhile. For one thread.
 */
final class BenchProducer {
  private static final double NANOS = 1e9;

  /** Waking up takes about this long; the rest of a wait is spent awake. */
  private static final long SPIN_NANOS = 60_000;

  /** How long what was due may still be sent when the time is over. */
  private static final long GRACE_NANOS = 250_000_000;

  private final HydraProducer producer;
  private final BenchPayload payload;
  private final BenchPlan plan;
  private final ByteBuffer message;
  private long sent;
  private long counted;
  private long unsent;
  private long latestNanos;

  BenchProducer(HydraProducer producer, BenchPayload payload, BenchPlan plan) {
    this.producer = producer;
    this.payload = payload;
    this.plan = plan;
    message = payload.allocate();
  }

  /**
   * Sends until the time is over, and ends the session.
   *
   * @param counts from when on messages count
   * @param end when the time is over
   * @param failed whether to stop before
   */
  void run(long counts, long end, BooleanSupplier failed) {
    if (plan.rate().isPresent()) {
      atRate(counts, end, failed);
    } else {
      flatOut(counts, end, failed);
    }
    producer.close();
  }

  private void flatOut(long counts, long end, BooleanSupplier failed) {
    for (long now = System.nanoTime();
        now - end < 0 && !failed.getAsBoolean();
        now = System.nanoTime()) {
      for (int i = 0; i < plan.batch(); i++) {
        send(now, counts);
      }
      if (!broadcasts()) {
        producer.flush();
      }
    }
  }

  private void atRate(long counts, long end, BooleanSupplier failed) {
    double interval = NANOS / plan.rate().orElseThrow();
    long start = System.nanoTime();
    int unflushed = 0;
    for (long due = start; due - end < 0 && !failed.getAsBoolean(); ) {
      long now = System.nanoTime();
      if (now - end > GRACE_NANOS) {
        unsent = (long) ((end - due) / interval) + 1;
        break;
      }
      long late = now - due;
      if (unflushed > 0 && (late < 0 || unflushed == plan.batch())) {
        producer.flush();
        unflushed = 0;
      } else if (late < 0) {
        await(-late);
      } else {
        if (due - counts >= 0) {
          latestNanos = Math.max(latestNanos, late);
        }
        send(due, counts);
        unflushed = broadcasts() ? 0 : unflushed + 1;
        due = start + (long) (sent * interval);
      }
    }
    producer.flush();
  }

  private static void await(long nanos) {
    if (nanos > SPIN_NANOS) {
      LockSupport.parkNanos(nanos - SPIN_NANOS);
    } else {
      Thread.onSpinWait();
    }
  }

  /** Whether each message is sent by itself, with what the producer makes of that. */
  private boolean broadcasts() {
    return plan.batch() == 1;
  }

  private void send(long nanos, long counts) {
    payload.fill(message, nanos, sent++);
    if (broadcasts()) {
      producer.broadcast(message);
    } else {
      producer.write(message);
    }
    if (nanos - counts >= 0) {
      counted++;
    }
  }

  /** Messages that count. */
  long counted() {
    return counted;
  }

  /** Messages that were due and could not be sent in time, because the rate was too high. */
  long unsent() {
    return unsent;
  }

  /** By how much a message was sent too late at most, because sending was blocked or too slow. */
  long latestNanos() {
    return latestNanos;
  }
}
