package io.hydrasync.cluster.simulation;

import io.hydrasync.cluster.MemoryCluster;
import io.hydrasync.cluster.MemoryFaults;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.internal.cluster.SessionRole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Everything of one run, and what must always hold. */
final class World implements MemoryFaults {
  static final SessionHash SESSION = new SessionHash(7, 7);
  static final int CLIENTS = 100;

  /** After the last fault everything is well within this. */
  static final long QUIET_MS = 15_000;

  private static final long SECOND = 1_000_000_000;

  /** How many processes produce. */
  enum Mode {
    /** One, for ever. */
    ONE,
    /** One after the other. */
    RESTARTS,
    /** A second one while the first may be asleep. */
    TWO
  }

  final long seed;
  final Random random;
  final SimTime time = new SimTime();
  final MemoryCluster store = new MemoryCluster(time);
  final List<Conn> conns = new ArrayList<>();
  final int machines;
  final boolean owned;
  final Mode mode;
  final long lingerNanos;
  final int ring;

  /** Whether producers' clocks differ. */
  final boolean skew;

  final List<SimProducer> producers = new ArrayList<>();
  final List<SimConsumer> consumers = new ArrayList<>();
  final SimNode[] nodes;

  private final boolean tracing;
  private final List<String> trace = new ArrayList<>();
  private final Set<Long> cuts = new HashSet<>();
  private int storm;
  private int connCount;
  private long nodeCount;
  private long tokenCount;
  private int places = CLIENTS;
  private long lastProduced = 0;
  private long highest;
  private long highestRevision;
  private int deletions;
  private long lastEnd = -1_000 * SECOND;
  private String failure;
  private boolean producing = true;
  private boolean overByBye;
  private final int[] linkless;
  private String lastClaim = "";

  World(long seed, boolean tracing) {
    this.seed = seed;
    this.tracing = tracing;
    random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    machines = 3 + random.nextInt(3);
    owned = random.nextBoolean();
    int kind = random.nextInt(10);
    mode = kind < 5 ? Mode.ONE : kind < 7 ? Mode.RESTARTS : Mode.TWO;
    lingerNanos = (random.nextInt(4) == 0 ? 5 : 30) * SECOND;
    ring = random.nextInt(4) == 0 ? 8 : 0;
    skew = mode != Mode.ONE && random.nextBoolean();
    nodes = new SimNode[machines];
    linkless = new int[machines];
    store.faults(this);
  }

  // ---- what the parts ask for ----

  static RelayAddress linkAddress(int machine) {
    return new RelayAddress("10.0.0." + (machine + 1), 4371);
  }

  SimNode nodeAt(RelayAddress address) {
    return node(Integer.parseInt(address.host().substring(7)) - 1);
  }

  SimNode node(int machine) {
    SimNode node = nodes[machine];
    return node != null && node.isUp() ? node : null;
  }

  int nextConn() {
    return ++connCount;
  }

  long nextToken() {
    return ++tokenCount;
  }

  /** On the way between two processes. */
  long delay() {
    return 200_000 + random.nextInt(random.nextInt(8) == 0 ? 60_000_000 : 4_000_000);
  }

  boolean isCut(int place, int machine) {
    return !cuts.isEmpty() && (cuts.contains(pair(place, machine)));
  }

  private static long pair(int one, int other) {
    return Math.min(one, other) * 1_000L + Math.max(one, other);
  }

  void trace(String text, Object... parts) {
    if (tracing) {
      trace.add("%9.3f  ".formatted(time.nanoTime() / 1e9) + text.formatted(parts));
    }
  }

  static String text(SessionEntry entry) {
    return "%s claim %d %s %d/%d highest %d"
        .formatted(
            entry.owner().low(),
            entry.claim(),
            entry.live() ? "live" : "away",
            entry.epoch(),
            entry.stream(),
            entry.highest());
  }

