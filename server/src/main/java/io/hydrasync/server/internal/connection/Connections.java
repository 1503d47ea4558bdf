package io.hydrasync.server.internal.connection;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Role;
import io.hydrasync.server.internal.sync.Tasks;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All connections of a relay, by loop, and the clock that looks at their deadlines. Thread-safe.
 */
public final class Connections {
  private static final long TICK_MS = 500;
  private static final int AT_A_TIME = 256;

  private final Map<EventLoop, Set<Connection>> byLoop = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition none = lock.newCondition();
  private final AtomicInteger count = new AtomicInteger();

  /** Who has been told that the relay stops. */
  private volatile Predicate<@Nullable Role> told = role -> false;

  public int count() {
    return count.get();
  }

  /** On the connection's loop. */
  void add(Connection connection) {
    count.incrementAndGet();
    byLoop.computeIfAbsent(connection.loop(), this::startTicking).add(connection);
  }

  /** On the connection's loop. */
  void remove(Connection connection) {
    Set<Connection> mine = byLoop.get(connection.loop());
    if (mine != null && mine.remove(connection) && count.decrementAndGet() == 0) {
      lock.lock();
      try {
        none.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * The connection is about to be on another loop. On its present one. Who walks over all
   * connections meanwhile may miss it.
   */
  void move(Connection connection, EventLoop next) {
    byLoop.computeIfAbsent(next, this::startTicking).add(connection);
    Set<Connection> mine = byLoop.get(connection.loop());
    if (mine != null) {
      mine.remove(connection);
    }
  }

  /** How many are on a loop, about. */
  public int on(EventLoop loop) {
    Set<Connection> connections = byLoop.get(loop);
    return connections == null ? 0 : connections.size();
  }

  /** All of this moment, about: who moves meanwhile may be missing, or be there twice. */
  public Stream<Connection> all() {
    return byLoop.values().stream().flatMap(Set::stream);
  }

  /** Those on a loop, about; not to be changed. */
  public Set<Connection> of(EventLoop loop) {
    return byLoop.getOrDefault(loop, Set.of());
  }

  /** How many are on each loop that has had any. */
  public List<Integer> loads() {
    return byLoop.values().stream().map(Set::size).toList();
  }

  /** Waits until nobody is connected. */
  public void awaitNone(long nanos) throws InterruptedException {
    long left = nanos;
    lock.lock();
    try {
      while (count.get() > 0 && left > 0) {
        left = none.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private Set<Connection> startTicking(EventLoop loop) {
    Set<Connection> connections = ConcurrentHashMap.newKeySet();
    loop.scheduleAtFixedRate(
        () -> tick(loop, connections.iterator()), TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    return connections;
  }

  /** A few at a time: thousands would keep others waiting. */
  private static void tick(EventLoop loop, Iterator<Connection> rest) {
    long now = System.nanoTime();
    for (int i = 0; i < AT_A_TIME && rest.hasNext(); i++) {
      rest.next().tick(now);
    }
    if (rest.hasNext()) {
      Tasks.behindInput(loop, () -> tick(loop, rest));
    }
  }

  /** The connection of a number. */
  public Optional<Connection> find(long id) {
    return all().filter(connection -> connection.record().id() == id).findAny();
  }

  /** Whether every loop that has connections runs a task in time. Blocks until then. */
  public boolean loopsAnswer(long nanos) throws InterruptedException {
    List<EventLoop> loops = List.copyOf(byLoop.keySet());
    CountDownLatch missing = new CountDownLatch(loops.size());
    loops.forEach(loop -> loop.execute(missing::countDown));
    return missing.await(nanos, TimeUnit.NANOSECONDS);
  }

  /** Closes what is left, whether it has been told why or not. */
  public void cut() {
    all().forEach(connection -> connection.execute(connection::cut));
  }

  /** Tells everybody that the relay stops. */
  public void shutdown() {
    shutdown(role -> true);
  }

  /**
   * Whether those of a role have been told that the relay stops, or are about to be.
   *
   * @param role null for those who have not joined
   */
  public boolean hasShutDown(@Nullable Role role) {
    return told.test(role);
  }

  /** Tells those of some roles that the relay stops; who has not joined has the role null. */
  public void shutdown(Predicate<@Nullable Role> roles) {
    told = roles; // first, since who moves meanwhile may be missed below
    of(roles).forEach(Connections::tellShutdown);
  }

  /**
   * As the other one, one after the other: they may all go to the same relay next. Returns when all
   * have been told.
   *
   * @param pauseNanos between two of them, as long as there is time
   * @param end by {@link System#nanoTime()}, when those who are left are told at once
   */
  public void shutdown(Predicate<@Nullable Role> roles, long pauseNanos, long end)
      throws InterruptedException {
    told = roles;
    for (Connection connection : of(roles)) {
      tellShutdown(connection);
      awaitNone(Math.min(pauseNanos, end - System.nanoTime()));
    }
  }

  private List<Connection> of(Predicate<@Nullable Role> roles) {
    List<Connection> found = new ArrayList<>();
    for (Set<Connection> connections : byLoop.values()) {
      for (Connection connection : connections) {
        if (roles.test(connection.record().role())) {
          found.add(connection);
        }
      }
    }
    return found;
  }

  private static void tellShutdown(Connection connection) {
    connection.execute(() -> connection.fail(ErrorCode.SHUTDOWN, "the relay is shutting down"));
  }
}
