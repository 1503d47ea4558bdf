package io.hydrasync.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who may connect, how many may be connected without having joined, and how many handshakes an
 * address may start: a token bucket per IPv4 address or IPv6 /64 ({@code wire2.md} section 7).
 * Thread-safe; remembers a bounded number of addresses.
 */
final class Admission {
  private static final int MAX_ADDRESSES = 65_536;
  private static final int IPV6_PREFIX_BYTES = 8;

  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicInteger joining = new AtomicInteger();
  private volatile AdmissionLimits limits;
  private final Map<Prefix, Integer> connected = new HashMap<>();
  private final Map<Prefix, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Prefix, Bucket> eldest) {
          return size() > MAX_ADDRESSES;
        }
      };

  Admission(AdmissionLimits limits) {
    this.limits = limits;
  }

  AdmissionLimits limits() {
    return limits;
  }

  void limits(AdmissionLimits next) {
    limits = next;
  }

  /** Takes a token of the address's bucket. */
  boolean tryHandshake(SocketAddress remote, long nowNanos) {
    AdmissionLimits now = limits;
    if (!isLimited(remote, now)) {
      return true;
    }
    lock.lock();
    try {
      return buckets
          .computeIfAbsent(Prefix.of(remote), unseen -> new Bucket(nowNanos, now))
          .take(nowNanos, now);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts a new connection, which has not joined, if there may be one more.
   *
   * @return why not, or nothing
   */
  Optional<String> connect(SocketAddress remote) {
    if (joining.incrementAndGet() > limits.maxJoining()) {
      joining.decrementAndGet();
      return Optional.of(RelayCounters.JOINING_CONNECTIONS);
    }
    if (!tryAddress(remote)) {
      joining.decrementAndGet();
      return Optional.of(RelayCounters.ADDRESS_CONNECTIONS);
    }
    return Optional.empty();
  }

  private boolean tryAddress(SocketAddress remote) {
    AdmissionLimits now = limits;
    if (!(remote instanceof InetSocketAddress)) {
      return true;
    }
    lock.lock();
    try {
      Prefix prefix = Prefix.of(remote);
      int have = connected.getOrDefault(prefix, 0);
      if (have >= now.connectionsPerAddress() && isLimited(remote, now)) {
        return false;
      }
      connected.put(prefix, have + 1);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** A connection that {@link #connect} has counted has joined. */
  void joined() {
    joining.decrementAndGet();
  }

  /** A connection that {@link #connect} has counted is gone. */
  void disconnected(SocketAddress remote, boolean hadJoined) {
    if (!hadJoined) {
      joining.decrementAndGet();
    }
    if (remote instanceof InetSocketAddress) {
      lock.lock();
      try {
        connected.computeIfPresent(
            Prefix.of(remote), (prefix, have) -> have == 1 ? null : have - 1);
      } finally {
        lock.unlock();
      }
    }
  }

  private static boolean isLimited(SocketAddress remote, AdmissionLimits now) {
    return remote instanceof InetSocketAddress inet
        && !(now.loopbackExempt() && inet.getAddress().isLoopbackAddress());
  }

  /** An IPv4 address or the first half of an IPv6 one. */
  private record Prefix(long high, int length) {
    static Prefix of(SocketAddress remote) {
      return of(((InetSocketAddress) remote).getAddress());
    }

    static Prefix of(InetAddress address) {
      byte[] bytes = address.getAddress();
      byte[] prefix = Arrays.copyOf(bytes, Math.min(bytes.length, IPV6_PREFIX_BYTES));
      long value = 0;
      for (byte b : prefix) {
        value = value << 8 | b & 0xFF;
      }
      return new Prefix(value, prefix.length);
    }
  }

  private static final class Bucket {
    private double tokens;
    private long filledNanos;

    Bucket(long nowNanos, AdmissionLimits limits) {
      tokens = limits.handshakeBurst();
      filledNanos = nowNanos;
    }

    boolean take(long nowNanos, AdmissionLimits limits) {
      double seconds = (double) (nowNanos - filledNanos) / TimeUnit.SECONDS.toNanos(1);
      tokens = Math.min(limits.handshakeBurst(), tokens + seconds * limits.handshakesPerSecond());
      filledNanos = nowNanos;
      if (tokens < 1) {
        return false;
      }
      tokens--;
      return true;
    }
  }
}