  void fail(String text, Object... parts) {
    if (failure == null) {
      failure = "%.3f s: ".formatted(time.nanoTime() / 1e9) + text.formatted(parts);
      trace("FAILED: " + failure.replace("%", "%%"));
    }
  }

  /** What has gone wrong, or null. */
  String failure() {
    return failure;
  }

  List<String> traced() {
    return trace;
  }

  String describe() {
    return "seed %d: %d nodes, %s, producers %s, linger %d s, ring %s"
        .formatted(
            seed,
            machines,
            owned ? "owned" : "plain",
            mode + (skew ? " with clocks of their own" : ""),
            lingerNanos / SECOND,
            ring == 0 ? "all" : String.valueOf(ring));
  }

  // ---- what must hold at any time ----

  /** Each JOIN is answered. */
  void expectAnswer(SimNode node, Conn conn, long millis, BooleanSupplier isPending) {
    long thawed = node.thaws();
    time.inMillis(
        millis,
        () -> {
          if (node.isUp()
              && !node.isFrozen()
              && node.thaws() == thawed
              && conn.serverOpen
              && isPending.getAsBoolean()) {
            fail("%s does not answer a JOIN of %s", node, conn);
          }
        });
  }

  /** A producer is told REPLACED: only where it is not the only one. */
  void replaced(SimProducer told) {
    boolean other = producers.stream().anyMatch(each -> each != told && each.mayHaveJoined());
    if (mode == Mode.ONE || !other) {
      fail("the only producer is told REPLACED");
    }
  }

  void anotherWrote(SimProducer who, long last, long told) {
    if (mode == Mode.ONE) {
      fail("the only producer, in epoch %d, is told of epoch %d", last, told);
    }
  }

  void stale(SimConsumer who, SimLog.Head head, long epoch) {
    trace("STALE_EPOCH: %s gets %s", who, head);
    if (mode != Mode.TWO && !skew) {
      fail("STALE_EPOCH: %s gets %s", who, head);
    }
  }

  void gap(SimConsumer who, long from, long to) {
    trace("GAP [%d, %d) to %s", from, to, who);
    if (mode == Mode.ONE && ring == 0) {
      fail("lost [%d, %d) to %s", from, to, who);
    }
  }

  void truncated(SimConsumer who) {
    trace("TRUNCATED: %s", who);
    if (mode == Mode.ONE && lastProduced + lingerNanos > time.nanoTime()) {
      fail("TRUNCATED with one process: %s", who);
    }
  }

  void ended(SimConsumer who) {
    trace("the end: %s", who);
    boolean lately = time.nanoTime() - lastEnd < 12 * SECOND;
    if (!overByBye && !lately && !isLingerOver()) {
      fail("%s is told that the session is over", who);
    }
    if (!overByBye) {
      consumers.remove(who);
      consumers.add(new SimConsumer(this, ++places));
    }
  }

  private void tick() {
    if (producers.stream().anyMatch(SimProducer::isKnown)) {
      lastProduced = time.nanoTime();
    }
    Versioned<SessionEntry> entry = store.content().sessions().get(SESSION);
    if (entry == null) {
      highest = 0;
    } else if (entry.modRevision() != highestRevision) {
      highestRevision = entry.modRevision();
      if (deletions == 0 && Long.compareUnsigned(entry.value().highest(), highest) < 0) {
        fail("highest falls to %d from %d", entry.value().highest(), highest);
      }
      highest = entry.value().highest();
      deletions = 0;
    }
    String claim = entry == null ? "" : entry.value().owner() + " " + entry.value().claim();
    boolean same = claim.equals(lastClaim); // else it may have been away in between
    lastClaim = claim;
    for (int i = 0; i < machines; i++) {
      linkless[i] = same && isLinkless(nodes[i], entry) ? linkless[i] + 1 : 0;
      if (linkless[i] > 16) {
        fail("%s keeps its consumers without a link", nodes[i]);
      }
    }
    time.inMillis(500, this::tick);
  }

