package io.hydrasync.tests.nodes;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionSecrets;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A consumer on a thread of its own, which judges what it gets: each message once and in order, and
 * none missing that was not announced. Read by any thread.
 */
final class Listener implements AutoCloseable {
  private final String name;
  private final boolean lossless;
  private final Thread thread;
  private final MessageDigest digest = Flow.sha256();
  private final Lateness lateness = new Lateness();
  private volatile long next;
  private volatile long missing;
  private volatile long announced;
  private volatile long mark = Long.MAX_VALUE;
  private volatile long markAt;
  private volatile long latest;
  private volatile long pauseNanos;
  private volatile Optional<String> sum = Optional.empty();
  private volatile Optional<Throwable> failure = Optional.empty();

  Listener(
      String name,
      List<RelayAddress> relays,
      RelayKey key,
      SessionSecrets session,
      Duration heartbeat,
      boolean lossless) {
    this.name = name;
    this.lossless = lossless;
    HydraConsumer.Builder builder =
        HydraConsumer.builder(relays, session)
            .relayKey(key)
            .heartbeat(heartbeat)
            .start(HydraConsumer.Start.BEGINNING);
    if (!lossless) {
      builder.onGap(gap -> announced++);
    }
    thread = new Thread(() -> run(builder), "listener " + name);
    thread.setDaemon(true);
    thread.start();
  }

  private void run(HydraConsumer.Builder builder) {
    try (HydraConsumer in = builder.connect()) {
      for (ByteBuffer message = in.receive(); message != null; message = in.receive()) {
        take(message);
        long pause = pauseNanos;
        if (pause > 0) {
          pauseNanos = 0;
          TimeUnit.NANOSECONDS.sleep(pause);
        }
      }
      sum = Optional.of(HexFormat.of().formatHex(digest.digest()));
    } catch (InterruptedException | RuntimeException e) {
      failure = Optional.of(e);
    }
  }

  @SuppressWarnings("NonAtomicOperationOnVolatileField") // one thread writes
  private void take(ByteBuffer message) {
    long now = System.nanoTime();
    long number = message.getLong(message.position());
    long sent = message.getLong(message.position() + Long.BYTES);
    if (number < next) {
      throw new IllegalStateException(
          "message " + number + " came where " + next + " was due: twice, or out of order");
    }
    if (number > next) {
      if (lossless || announced == 0) {
        throw new IllegalStateException("messages " + next + " to " + number + " are missing");
      }
      missing += number - next;
    }
    digest.update(message);
    if (number >= mark && markAt == 0) {
      markAt = now;
    }
    latest = Math.max(latest, now - sent);
    lateness.record(now - sent);
    next = number + 1;
  }

  /** From now on the first message with this number or a higher one is waited for. */
  void mark(long number) {
    markAt = 0;
    mark = number;
  }

  /** When that came, by {@link System#nanoTime}; 0 if it has not. */
  long markAt() {
    return markAt;
  }

  /** How late the latest message has been, since it was asked last. */
  long takeLatestNanos() {
    long value = latest;
    latest = 0;
    return value;
  }

  /** How late each message has been. */
  Lateness lateness() {
    return lateness;
  }

  /** Takes nothing for a while, behind the next message. */
  void pause(Duration time) {
    pauseNanos = time.toNanos();
  }

  String name() {
    return name;
  }

  /** The number that is due. */
  long next() {
    return next;
  }

  long missing() {
    return missing;
  }

  Optional<Throwable> failure() {
    return failure;
  }

  /** SHA-256 of all that it got, once it has got the end. */
  Optional<String> sum() {
    return sum;
  }

  boolean isDone() {
    return !thread.isAlive();
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
