package io.hydrasync.server.internal.sync;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The loops that have consumers of a log, each with the flag that wakes it.
 *
 * <p>A joining consumer first makes sure that its loop is listed here and then reads the tail; the
 * writer stores the tail and then reads the list. Both list and tail are sequentially consistent,
 * so the writer wakes the loop or the consumer sees the tail. Loops are few and stay listed.
 *
 * @param <L> what is listed
 */
public final class Subscribers<L> {
  private final AtomicReference<Object[]> listed = new AtomicReference<>(new Object[0]);

  /** The entry that {@code same} accepts, if there is one. */
  @Nullable
  public L find(Predicate<L> same) {
    return find(listed.get(), same);
  }

  @SuppressWarnings("unchecked")
  private @Nullable L find(Object[] entries, Predicate<L> same) {
    for (Object entry : entries) {
      if (same.test((L) entry)) {
        return (L) entry;
      }
    }
    return null;
  }

  /** The entry that {@code same} accepts, made and listed if there is none. */
  public L list(Predicate<L> same, Supplier<L> maker) {
    @Nullable L made = null;
    while (true) {
      Object[] now = listed.get();
      L found = find(now, same);
      if (found != null) {
        return found;
      }
      if (made == null) {
        made = maker.get();
      }
      Object[] more = Arrays.copyOf(now, now.length + 1);
      more[now.length] = made;
      if (listed.compareAndSet(now, more)) {
        return made;
      }
    }
  }

  /** Does something with each entry, in no order. */
  @SuppressWarnings("unchecked")
  public void forEach(Consumer<L> action) {
    for (Object entry : listed.get()) {
      action.accept((L) entry);
    }
  }
}
