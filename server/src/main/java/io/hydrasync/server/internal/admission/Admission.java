package io.hydrasync.server.internal.admission;

import io.hydrasync.server.internal.telemetry.RelayCounters;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;

/**
 * Who may connect, be connected without having joined, join, begin a session and start a handshake
 * ({@code wire2.md} section 7).
 *
 * <p>Each {@link Prefix} has limits of its own, so that no few addresses take all there is. And of
 * each total that all addresses share the last quarter is kept for addresses that have none or few
 * of it, so that those who do take it lock nobody out but each other. What is counted is kept for
 * prefixes that have a connection or a session, and for nobody else.
 *
 * <p>Loopback addresses are exempt, if the limits say so: no prefix limits them, and those that
 * have not joined are counted apart from all others, so an operator on the relay's own machine gets
 * in however many strangers wait, and what is behind a proxy there is still bounded.
 *
 * <p>Thread-safe. One lock, held for some look-ups, and taken when a connection comes, joins and
 * goes, never for bytes.
 */
public final class Admission {
  /** Of a total, 1 / so much is kept for those who have few. */
  private static final int RESERVE = 4;

  /** Who has fewer clients inside, or sessions, has few. Of those that have not joined: none. */
  private static final int FEW = 16;

  /** And the whole IPv6 /48 fewer than so many times that: /64s cost nothing. */
  private static final int SITE_FACTOR = 8;

  private final ReentrantLock lock = new ReentrantLock();
  private volatile AdmissionRules limits;

  // guarded by the lock
  private final Map<Prefix, Use> uses = new HashMap<>();
  private final PrefixRates handshakes = new PrefixRates();
  private final Pool strangers = new Pool();
  private final Pool exempt = new Pool();
  private final Pool neighbours = new Pool();
  private int inside;

  /** Those that have not joined and count towards one limit. */
  private static final class Pool {
    private int joining;
  }

  /** What the clients of a prefix have at the moment. */
  private static final class Use {
    private final Prefix prefix;
    private int connections;
    private int joining;
    private int inside;
    private int sessions;

    Use(Prefix prefix) {
      this.prefix = prefix;
    }

    boolean isNone() {
      return connections == 0 && sessions == 0;
    }
  }

  public Admission(AdmissionRules limits) {
    this.limits = limits;
  }

  public AdmissionRules limits() {
    return limits;
  }

  public void limits(AdmissionRules next) {
    limits = next;
  }

  /** A client that is connecting from an address. Nothing is counted yet. */
  public Visitor visitor(SocketAddress remote) {
    return new Visitor(remote, strangers, false);
  }

  /**
   * Another node of the cluster, or who says so: no address limits it, and those that have not
   * joined are counted apart from clients.
   */
  public Visitor neighbour(SocketAddress remote) {
    return new Visitor(remote, neighbours, true);
  }

  /** A node that this relay connects to: how many others come here is no reason not to. */
  public Visitor called(SocketAddress remote) {
    return new Visitor(remote, new Pool(), true);
  }

  /** For how many prefixes something is kept: uses and handshakes. */
  int remembered() {
    lock.lock();
    try {
      return uses.size() + handshakes.size();
    } finally {
      lock.unlock();
    }
  }

  /** A client in the eyes of the admission, from connecting to its end. Thread-safe. */
  public final class Visitor {
    private final List<Prefix> prefixes;
    private final boolean loopback;
    private final boolean neighbour;

    // guarded by the lock
    private List<Use> mine = List.of();
    private Pool pool;
    private boolean connected;
    private boolean joining;
    private boolean entered;

    private Visitor(SocketAddress remote, Pool pool, boolean neighbour) {
      this.pool = pool;
      this.neighbour = neighbour;
      prefixes = Prefix.around(remote);
      loopback = Prefix.isLoopback(remote);
    }

    /**
     * Counts the connection, which has not joined, if there may be one more.
     *
     * @return why not, or nothing
     */
    public Optional<String> connect() {
      AdmissionRules now = limits;
      lock.lock();
      try {
        if (!neighbour) {
          pool = isExempt(now) ? exempt : strangers;
        }
        mine = used();
        Optional<String> refusal = refusal(now);
        if (refusal.isPresent()) {
          forgetUnused(mine);
          return refusal;
        }
        mine.forEach(use -> use.connections++);
        mine.forEach(use -> use.joining++);
        pool.joining++;
        connected = true;
        joining = true;
        return refusal;
      } finally {
        lock.unlock();
      }
    }

    private List<Use> used() {
      return prefixes.stream().map(prefix -> uses.computeIfAbsent(prefix, Use::new)).toList();
    }

