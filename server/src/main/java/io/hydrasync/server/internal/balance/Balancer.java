package io.hydrasync.server.internal.balance;

import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.connection.Resident;
import io.hydrasync.server.internal.loop.FatalErrors;
import io.hydrasync.server.internal.loop.LoopLoads;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the loops of a relay four times a second and brings connections to where they had better
 * be, as {@link BalanceRules} decide. On a thread of its own, which only reads what others count;
 * what moves, moves on its own loop. From {@link #start} until it is closed.
 */
public final class Balancer implements AutoCloseable {
  private static final long WINDOW_MS = 250;

  /** A look takes a few milliseconds at the most. */
  private static final long CLOSE_MS = 1_000;

  /**
   * What a read or a write costs beside its bytes, in bytes: a system call, and waking its reader.
   */
  private static final long TURN_BYTES = 24 << 10;

  private final List<EventLoop> loops = new ArrayList<>();
  private final Connections connections;
  private final LoopLoads loads;
  private final LoopMeter meter = new LoopMeter();
  private final BalanceRules<Object, EventExecutor> rules = new BalanceRules<>();
  private final ScheduledExecutorService thread;
  private Map<Connection, Work> before = new IdentityHashMap<>();

  /** What had been done for a connection at the end of a window. */
  private record Work(long units, long sentBytes) {}

  private Balancer(
      Iterable<EventExecutor> loops, Connections connections, LoopLoads loads, FatalErrors errors) {
    loops.forEach(loop -> this.loops.add((EventLoop) loop));
    this.connections = connections;
    this.loads = loads;
    thread = Executors.newSingleThreadScheduledExecutor(errors.daemons("hydra-balance"));
    thread.scheduleWithFixedDelay(
        errors.guard(this::look), WINDOW_MS, WINDOW_MS, TimeUnit.MILLISECONDS);
  }

  /**
   * Begins to look.
   *
   * @param loops all loops of the relay
   * @param loads told what has been measured
   */
  public static Balancer start(
      Iterable<EventExecutor> loops, Connections connections, LoopLoads loads, FatalErrors errors) {
    return new Balancer(loops, connections, loads, errors);
  }

  /** Blocks until nobody looks at the loops any more, which takes a moment. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      thread.awaitTermination(CLOSE_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    Map<EventExecutor, Double> measured = meter.measure(loops);
    loads.measured(measured);
    if (!rules.wantsShares(measured.values())) {
      before = new IdentityHashMap<>();
      rules.calmWindow();
      return;
    }
    Residents residents = new Residents();
    Map<Connection, Work> now = new IdentityHashMap<>();
    loops.forEach(loop -> weigh(loop, measured.getOrDefault(loop, 0.0), residents, now));
    before = now;
    rules
        .next(measured, residents.shares(), LoopMeter.idleProcessors())
        .forEach(move -> residents.run(move));
  }

  /** How the work of a loop is shared among those who live on it. */
  private void weigh(EventLoop loop, double busy, Residents residents, Map<Connection, Work> now) {
    List<Residents.Guest> guests = new ArrayList<>();
    long all = 0;
    for (Connection connection : connections.of(loop)) {
      Resident resident = connection.resident();
      if (resident == null) {
        continue;
      }
      Work work = work(connection);
      now.put(connection, work);
      Work last = before.getOrDefault(connection, work);
      long units = work.units - last.units;
      all += units;
      guests.add(new Residents.Guest(resident, units, work.sentBytes - last.sentBytes));
    }
    residents.add(loop, guests, all == 0 ? 0 : busy / all);
  }

  private static Work work(Connection connection) {
    var traffic = connection.record().traffic();
    long bytes = traffic.receivedBytes() + traffic.sentBytes();
    return new Work(bytes + TURN_BYTES * traffic.turns(), traffic.sentBytes());
  }
}
