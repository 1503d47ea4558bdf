package io.hydrasync.server.internal.cluster;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Consumers whose JOINED waits: until the link is there, or the directory has said that there is no
 * session, or this node has come as far as they have. Three seconds at most.
 *
 * @param <T> a client's connection
 */
final class WaitingConsumers<T> {
  /** How long one waits. */
  static final long MOST = TimeUnit.SECONDS.toNanos(3);

  private final List<Guest<T>> guests = new ArrayList<>();

  /** What becomes of one. */
  enum Fate {
    /** It may join. */
    JOIN,
    /** It waits on, until its time is over. */
    WAIT,
    /** The directory has to be asked first. */
    ASK,
    /** There is no session. */
    NONE
  }

  /** One that waits. */
  static final class Guest<T> {
    final T consumer;
    final long epoch;
    final long stream;
    final boolean waits;
    final long until;

    /** Whether the directory is being asked, and has been asked, since it came. */
    boolean asking;

    boolean asked;

    /** What it is told if asking has failed. */
    @Nullable Refusal failure;

    Guest(T consumer, long epoch, long stream, boolean waits, long until) {
      this.consumer = consumer;
      this.epoch = epoch;
      this.stream = stream;
      this.waits = waits;
      this.until = until;
    }
  }

  boolean isEmpty() {
    return guests.isEmpty();
  }

  void add(T consumer, long epoch, long stream, boolean waits, long now) {
    guests.add(new Guest<>(consumer, epoch, stream, waits, now + MOST));
  }

  void gone(T consumer) {
    guests.removeIf(guest -> guest.consumer.equals(consumer));
  }

  /** The directory is being asked: those who come later need another answer. */
  void asking() {
    guests.forEach(guest -> guest.asking = true);
  }

  /** The directory has answered those who are there, or all; or not: then the refusal says so. */
  void answered(@Nullable Refusal failure, boolean all) {
    for (Guest<T> guest : guests) {
      if (all || guest.asking) {
        guest.asked = true;
        guest.failure = failure;
      }
    }
  }

  /** Decides about each, and says whether some want the directory to be asked. */
  boolean settle(Function<Guest<T>, Fate> rule, SessionEffects<T> effects, long now) {
    boolean ask = false;
    Iterator<Guest<T>> each = guests.iterator();
    while (each.hasNext()) {
      Guest<T> guest = each.next();
      Fate fate = rule.apply(guest);
      ask |= fate == Fate.ASK && now - guest.until < 0;
      if (fate == Fate.JOIN) {
        each.remove();
        effects.admitConsumer(guest.consumer);
      } else if (fate == Fate.NONE) {
        each.remove();
        effects.refuse(guest.consumer, guest.failure == null ? Refusal.NO_SESSION : guest.failure);
      } else if (now - guest.until >= 0) {
        each.remove();
        effects.refuse(guest.consumer, fate == Fate.ASK ? Refusal.UNREACHABLE : Refusal.BEHIND);
      }
    }
    return ask;
  }

  /** When the next one's time is over. */
  long nextNanos() {
    return guests.stream().mapToLong(guest -> guest.until).min().orElse(Long.MAX_VALUE);
  }
}