    private Optional<String> refusal(AdmissionRules now) {
      for (Use use : isExempt(now) ? List.<Use>of() : mine) {
        boolean wide = use != mine.get(0);
        if (use.connections >= now.connections(use.prefix)) {
          return Optional.of(
              wide ? RelayCounters.NETWORK_CONNECTIONS : RelayCounters.ADDRESS_CONNECTIONS);
        }
        if (use.joining >= now.joining(use.prefix)) {
          return Optional.of(wide ? RelayCounters.NETWORK_JOINING : RelayCounters.ADDRESS_JOINING);
        }
      }
      return pool.joining < share(now.maxJoining(), hasFew(now, use -> use.joining, 1))
          ? Optional.empty()
          : Optional.of(RelayCounters.JOINING_CONNECTIONS);
    }

    /** The prefixes that limit it at the moment, the narrowest first; none if it is exempt. */
    public List<Prefix> limiting() {
      return isExempt(limits) ? List.of() : prefixes;
    }

    /** Takes a token of each of the prefixes that limit it. */
    public boolean tryHandshake(long nowNanos) {
      lock.lock();
      try {
        return handshakes.tryTake(limiting(), limits.handshakes(), nowNanos);
      } finally {
        lock.unlock();
      }
    }

    /** Whether it could enter at the moment. */
    public boolean mayEnter() {
      lock.lock();
      try {
        return entered || hasRoom();
      } finally {
        lock.unlock();
      }
    }

    /**
     * Takes one of the places of those who have joined, until it is gone; false if there is none.
     */
    public boolean tryEnter() {
      lock.lock();
      try {
        if (!entered && hasRoom()) {
          enter();
        }
        return entered;
      } finally {
        lock.unlock();
      }
    }

    private boolean hasRoom() {
      AdmissionRules now = limits;
      return inside < share(now.maxConnections(), hasFew(now, use -> use.inside, FEW));
    }

    private void enter() {
      entered = true;
      inside++;
      mine.forEach(use -> use.inside++);
    }

    /** The connection has joined; an admin's does so also where no place is left. */
    public void joined() {
      lock.lock();
      try {
        stopJoining();
        if (connected && !entered) {
          enter();
        }
      } finally {
        lock.unlock();
      }
    }

    /** The connection is gone. */
    public void disconnected() {
      lock.lock();
      try {
        stopJoining();
        if (connected) {
          connected = false;
          mine.forEach(use -> use.connections--);
          leave();
          forgetUnused(mine);
        }
      } finally {
        lock.unlock();
      }
    }

    private void leave() {
      if (entered) {
        entered = false;
        inside--;
        mine.forEach(use -> use.inside--);
      }
    }

    private void stopJoining() {
      if (joining) {
        joining = false;
        pool.joining--;
        mine.forEach(use -> use.joining--);
      }
    }

    /** How many sessions there may be, of all addresses, with the one that it would begin. */
    public int mostSessions() {
      AdmissionRules now = limits;
      lock.lock();
      try {
        boolean mayBegin =
            isExempt(now) || mine.stream().allMatch(use -> use.sessions < now.sessions(use.prefix));
        return mayBegin ? share(now.maxSessions(), hasFew(now, use -> use.sessions, FEW)) : 0;
      } finally {
        lock.unlock();
      }
    }

    /**
     * Counts a session that it begins.
     *
     * @return to be run once, when the session is gone, be it long after the connection
     */
    public Runnable beginSession() {
      lock.lock();
      try {
        List<Use> of = used(); // the connection may be gone by now
        of.forEach(use -> use.sessions++);
        return () -> endSession(of);
      } finally {
        lock.unlock();
      }
    }

    private boolean isExempt(AdmissionRules now) {
      return neighbour || loopback && now.loopbackExempt();
    }

    private boolean hasFew(AdmissionRules now, ToIntFunction<Use> have, int few) {
      if (isExempt(now)) {
        return true;
      }
      return !mine.isEmpty()
          && mine.stream()
              .allMatch(
                  use ->
                      switch (use.prefix.length()) {
                        case Prefix.IPV4, Prefix.IPV6_MACHINE -> have.applyAsInt(use) < few;
                        default -> have.applyAsInt(use) < SITE_FACTOR * few;
                      });
    }
  }

  /** What of a total an address may take: all but the reserve, or all. */
  private static int share(int total, boolean hasFew) {
    return hasFew ? total : total - total / RESERVE;
  }

  private void endSession(List<Use> of) {
    lock.lock();
    try {
      of.forEach(use -> use.sessions--);
      forgetUnused(of);
    } finally {
      lock.unlock();
    }
  }

  private void forgetUnused(List<Use> some) {
    for (Use use : some) {
      if (use.isNone()) {
        uses.remove(use.prefix, use);
      }
    }
  }
}
