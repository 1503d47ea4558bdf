package io.hydrasync.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many handshakes an address may start: a token bucket per IPv4 address or IPv6 /64 ({@code
 * wire2.md} section 7). Thread-safe; remembers a bounded number of addresses.
 */
final class Admission {
  private static final double PER_SECOND = 10;
  private static final double BURST = 20;
  private static final int MAX_ADDRESSES = 65_536;
  private static final int IPV6_PREFIX_BYTES = 8;

  private final boolean loopbackExempt;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Prefix, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Prefix, Bucket> eldest) {
          return size() > MAX_ADDRESSES;
        }
      };

  Admission(boolean loopbackExempt) {
    this.loopbackExempt = loopbackExempt;
  }

  /** Takes a token of the address's bucket. */
  boolean tryHandshake(SocketAddress remote, long nowNanos) {
    if (!(remote instanceof InetSocketAddress inet)) {
      return true;
    }
    InetAddress address = inet.getAddress();
    if (loopbackExempt && address.isLoopbackAddress()) {
      return true;
    }
    lock.lock();
    try {
      return buckets
          .computeIfAbsent(Prefix.of(address), unseen -> new Bucket(nowNanos))
          .take(nowNanos);
    } finally {
      lock.unlock();
    }
  }

  /** An IPv4 address or the first half of an IPv6 one. */
  private record Prefix(long high, int length) {
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
    private double tokens = BURST;
    private long filledNanos;

    Bucket(long nowNanos) {
      filledNanos = nowNanos;
    }

    boolean take(long nowNanos) {
      double seconds = (double) (nowNanos - filledNanos) / TimeUnit.SECONDS.toNanos(1);
      tokens = Math.min(BURST, tokens + seconds * PER_SECOND);
      filledNanos = nowNanos;
      if (tokens < 1) {
        return false;
      }
      tokens--;
      return true;
    }
  }
}