  /** It has consumers, and nothing for them, and knows that another node has the producer. */
  private boolean isLinkless(SimNode node, Versioned<SessionEntry> entry) {
    return entry != null
        && entry.value().live()
        && !entry.value().owner().equals(node.id)
        && store.content().nodes().containsKey(entry.value().owner())
        && node.isUp()
        && !node.isFrozen()
        && node.reachesDirectory
        && storm == 0
        && node.session != null
        && node.session.hasConsumers()
        && node.session.linked().isEmpty()
        && node.session.part() == SessionRole.Part.EDGE;
  }

  private boolean isLingerOver() {
    return time.nanoTime() - lastProduced >= lingerNanos - SECOND;
  }

  /** An entry is being deleted: the end of the session, if its producer has been away for long. */
  void deletes() {
    deletions++;
    if (isLingerOver()) {
      lastEnd = time.nanoTime();
    }
  }

  private void produce() {
    if (producing) {
      for (SimProducer each : producers) {
        if (each.isUp() && !each.replaced) {
          each.broadcast();
        }
      }
      time.inMillis(100 + random.nextInt(400), this::produce);
    }
  }

  // ---- faults ----

  @Override
  public Duration requestDelay(NodeId node) {
    return storm > 0 && random.nextInt(8) == 0
        ? Duration.ofMillis(random.nextInt(4_000))
        : Duration.ofNanos(200_000 + random.nextInt(3_000_000));
  }

  @Override
  public Duration answerDelay(NodeId node) {
    return storm > 0 && random.nextInt(8) == 0
        ? Duration.ofMillis(random.nextInt(1_500))
        : Duration.ofNanos(200_000 + random.nextInt(3_000_000));
  }

  @Override
  public boolean losesRequest(NodeId node) {
    return storm > 0 && random.nextInt(8) == 0;
  }

  @Override
  public boolean losesAnswer(NodeId node) {
    return storm > 0 && random.nextInt(8) == 0;
  }

  @Override
  public Duration eventDelay(NodeId node) {
    return storm > 0 && random.nextInt(4) == 0
        ? Duration.ofMillis(random.nextInt(3_000))
        : Duration.ofNanos(200_000 + random.nextInt(5_000_000));
  }

  @Override
  public int eventCopies(NodeId node) {
    return storm == 0 ? 1 : random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(2);
  }

  private void start(int machine) {
    if (node(machine) == null) {
      SimNode before = nodes[machine];
      nodes[machine] = new SimNode(this, machine, new NodeId(0, ++nodeCount));
      if (before != null && random.nextBoolean()) {
        store.expireLease(before.id); // as a starting node removes keys with its own address
      }
      trace("%s starts", nodes[machine]);
    }
  }

  private void kill(SimNode node) {
    if (node.isUp()) {
      trace("%s is killed", node);
      node.kill();
      store.connected(node.id, false);
      boolean silent = random.nextInt(3) == 0;
      if (!silent) {
        hostDied(node);
      }
    }
  }

  private void hostDied(Conn.Host host) {
    List.copyOf(conns).forEach(conn -> conn.hostDied(host));
  }

  private void freeze(SimNode node, long millis) {
    trace("%s stands still for %d ms", node, millis);
    node.freeze();
    reaches(node, false);
    time.inMillis(millis, () -> thaw(node));
  }

  private void thaw(SimNode node) {
    if (node.isUp() && node.isFrozen()) {
      trace("%s goes on", node);
      reaches(node, true);
      node.thaw();
    }
  }

  private void cut(int one, int other, long millis) {
    trace("cut between %d and %d for %d ms", one, other, millis);
    long pair = pair(one, other);
    cuts.add(pair);
    time.inMillis(
        millis,
        () -> {
          if (cuts.remove(pair)) {
            trace("no cut between %d and %d", one, other);
            resume();
          }
        });
  }

  private void resume() {
    List.copyOf(conns).forEach(Conn::resume);
  }

