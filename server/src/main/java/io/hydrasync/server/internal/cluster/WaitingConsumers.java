package io.hydrasync.server.internal.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Consumers whose JOINED waits: until the link is there, or the directory has said that there is no
 * session, or this node has come as far as they have. Three seconds at most.
 *
 * <p>All are looked at only when the {@link Situation} has changed. Otherwise what happens costs as
 * much as it concerns: who has just come, for whom the directory has answered, whose time is over.
 * Each waits equally long, so the first to come is the first whose time is over.
 *
 * @param <T> a client's connection
 */
final class WaitingConsumers<T> {
  /** How long one waits. */
  static final long MOST = TimeUnit.SECONDS.toNanos(3);

  private final Map<T, Guest<T>> guests = new LinkedHashMap<>();

  /** Who has come since all were decided about. */
  private final Deque<Guest<T>> fresh = new ArrayDeque<>();

  /** For whom the directory is to be asked, in the order in which they came. */
  private final Set<Guest<T>> asks = new LinkedHashSet<>();

  private @Nullable Situation last;
  private long numbers;
  private long asking;
  private long answered;
  private @Nullable Refusal failure;

  /** One that waits. */
  private static final class Guest<T> {
    final T consumer;
    final long epoch;
    final long stream;
    final boolean waits;
    final long until;
    final long number;

    Guest(T consumer, long epoch, long stream, boolean waits, long until, long number) {
      this.consumer = consumer;
      this.epoch = epoch;
      this.stream = stream;
      this.waits = waits;
      this.until = until;
      this.number = number;
    }
  }

  boolean isEmpty() {
    return guests.isEmpty();
  }

  void add(T consumer, long epoch, long stream, boolean waits, long now) {
    Guest<T> guest = new Guest<>(consumer, epoch, stream, waits, now + MOST, ++numbers);
    guests.put(consumer, guest);
    fresh.add(guest);
  }

  void gone(T consumer) {
    Guest<T> guest = guests.remove(consumer);
    if (guest != null) {
      asks.remove(guest);
    }
  }

  /** The directory is being asked: those who come later need another answer. */
  void asking() {
    asking = numbers;
  }

  /** The directory has answered those who are there, or all; or not: then the refusal says so. */
  void answered(@Nullable Refusal why, boolean all) {
    answered = all ? numbers : Math.max(answered, asking);
    failure = why;
  }

  /**
   * Decides about each whom something concerns.
   *
   * @return whether some want the directory to be asked
   */
  boolean settle(Situation now, SessionEffects<T> effects, long nowNanos) {
    Situation before = last;
    last = now;
    if (before == null || !before.isSameAs(now)) {
      asks.clear();
      fresh.clear();
      List<Guest<T>> all = new ArrayList<>(guests.values());
      all.forEach(guest -> decide(guest, now, effects));
    } else {
      for (Guest<T> guest = fresh.poll(); guest != null; guest = fresh.poll()) {
        decide(guest, now, effects);
      }
      for (Guest<T> guest = first(asks);
          guest != null && guest.number <= answered;
          guest = first(asks)) {
        asks.remove(guest);
        decide(guest, now, effects);
      }
    }
    refuseLate(effects, nowNanos);
    return !asks.isEmpty();
  }

  private void decide(Guest<T> guest, Situation now, SessionEffects<T> effects) {
    if (guests.get(guest.consumer) != guest) {
      return; // it has gone since
    }
    boolean asked = guest.number <= answered;
    Situation.Fate fate = now.fate(guest.epoch, guest.stream, guest.waits, asked);
    switch (fate) {
      case JOIN -> {
        gone(guest.consumer);
        effects.admitConsumer(guest.consumer);
      }
      case NONE -> refuse(guest, failure == null ? Refusal.NO_SESSION : failure, effects);
      case ASK -> asks.add(guest);
      case WAIT -> {}
    }
  }

  private void refuse(Guest<T> guest, Refusal why, SessionEffects<T> effects) {
    gone(guest.consumer);
    effects.refuse(guest.consumer, why);
  }

  private void refuseLate(SessionEffects<T> effects, long nowNanos) {
    for (Guest<T> guest = first(guests.values());
        guest != null && nowNanos - guest.until >= 0;
        guest = first(guests.values())) {
      refuse(guest, asks.contains(guest) ? Refusal.UNREACHABLE : Refusal.BEHIND, effects);
    }
  }

  private static <G> @Nullable G first(Collection<G> all) {
    return all.isEmpty() ? null : all.iterator().next();
  }

  /** When the next one's time is over. */
  long nextNanos() {
    Guest<T> first = first(guests.values());
    return first == null ? Long.MAX_VALUE : first.until;
  }
}
