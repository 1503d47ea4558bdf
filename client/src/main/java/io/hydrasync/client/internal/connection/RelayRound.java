package io.hydrasync.client.internal.connection;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.wire.control.PeersMessage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which of several relays a client goes to next ({@code wire2.md} section 14). A round goes over
 * all addresses of all names, each a relay of its own; only between rounds does a client wait. What
 * a relay has been tried for counts until there is progress, so that relays that only answer JOIN
 * do not send a client around without a pause. Thread-safe.
 */
public final class RelayRound {
  /** How long the relay whose connection broke is given, for TCP and again for the rest. */
  static final int SAME_MS = 1_000;

  /** How long a relay may say nothing where there is another one to go to. */
  static final int SILENT_MS = 2_000;

  private final Relays relays;
  private final LongSupplier nanos;
  private final Random random;
  private final ReentrantLock lock = new ReentrantLock();

  // All under the lock.
  private List<RelayAddress> peers = List.of();
  private boolean peersKnown;
  private boolean cameByLoopback;
  private boolean cameByLinkLocal;
  private List<RelayAddress> order;

  /** Where a name led last. */
  private final Map<RelayAddress, List<InetSocketAddress>> found = new HashMap<>();

  /** Until when an address is to be left alone, because its relay said so. */
  private final Map<InetSocketAddress, Long> notBefore = new HashMap<>();

  // Of this round.
  private final Set<RelayAddress> visited = new HashSet<>();
  private final Set<InetSocketAddress> tried = new HashSet<>();
  private boolean triedSameAgain;
  private boolean boundsCount = true;
  private @Nullable InetSocketAddress again;

  private @Nullable RelayAddress current;
  private @Nullable InetSocketAddress currentAddress;
  private boolean leaves;
  private volatile boolean begun;
  private volatile @Nullable RelayKeys pinned;

  /**
   * Where to try.
   *
   * @param relay its name
   * @param only one of its addresses, where it is not to be looked up
   * @param isGiven whether the application named it; else another relay did
   */
  record Stop(RelayAddress relay, Optional<InetSocketAddress> only, boolean isGiven) {}

  /** The relays of a client that begins. */
  public RelayRound(Relays relays, LongSupplier nanos) {
    this(relays, nanos, new Random());
  }

  RelayRound(Relays relays, LongSupplier nanos, Random random) {
    this.relays = relays;
    this.nanos = nanos;
    this.random = random;
    order = relays.addresses();
  }

  // ---- going around ----

  /** An attempt begins: a new round, if nothing is left of this one. */
  void begin() {
    lock.lock();
    try {
      boundsCount = true;
      if (again == null && firstLeft().isEmpty()) {
        newRound();
        boundsCount = firstLeft().isPresent(); // all are to be left alone, and yet it is time
      }
    } finally {
      lock.unlock();
    }
  }

  private void newRound() {
    visited.clear();
    tried.clear();
    triedSameAgain = false;
    order = peersKnown ? shuffled() : all();
  }

  /** The next one of this round, empty if there is none. */
  Optional<Stop> next() {
    lock.lock();
    try {
      begun = true;
      InetSocketAddress same = again;
      if (same != null && current != null) {
        again = null;
        tried.add(same);
        return Optional.of(new Stop(current, Optional.of(same), isGiven(current)));
      }
      Optional<RelayAddress> next = firstLeft();
      next.ifPresent(visited::add);
      return next.map(relay -> new Stop(relay, Optional.empty(), isGiven(relay)));
    } finally {
      lock.unlock();
    }
  }