  private void cutOff(SimNode node, long millis) {
    trace("%s does not reach the directory for %d ms", node, millis);
    reaches(node, false);
    time.inMillis(
        millis,
        () -> {
          if (node.isUp() && !node.isFrozen()) {
            reaches(node, true);
          }
        });
  }

  private void reaches(SimNode node, boolean whether) {
    node.reachesDirectory = whether;
    store.connected(node.id, whether);
  }

  private long upTo(int least, int most) {
    return least + random.nextInt(most - least);
  }

  private void fault() {
    int machine = random.nextInt(machines);
    SimNode node = node(machine);
    SimProducer producer = producers.get(producers.size() - 1);
    int producersMachine = producer.machine();
    if (producersMachine >= 0 && random.nextInt(2) == 0) {
      machine = producersMachine;
      node = node(machine);
    }
    if (node == null) {
      return;
    }
    switch (random.nextInt(16)) {
      case 0, 1 -> {
        SimNode gone = node;
        kill(gone);
        time.inMillis(upTo(100, 6_000), () -> start(gone.machine));
      }
      case 2 -> freeze(node, upTo(300, 14_000));
      case 3 -> cut(machine, random.nextInt(machines), upTo(500, 12_000));
      case 4 -> cut(producer.place, machine, upTo(500, 12_000));
      case 5 -> cut(CLIENTS + 50 + random.nextInt(consumers.size()), machine, upTo(500, 12_000));
      case 6, 7 -> cutOff(node, upTo(500, 18_000));
      case 8 -> {
        long millis = upTo(500, 16_000);
        for (int i = 0; i < machines; i++) {
          if (node(i) != null) {
            cutOff(node(i), millis);
          }
        }
      }
      case 9, 10 -> {
        long millis = upTo(500, 8_000);
        trace("the directory is disturbed for %d ms", millis);
        storm++;
        time.inMillis(millis, () -> storm = Math.max(0, storm - 1));
      }
      case 11 -> {
        trace("the directory is full");
        store.writable(false);
        time.inMillis(upTo(500, 6_000), () -> store.writable(true));
      }
      case 12 -> store.expireLease(node.id);
      case 13 -> breakOne();
      case 14 -> drain(node);
      default -> producerFault(producer);
    }
  }

  private void breakOne() {
    if (!conns.isEmpty()) {
      Conn conn = conns.get(random.nextInt(conns.size()));
      trace("%s breaks", conn);
      conn.breaks();
    }
  }

  private void drain(SimNode node) {
    trace("%s drains", node);
    node.drain();
    time.inMillis(
        1_000,
        () -> {
          kill(node);
          node.directory.close();
          time.inMillis(500, () -> start(node.machine));
        });
  }

  private void producerFault(SimProducer producer) {
    if (mode == Mode.RESTARTS) {
      trace("the producer is killed");
      hostDied(producer);
      producer.kill();
      time.inMillis(upTo(50, 3_000), () -> producers.add(new SimProducer(this, ++places)));
      return;
    }
    long millis = upTo(300, 12_000);
    trace("the producer stands still for %d ms", millis);
    producer.freeze();
    time.inMillis(
        millis,
        () -> {
          trace("the producer goes on");
          producer.thaw();
          resume();
        });
    if (mode == Mode.TWO && producers.size() < 3) {
      time.inMillis(upTo(10, 8_000), () -> producers.add(new SimProducer(this, ++places)));
    }
  }

  private void heal() {
    trace("all faults end");
    cuts.clear();
    storm = 0;
    store.writable(true);
    for (int i = 0; i < machines; i++) {
      if (node(i) == null) {
        start(i);
      } else {
        reaches(nodes[i], true);
        thaw(nodes[i]);
      }
    }
    producers.forEach(SimProducer::thaw);
    resume();
  }

  // ---- a run ----

