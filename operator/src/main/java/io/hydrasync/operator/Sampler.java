package io.hydrasync.operator;

import io.hydrasync.server.ClusterStatus;
import io.hydrasync.server.RelayOperator;
import io.hydrasync.server.RelayStatus;
import io.hydrasync.server.SessionStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the relay at most once in a while, however many ask, so that nobody who scrapes or
 * watches can keep its event loops busy. Thread-safe.
 */
final class Sampler {
  private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final Duration DEADLINE = Duration.ofSeconds(1);

  private final RelayOperator relay;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Sample last;

  /**
   * A look at the relay.
   *
   * @param nanos when, by {@link System#nanoTime()}
   * @param status the relay
   * @param sessions its sessions
   * @param cluster what it is a node of, without those sessions
   */
  record Sample(
      long nanos,
      RelayStatus status,
      List<SessionStatus> sessions,
      Optional<ClusterStatus> cluster) {}

  Sampler(RelayOperator relay) {
    this.relay = relay;
  }

  RelayOperator relay() {
    return relay;
  }

  /** What the relay is a node of; asks no session. */
  Optional<ClusterStatus> cluster() {
    return relay.cluster(Duration.ZERO);
  }

  /** The last look, or a new one. */
  Sample sample() {
    lock.lock();
    try {
      Sample known = last;
      long now = System.nanoTime();
      if (known == null || now - known.nanos > FRESH_NANOS) {
        List<SessionStatus> sessions = relay.sessions(DEADLINE);
        known = new Sample(System.nanoTime(), relay.status(), sessions, cluster());
        last = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }
}
