package io.hydrasync.tests.chaos;

import io.hydrasync.tests.chaos.Fault.Kind;
import io.hydrasync.tests.chaos.Route.Weather;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Draws what happens, all of it from the seed: in rounds, behind each of which everything is well
 * again. Faults come about one a second and last two seconds, so some overlap, up to three; what
 * one has is not had by another.
 */
final class FaultPlan {
  private static final int MEAN_GAP_MILLIS = 900;
  private static final int LEAST_MILLIS = 300;
  private static final int MEAN_MILLIS = 1_500;
  private static final int MOST_MILLIS = 6_000;
  private static final int MOST_AT_ONCE = 3;
  private static final int LATER_MILLIS = 200;
  private static final int HOSTS = ChaosCluster.NODES;
  private static final Weather[] BAD =
      Arrays.stream(Weather.values()).filter(w -> w != Weather.CLEAR).toArray(Weather[]::new);

  private final Random random;
  private final int sessions;
  private final int members;
  private final int all = Arrays.stream(Kind.values()).mapToInt(kind -> kind.weight).sum();
  private int number;

  FaultPlan(long seed, int sessions, int members) {
    random = new Random(seed);
    this.sessions = sessions;
    this.members = members;
  }

  /** The name of a client: hosts of consumers come first. */
  static String client(int index) {
    return index < HOSTS ? ChaosCluster.host(index) : ChaosSession.producer(index - HOSTS);
  }

  /** The next round. */
  List<Fault> round(int faults) {
    List<Fault> drawn = new ArrayList<>();
    long at = 0;
    while (drawn.size() < faults) {
      long now = at;
      List<Fault> active = drawn.stream().filter(fault -> fault.until() > now).toList();
      Fault next = fault(at);
      boolean free = active.size() < MOST_AT_ONCE && active.stream().noneMatch(a -> meet(a, next));
      if (free) {
        number++;
        drawn.add(next);
        at += exponential(MEAN_GAP_MILLIS);
      } else {
        at += LATER_MILLIS;
      }
    }
    return drawn;
  }

  private long exponential(int mean) {
    return (long) (-mean * Math.log(1 - random.nextDouble()));
  }

  private Fault fault(long at) {
    Kind kind = kind();
    long until = at + Math.min(MOST_MILLIS, LEAST_MILLIS + exponential(MEAN_MILLIS));
    int relay = random.nextInt(ChaosCluster.NODES);
    int second = (relay + 1 + random.nextInt(ChaosCluster.NODES - 1)) % ChaosCluster.NODES;
    int member = random.nextInt(members);
    int host = random.nextInt(HOSTS);
    int client = random.nextBoolean() ? host : HOSTS + random.nextInt(sessions);
    int session = random.nextInt(sessions);
    Weather weather = BAD[random.nextInt(BAD.length)];
    return switch (kind) {
      case RELAY_KILLED, RELAY_FROZEN, RELAY_DRAINED, RELAY_ALONE, RELAY_TO_ETCD ->
          new Fault(number + 1, kind, at, until, relay, relay, weather);
      case ETCD_KILLED, ETCD_FROZEN, ETCD_AWAY ->
          new Fault(number + 1, kind, at, until, member, member, weather);
      case LINKS -> new Fault(number + 1, kind, at, until, relay, second, weather);
      case CLIENT_TO_RELAY, CLIENT_TO_ALL ->
          new Fault(number + 1, kind, at, until, client, relay, weather);
      case CONSUMERS_FROZEN -> new Fault(number + 1, kind, at, until, host, host, weather);
      case PRODUCER_MOVES, PRODUCER_KILLED ->
          new Fault(number + 1, kind, at, until, session, session, weather);
    };
  }

  private Kind kind() {
    int at = random.nextInt(all);
    for (Kind kind : Kind.values()) {
      at -= kind.weight;
      if (at < 0) {
        return kind;
      }
    }
    throw new IllegalStateException("no kind");
  }

  private boolean meet(Fault one, Fault other) {
    Set<String> common = new TreeSet<>(taken(one));
    common.retainAll(taken(other));
    return !common.isEmpty();
  }

  /** What nobody else may do something to meanwhile. */
  private Set<String> taken(Fault fault) {
    Set<String> taken = new TreeSet<>();
    switch (fault.kind()) {
      case RELAY_KILLED, RELAY_FROZEN, RELAY_DRAINED -> taken.add("process " + fault.one());
      case ETCD_KILLED, ETCD_FROZEN -> taken.add("member " + fault.one());
      case ETCD_AWAY -> IntStream.range(0, members).forEach(i -> taken.add("member " + i));
      case LINKS -> taken.add(links(fault.one(), fault.other()));
      case RELAY_TO_ETCD -> taken.add("etcd of " + fault.one());
      case CLIENT_TO_RELAY -> taken.add(client(fault.one()) + " to " + fault.other());
      case RELAY_ALONE -> {
        taken.add("etcd of " + fault.one());
        IntStream.range(0, ChaosCluster.NODES)
            .filter(i -> i != fault.one())
            .forEach(i -> taken.add(links(fault.one(), i)));
        IntStream.range(0, HOSTS + sessions)
            .forEach(i -> taken.add(client(i) + " to " + fault.one()));
      }
      case CLIENT_TO_ALL -> toAll(client(fault.one()), taken);
      case CONSUMERS_FROZEN -> taken.add(client(fault.one()));
      case PRODUCER_MOVES -> {
        taken.add(ChaosSession.producer(fault.one()));
        toAll(ChaosSession.producer(fault.one()), taken);
      }
      case PRODUCER_KILLED -> taken.add(ChaosSession.producer(fault.one()));
    }
    return taken;
  }

  private static void toAll(String client, Set<String> taken) {
    IntStream.range(0, ChaosCluster.NODES).forEach(i -> taken.add(client + " to " + i));
  }

  private static String links(int one, int other) {
    return "links " + Math.min(one, other) + " " + Math.max(one, other);
  }
}
