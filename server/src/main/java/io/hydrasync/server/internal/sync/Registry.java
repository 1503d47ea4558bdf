package io.hydrasync.server.internal.sync;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Entries by name. Each decides about itself on an executor of its own, one task after the other,
 * and one of these decisions may be that it is gone.
 *
 * <p>Thread-safe. Looking up takes no lock; beginning and removing do, which are rare. Why it is
 * right:
 *
 * <ul>
 *   <li><b>No two live entries of a name.</b> An entry is put in under the lock, where there is
 *       none of that name, and taken out only when it is gone: by itself, in the task that decides
 *       so, or by a guest whom it has told. Whatever is not in the map is gone.
 *   <li><b>No guest is lost, and none is received by an entry that is gone.</b> The entry receives
 *       guests and decides to be gone on the same executor, so each guest comes before that
 *       decision, which then knows of it, or behind it. Who comes behind is told, takes the entry
 *       out, should that not have happened, and looks up anew; so it never finds the same one
 *       twice, and each further round means that another entry has gone meanwhile.
 *   <li><b>A late removal leaves the successor alone</b>, because it names the entry.
 *   <li><b>Never more than the limit.</b> Counting and putting in are one step under the lock.
 *   <li><b>Behind {@link #close()} nothing begins</b>, and {@link #all()} then has every entry that
 *       is not gone: those that were put in before are visible through the lock.
 * </ul>
 *
 * @param <N> what entries are found by
 * @param <E> an entry, which is the executor of its own decisions
 */
public final class Registry<N, E extends Executor> {
  private final ReentrantLock lock = new ReentrantLock();
  private final ConcurrentMap<N, E> entries = new ConcurrentHashMap<>();

  /** Under the lock. */
  private boolean closed;

  /** Why there is no entry. */
  public enum Refusal {
    FULL,
    CLOSED
  }

  /** Who wants something of an entry, which is made if there is none. */
  public interface Guest<N, E> {
    /** Makes the entry. With the registry locked: nothing that blocks or asks it. */
    E begin(N name);

    /** How many entries there may be with the one that would begin. */
    int limit();

    /**
     * Does what is to be done, on the entry's executor.
     *
     * @return false if the entry is gone and nothing has been done
     */
    boolean visit(E entry);

    /** There is no entry of that name, and none may begin. */
    void refused(Refusal why);

    /** Runs a step at the entry, and deals with what it throws. */
    void guarded(Runnable step);
  }

  /** Lets a guest visit the entry of a name, later, or refuses it, at once. */
  public void visit(N name, Guest<N, E> guest) {
    E found = entries.get(name);
    E entry = found == null ? begin(name, guest) : found;
    if (entry != null) {
      entry.execute(() -> guest.guarded(() -> receive(name, entry, guest)));
    }
  }

  private void receive(N name, E entry, Guest<N, E> guest) {
    if (!guest.visit(entry)) {
      remove(name, entry);
      visit(name, guest);
    }
  }

  /** The entry of that name; null if the guest has been refused. */
  private @Nullable E begin(N name, Guest<N, E> guest) {
    Refusal why;
    lock.lock();
    try {
      E other = entries.get(name);
      if (other != null) {
        return other; // it has begun since
      }
      if (!closed && entries.size() < guest.limit()) {
        E made = guest.begin(name);
        entries.put(name, made);
        return made;
      }
      why = closed ? Refusal.CLOSED : Refusal.FULL;
    } finally {
      lock.unlock();
    }
    guest.refused(why);
    return null;
  }

  /** An entry is gone. Does nothing if it is not in here any more. */
  public void remove(N name, E gone) {
    lock.lock();
    try {
      entries.remove(name, gone);
    } finally {
      lock.unlock();
    }
  }

  /** Nothing begins from now on. */
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  /** The entry of a name, which may be gone by now. */
  @Nullable
  public E find(N name) {
    return entries.get(name);
  }

  public int count() {
    return entries.size();
  }

  /** All of this moment. */
  public Collection<E> all() {
    return List.copyOf(entries.values());
  }
}