  /** Runs it, and returns what went wrong, or null. */
  String run() {
    for (int i = 0; i < machines; i++) {
      int machine = i;
      time.inMillis(random.nextInt(50), () -> start(machine));
    }
    time.runUntil(SECOND / 5);
    producers.add(new SimProducer(this, ++places));
    places = CLIENTS + 50;
    int readers = 2 + random.nextInt(4);
    for (int i = 0; i < readers; i++) {
      consumers.add(new SimConsumer(this, places++));
    }
    places = CLIENTS + 100;
    time.inMillis(100, this::produce);
    time.inMillis(500, this::tick);
    int faults = 2 + random.nextInt(10);
    long end = 3_000 + faults * 2_500L;
    for (int i = 0; i < faults; i++) {
      time.inMillis(1_000 + random.nextInt((int) end - 1_500), this::fault);
    }
    runUntil(end);
    heal();
    runUntil(end + QUIET_MS - 1_000);
    producing = false;
    runUntil(end + QUIET_MS);
    if (failure == null) {
      checkQuiet();
    }
    if (failure == null && random.nextInt(4) == 0) {
      bye(end + QUIET_MS);
    }
    return failure;
  }

  private void runUntil(long millis) {
    for (long at = time.millis(); at < millis && failure == null; at += 500) {
      time.runUntil(Math.min(millis, at + 500) * 1_000_000);
    }
  }

  private void checkQuiet() {
    List<SimProducer> joined = producers.stream().filter(SimProducer::isJoined).toList();
    if (joined.size() != 1) {
      fail("%d producers have joined", joined.size());
      return;
    }
    SimProducer producer = joined.get(0);
    SimNode owner = null;
    for (SimNode node : nodes) {
      if (node.session != null && node.session.part() == SessionRole.Part.OWNER) {
        if (owner != null) {
          fail("%s and %s both own", owner, node);
        }
        owner = node;
      }
    }
    if (owner == null || !owner.session.isConfirmed() || owner.session.producer == null) {
      fail("no owner with a confirmed producer: %s", owner);
      return;
    }
    Versioned<SessionEntry> entry = store.content().sessions().get(SESSION);
    if (entry == null || !entry.value().owner().equals(owner.id) || !entry.value().live()) {
      fail("the entry is %s, the owner %s", entry, owner);
    }
    for (SimNode node : nodes) {
      SimSession session = node.session;
      if (node != owner && session != null && session.hasConsumers()) {
        if (session.linked().orElse(null) != owner || !session.isToldLive()) {
          fail("%s has consumers and no link to %s: %s", node, owner, session.linked());
        }
      }
    }
    for (SimConsumer each : consumers) {
      if (isExcused(each)) {
        continue;
      }
      if (!each.isJoined() || each.stream != producer.stream() || each.next != producer.next()) {
        fail("%s has not got %d/%d", each, producer.stream(), producer.next());
      }
    }
  }

  /**
   * Of two producers that did not know of each other, one wrote to a node that has died since, and
   * only this consumer has seen that.
   */
  private boolean isExcused(SimConsumer consumer) {
    return (mode == Mode.TWO || skew)
        && consumer.isStale()
        && Arrays.stream(nodes)
            .noneMatch(node -> node.session != null && node.session.hasStream(consumer.stream));
  }

  /** The producer leaves: everybody gets the rest and the end, and nothing remains. */
  private void bye(long millis) {
    SimProducer producer = producers.stream().filter(SimProducer::isJoined).toList().get(0);
    trace("BYE");
    for (SimProducer each : producers) {
      if (each != producer) {
        hostDied(each);
        each.kill();
      }
    }
    overByBye = true;
    long next = producer.next();
    producer.bye();
    runUntil(millis + 2 * lingerNanos / 1_000_000 + 25_000);
    for (SimConsumer each : consumers) {
      if (!isExcused(each) && (!each.ended || each.next != next)) {
        fail("%s has not got the end at %d", each, next);
      }
    }
    for (SimNode node : nodes) {
      boolean kept = node.session != null && !node.session.isWaitedFor();
      if (kept) {
        fail("%s still has the session: %s", node, node.session.part());
      }
    }
    if (!store.content().sessions().isEmpty()) {
      fail("the entry is still there");
    }
  }
}
