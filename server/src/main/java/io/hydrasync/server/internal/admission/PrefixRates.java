package io.hydrasync.server.internal.admission;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How often an address may have something: a token bucket for each {@link Prefix} that it is in. So
 * clients share a bucket that have the same IPv4 address, be it that of their connection or inside
 * an IPv6 one (mapped, or from a translator), or are in the same IPv6 /64; and those of a /56 and
 * of a /48 share another one, {@link Prefix#factor} times as large.
 *
 * <p>A bucket that is full again says no more than none, so it goes; there are about as many as
 * there were takers in the last seconds, and never more than {@link #MOST}. Who has so many
 * addresses that the oldest has to go before it is full is given back what that one had used, and
 * nobody loses anything by it. What a wider prefix refuses makes no bucket for the narrower one, so
 * it takes very many networks to come to that.
 *
 * <p>Not thread-safe.
 */
final class PrefixRates {
  static final int MOST = 65_536;

  private static final int FORGET_AT_A_TIME = 4;

  /** The one that was used last at the end. */
  private final Map<Prefix, TokenBucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * What a single address may have.
   *
   * @param perSecond on average
   * @param burst at a time
   */
  record Rate(double perSecond, double burst) {
    private Rate of(Prefix prefix) {
      int factor = prefix.factor();
      return new Rate(perSecond * factor, burst * factor);
    }
  }

  /** Takes a token of each of the prefixes, or none. */
  boolean tryTake(List<Prefix> narrowestFirst, Rate ofAnAddress, long nowNanos) {
    for (int i = narrowestFirst.size() - 1; i >= 0; i--) {
      Rate rate = ofAnAddress.of(narrowestFirst.get(i));
      TokenBucket bucket = buckets.get(narrowestFirst.get(i));
      if (bucket != null && !bucket.hasToken(rate.perSecond, rate.burst, nowNanos)) {
        return false;
      }
    }
    return takeInAdvance(narrowestFirst, 1, ofAnAddress, nowNanos) == 0;
  }

  /**
   * Takes tokens of each of the prefixes, be they there or not: who takes what is still to come has
   * to wait for it. Fewer than none are given back.
   *
   * @return nanoseconds until the last of them comes, 0 if all are there
   */
  long takeInAdvance(List<Prefix> prefixes, int count, Rate ofAnAddress, long nowNanos) {
    long wait = 0;
    for (Prefix prefix : prefixes) {
      Rate rate = ofAnAddress.of(prefix);
      TokenBucket bucket =
          buckets.computeIfAbsent(prefix, unseen -> new TokenBucket(rate.burst, nowNanos));
      wait = Math.max(wait, bucket.takeInAdvance(count, rate.perSecond, rate.burst, nowNanos));
    }
    forget(ofAnAddress, nowNanos);
    return wait;
  }

  /** More than one taker can have made, so that there are fewer in the end. */
  private void forget(Rate ofAnAddress, long nowNanos) {
    Iterator<Map.Entry<Prefix, TokenBucket>> oldestFirst = buckets.entrySet().iterator();
    for (int i = 0; i < FORGET_AT_A_TIME && oldestFirst.hasNext(); i++) {
      Map.Entry<Prefix, TokenBucket> oldest = oldestFirst.next();
      Rate rate = ofAnAddress.of(oldest.getKey());
      if (buckets.size() <= MOST
          && !oldest.getValue().isFull(rate.perSecond, rate.burst, nowNanos)) {
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