  /** Whether the present one is the last of this round, as far as is known. */
  boolean isAtLast() {
    lock.lock();
    try {
      return firstLeft().isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** How long each of connecting and opening may take, of what the application allows. */
  int limitMs(Stop stop, int most) {
    return stop.only().isEmpty() || isAtLast() ? most : Math.min(SAME_MS, most);
  }

  /** How long the network, or the relay in the handshake, may be silent. */
  int patienceMs(Stop stop, int most) {
    return isAtLast() ? most : Math.min(SILENT_MS, limitMs(stop, most));
  }

  private Optional<RelayAddress> firstLeft() {
    return order.stream().filter(relay -> !isSpent(relay)).findFirst();
  }

  private boolean isSpent(RelayAddress relay) {
    List<InetSocketAddress> known = found.getOrDefault(relay, List.of());
    return visited.contains(relay)
        || (!known.isEmpty() && known.stream().allMatch(at -> tried.contains(at) || isBound(at)));
  }

  private boolean isBound(InetSocketAddress address) {
    Long until = boundsCount ? notBefore.get(address) : null;
    return until != null && until - nanos.getAsLong() > 0;
  }

  private boolean isGiven(RelayAddress relay) {
    return relays.addresses().contains(relay);
  }

  private List<RelayAddress> all() {
    Set<RelayAddress> all = new LinkedHashSet<>(relays.addresses());
    all.addAll(peers);
    return List.copyOf(all);
  }

  /** Any relay of a cluster will do, so that those who leave one do not all go to the same. */
  private List<RelayAddress> shuffled() {
    List<RelayAddress> all = new ArrayList<>(all());
    Collections.shuffle(all, random);
    return all;
  }

  /**
   * Those of a name's addresses that are to be tried.
   *
   * @param addresses to which it has led
   */
  List<InetSocketAddress> left(Stop stop, List<InetSocketAddress> addresses) {
    lock.lock();
    try {
      List<InetSocketAddress> allowed =
          addresses.stream().filter(at -> stop.isGiven() || isAllowed(at.getAddress())).toList();
      found.put(stop.relay(), allowed);
      return allowed.stream().filter(at -> !tried.contains(at) && !isBound(at)).toList();
    } finally {
      lock.unlock();
    }
  }

  /** A relay far away must not lead its clients to what only they can reach. */
  private boolean isAllowed(InetAddress address) {
    if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
      return cameByLoopback;
    }
    return address.isLinkLocalAddress() ? cameByLinkLocal : !address.isMulticastAddress();
  }

  /**
   * Some of a name's addresses have been tried.
   *
   * @param addresses those that could not be reached, and the one that could
   */
  void tried(Stop stop, List<InetSocketAddress> addresses) {
    lock.lock();
    try {
      tried.addAll(addresses);
      if (stop.only().isEmpty()
          && !tried.containsAll(found.getOrDefault(stop.relay(), List.of()))) {
        visited.remove(stop.relay());
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * A relay could not be joined.
   *
   * @param at which address it was, empty if none was reached
   * @return what to make of it: a peer that has another key says nothing of those that were given
   */
  HydraException failed(Stop stop, Optional<InetSocketAddress> at, HydraException problem) {
    lock.lock();
    try {
      at.ifPresent(address -> leaveAlone(address, problem));
      if (stop.isGiven() || problem.code() != ErrorCode.RELAY_KEY_MISMATCH) {
        return problem;
      }
      peers = peers.stream().filter(peer -> !peer.equals(stop.relay())).toList();
      order = order.stream().filter(relay -> !relay.equals(stop.relay())).toList();
      return new ConnectionException(
          ErrorCode.DISCONNECTED, "a relay that another one named has another key", problem);
    } finally {
      lock.unlock();
    }
  }

  private void leaveAlone(InetSocketAddress address, HydraException problem) {
    Duration wait =
        problem instanceof RelayException e ? e.retryAfter().orElse(Duration.ZERO) : Duration.ZERO;
    if (!wait.isZero()) {
      long now = nanos.getAsLong();
      notBefore.values().removeIf(until -> until - now <= 0);
      notBefore.put(address, now + wait.toNanos());
    }
  }

  // ---- being there ----

  /**
   * A relay has been joined.
   *
   * @param keys which it may have; where there are several relays, this counts for all others, too
   */
  void joined(Stop stop, InetSocketAddress at, RelayKeys keys) {
    lock.lock();
    try {
      current = stop.relay();
      currentAddress = at;
      leaves = false;
      if (pinned == null && hasSeveralNames()) {
        pinned = keys;
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean hasSeveralNames() {
    return isGivenSeveral() || peersKnown;
  }

  /** What the first relay had, and has said since of its keys, where that counts for all. */
  Optional<RelayKeys> pinned() {
    return Optional.ofNullable(pinned);
  }

  /** These count for all relays from now on. */
  void pin(RelayKeys keys) {
    lock.lock();
    try {
      pinned = keys;
    } finally {
      lock.unlock();
    }
  }

  /** The same, if others counted for all before. */
  void repin(RelayKeys keys) {
    lock.lock();
    try {
      if (pinned != null) {
        pinned = keys;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The names that the application gave. */
  List<RelayAddress> given() {
    return relays.addresses();
  }

  /** What the application has resolved a name to. */
  Optional<InetAddress> resolved(RelayAddress relay) {
    return relay.equals(relays.first()) ? relays.resolved() : Optional.empty();
  }

  /**
   * The relay says which relays serve the same sessions; what it said before no longer counts.
   *
   * @param by the address by which it was reached
   * @param keys which it may have
   */
  void peers(List<RelayAddress> addresses, InetAddress by, RelayKeys keys) {
    lock.lock();
    try {
      peersKnown = true;
      cameByLoopback = by.isLoopbackAddress();
      cameByLinkLocal = by.isLinkLocalAddress();
      peers = addresses.stream().limit(PeersMessage.MAX_USED).toList();
      found.keySet().retainAll(Set.copyOf(all()));
      order = shuffled();
      if (pinned == null) {
        pinned = keys;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is another relay than the present one, as far as is known. */
  public boolean hasOthers() {
    lock.lock();
    try {
      return all().size() > 1 || found.values().stream().mapToInt(List::size).sum() > 1;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the application named more than one. */
  public boolean isGivenSeveral() {
    return relays.addresses().size() > 1;
  }

  /** There was progress: all relays are as good as ever. Called for each frame. */
  void progressed() {
    if (begun) {
      lock.lock();
      try {
        begun = false;
        visited.clear();
        tried.clear();
        triedSameAgain = false;
      } finally {
        lock.unlock();
      }
    }
  }

  /** The next relay behind the present one is wanted, though nothing is wrong with this one. */
  public void leave() {
    lock.lock();
    try {
      leaves = true;
      if (!peersKnown && current != null) {
        List<RelayAddress> behind = new ArrayList<>(all());
        Collections.rotate(behind, -1 - behind.indexOf(current));
        order = behind;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The connection that was joined is lost. */
  void lost(HydraException problem) {
    lock.lock();
    try {
      InetSocketAddress last = currentAddress;
      if (last == null || !hasOthers()) {
        return;
      }
      leaveAlone(last, problem);
      if (!leaves && !triedSameAgain && mayHeal(problem)) {
        triedSameAgain = true;
        again = last;
      } else {
        tried.add(last);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether the same relay is worth another connection: it may only have been the connection, or it
   * wants its client back at once. One that is silent, or behind, is not.
   */
  private static boolean mayHeal(HydraException problem) {
    if (problem instanceof RelayException e) {
      return e.retryAfter().filter(Duration::isZero).isPresent();
    }
    return problem.code() != ErrorCode.STALE_EPOCH
        && problem.code() != ErrorCode.TIMEOUT
        && !(problem.getCause() instanceof SocketTimeoutException);
  }

  /**
   * How long to wait before the next attempt.
   *
   * @param backoff the pause of who has been everywhere, or goes to the same once more
   * @param asked what the last relay asked for
   * @return nanoseconds
   */
  long waitNanos(Backoff backoff, Duration asked) {
    lock.lock();
    try {
      if (!hasOthers()) {
        return millis(backoff.nextMs(asked.toMillis()));
      }
      boundsCount = true;
      if (again != null) {
        return millis(backoff.nextMs(0));
      }
      return firstLeft().isPresent() ? 0 : Math.max(millis(backoff.nextMs(0)), boundNanos());
    } finally {
      lock.unlock();
    }
  }

  private static long millis(long ms) {
    return Duration.ofMillis(ms).toNanos();
  }

  /** Until one relay at least may be asked again. */
  private long boundNanos() {
    long least = Long.MAX_VALUE;
    for (RelayAddress relay : all()) {
      List<InetSocketAddress> addresses = found.getOrDefault(relay, List.of());
      for (InetSocketAddress at : addresses) {
        long now = nanos.getAsLong();
        least = Math.min(least, isBound(at) ? notBefore.getOrDefault(at, now) - now : 0);
      }
      if (addresses.isEmpty()) {
        return 0;
      }
    }
    return least;
  }
}
