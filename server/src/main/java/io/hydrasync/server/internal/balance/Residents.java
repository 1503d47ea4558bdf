package io.hydrasync.server.internal.balance;

import io.hydrasync.server.internal.connection.Resident;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who lives on which loop, and what each does there: a picture of one moment, from which moves are
 * carried out. Somebody may have gone or moved since; that costs a little balance at most. Confined
 * to the balancer's thread.
 */
final class Residents {
  /**
   * One of them.
   *
   * @param resident who
   * @param units of work in the last window, on the scale of its loop
   * @param bytes that it was sent
   */
  record Guest(Resident resident, long units, long bytes) {}

  /** Those of one session on one loop. */
  private static final class Party {
    private final EventLoop loop;
    private final double busyPerUnit;
    private final List<Guest> guests = new ArrayList<>();

    Party(EventLoop loop, double busyPerUnit) {
      this.loop = loop;
      this.busyPerUnit = busyPerUnit;
    }

    private double busy(Guest guest) {
      return guest.units * busyPerUnit;
    }

    private Share<Object, EventExecutor> share(Object session) {
      boolean home = false;
      int consumers = 0;
      double busy = 0;
      long bytes = 0;
      for (Guest guest : guests) {
        home |= guest.resident.isProducer();
        consumers += guest.resident.isProducer() ? 0 : 1;
        busy += busy(guest);
        bytes += guest.resident.isProducer() ? 0 : guest.bytes;
      }
      return new Share<>(session, loop, home, consumers, busy, bytes);
    }
  }

  private final Map<Object, Map<EventExecutor, Party>> parties = new IdentityHashMap<>();

  /**
   * Those of a loop.
   *
   * @param busyPerUnit what a unit of work takes of a processor
   */
  void add(EventLoop loop, List<Guest> guests, double busyPerUnit) {
    for (Guest guest : guests) {
      parties
          .computeIfAbsent(guest.resident.session(), session -> new LinkedHashMap<>())
          .computeIfAbsent(loop, key -> new Party(loop, busyPerUnit))
          .guests
          .add(guest);
    }
  }

  List<Share<Object, EventExecutor>> shares() {
    List<Share<Object, EventExecutor>> shares = new ArrayList<>();
    parties.forEach(
        (session, loops) -> loops.values().forEach(party -> shares.add(party.share(session))));
    return shares;
  }

  void run(Move<Object, EventExecutor> move) {
    Map<EventExecutor, Party> loops = parties.getOrDefault(move.session(), Map.of());
    if (move instanceof Move.Whole<Object, EventExecutor> whole) {
      all(loops, Set.of(whole.from()), true, whole.to());
    } else if (move instanceof Move.Spread<Object, EventExecutor> spread) {
      some(loops.get(spread.from()), spread.busy(), spread.to());
    } else if (move instanceof Move.Gather<Object, EventExecutor> gather) {
      all(loops, loops.keySet(), false, gather.home());
    }
  }

  private static void all(
      Map<EventExecutor, Party> loops,
      Set<EventExecutor> from,
      boolean producers,
      EventExecutor to) {
    for (EventExecutor loop : from) {
      Party party = loops.get(loop);
      if (party != null && loop != to) {
        for (Guest guest : party.guests) {
          if (producers || !guest.resident.isProducer()) {
            guest.resident.moveTo((EventLoop) to);
          }
        }
      }
    }
  }

  private static void some(@Nullable Party party, double busy, EventExecutor to) {
    double left = busy;
    if (party != null) {
      for (Guest guest : party.guests) {
        if (!guest.resident.isProducer() && left > 0) {
          left -= Math.max(party.busy(guest), busy / party.guests.size());
          guest.resident.moveTo((EventLoop) to);
        }
      }
    }
  }
}
