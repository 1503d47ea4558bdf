package io.hydrasync.server;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How many handshakes an address may start: a token bucket for each {@link Prefix} that it is in.
 *
 * <p>A bucket that is full again says no more than none, so it goes; there are about as many as
 * there were handshakes in the last seconds, and never more than {@link #MOST}. Who has so many
 * addresses that the oldest has to go before it is full is given back what that one had used, and
 * nobody loses anything by it. What a wider prefix refuses makes no bucket for the narrower one, so
 * it takes very many networks to come to that.
 *
 * <p>Not thread-safe.
 */
final class HandshakeRates {
  static final int MOST = 65_536;

  private static final int FORGET_AT_A_TIME = 4;

  /** The one that was used last at the end. */
  private final Map<Prefix, TokenBucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

  /** Takes a token of each of the prefixes, or none. */
  boolean tryHandshake(List<Prefix> narrowestFirst, AdmissionLimits limits, long nowNanos) {
    Map<Prefix, TokenBucket> all = new HashMap<>();
    for (int i = narrowestFirst.size() - 1; i >= 0; i--) {
      Prefix prefix = narrowestFirst.get(i);
      double burst = limits.handshakeBurst(prefix);
      TokenBucket bucket = buckets.get(prefix);
      if (bucket == null) {
        bucket = new TokenBucket(burst, nowNanos);
      }
      if (!bucket.hasToken(limits.handshakesPerSecond(prefix), burst, nowNanos)) {
        return false;
      }
      all.put(prefix, bucket);
    }
    all.forEach(
        (prefix, bucket) -> {
          bucket.tryTake(
              limits.handshakesPerSecond(prefix), limits.handshakeBurst(prefix), nowNanos);
          buckets.put(prefix, bucket);
        });
    forget(limits, nowNanos);
    return true;
  }

  /** More than one handshake can have made, so that there are fewer in the end. */
  private void forget(AdmissionLimits limits, long nowNanos) {
    Iterator<Map.Entry<Prefix, TokenBucket>> oldestFirst = buckets.entrySet().iterator();
    for (int i = 0; i < FORGET_AT_A_TIME && oldestFirst.hasNext(); i++) {
      Map.Entry<Prefix, TokenBucket> oldest = oldestFirst.next();
      double rate = limits.handshakesPerSecond(oldest.getKey());
      double burst = limits.handshakeBurst(oldest.getKey());
      if (buckets.size() <= MOST && !oldest.getValue().isFull(rate, burst, nowNanos)) {
        return;
      }
      oldestFirst.remove();
    }
  }

  /** How many buckets there are. */
  int size() {
    return buckets.size();
  }
}
