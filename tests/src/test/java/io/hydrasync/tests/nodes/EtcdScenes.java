package io.hydrasync.tests.nodes;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.tests.nodes.Flow.Fault;
import io.hydrasync.tests.nodes.Flow.Plan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * What happens to the etcd of a cluster while messages flow, scene by scene. Each begins and leaves
 * it whole, and tells its figure. What does not hold is a {@link Fault}. For one thread.
 */
final class EtcdScenes {
  private static final Duration WHILE = Duration.ofSeconds(8);
  private static final int P999 = 999_000;
  private static final double MOST_RATIO = 1.2;
  private static final Duration LONGEST_REFUSAL = Duration.ofSeconds(7);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final String SMALL_QUOTA = "--quota-backend-bytes=" + (16 << 20);
  private static final int ROUNDS = 3;

  private final Scenes scenes;
  private final Nodes nodes;
  private final EtcdMembers etcd;
  private final EtcdCare care;
  private final Path directory;

  EtcdScenes(Scenes scenes, Nodes nodes, EtcdMembers etcd, Path directory) {
    this.scenes = scenes;
    this.nodes = nodes;
    this.etcd = etcd;
    this.directory = directory;
    care = new EtcdCare(etcd);
  }

  /** The leader is killed. */
  String leaderKilled() throws Exception {
    try (Flow flow = quiet()) {
      double before = Scenes.lateness(flow, WHILE);
      etcd.kill(etcd.leader());
      double late = Scenes.lateness(flow, WHILE);
      etcd.restart();
      return Scenes.late(late, before) + "; " + flow.finish();
    }
  }

  private Flow quiet() {
    Flow flow = scenes.flow(Plan.USUAL);
    Scenes.listenAtAll(flow);
    Scenes.quiet(flow);
    return flow;
  }

  /** Of one listener at each node those that are not at this one. */
  private static List<Listener> elsewhere(Flow flow, int node) {
    return IntStream.range(0, Scenes.NODES)
        .filter(i -> i != node)
        .mapToObj(flow::listener)
        .toList();
  }

  /** All of etcd is away: streams go on, new sessions wait, all is well by itself afterwards. */
  String stopped(Duration away) throws Exception {
    try (Flow flow = quiet()) {
      Lateness.Counts start = flow.lateness();
      double before = Scenes.lateness(flow, away);
      Lateness.Counts middle = flow.lateness();
      etcd.killAll();
      double late = Scenes.lateness(flow, away);
      Lateness.Counts end = flow.lateness();
      String refused = refused("(etcd) cannot be reached");
      long began = System.nanoTime();
      try (Flow fresh = scenes.flow(Plan.USUAL)) {
        Scenes.listenAtAll(fresh);
        etcd.restart();
        fresh.awaitFirst();
        double waited = millisSince(began);
        fresh.finish();
        nodes.awaitNodes(Scenes.NODES);
        return Scenes.late(late, before)
            + "; "
            + ratio(middle.minus(start).millis(P999), end.minus(middle).millis(P999))
            + "; a new session: "
            + refused
            + "; one that began while etcd came back waited "
            + Scenes.millis(waited)
            + "; "
            + flow.finish();
      }
    }
  }

  private static String ratio(double before, double during) {
    String told =
        String.format(
            Locale.ROOT,
            "p99.9 %.2f ms, before %.2f ms: %.2f times",
            during,
            before,
            during / before);
    if (during > MOST_RATIO * before) {
      throw new Fault(told + ", more than " + MOST_RATIO);
    }
    return told;
  }

  private static double millisSince(long began) {
    return (System.nanoTime() - began) / 1e6;
  }

  /** A producer of a new session that knows one node: what it is told, and when. */
  private String refused(String why) {
    long began = System.nanoTime();
    try (HydraProducer producer = fresh(List.of(nodes.address(0)))) {
      throw new Fault("a new session has begun at " + producer + " without the directory");
    } catch (HydraException e) {
      String told = "after " + Scenes.millis(millisSince(began)) + " \"" + e.getMessage() + '"';
      boolean soon = millisSince(began) < LONGEST_REFUSAL.toMillis();
      if (e.code() != ErrorCode.LIMIT || !told.contains(why) || !soon) {
        throw new Fault("a new session is refused by " + e.code() + ' ' + told);
      }
      return told;
    }
  }

  private HydraProducer fresh(List<RelayAddress> relays) {
    return HydraProducer.builder(relays, SessionSecrets.generate())
        .relayKey(nodes.key())
        .heartbeat(Flow.HEARTBEAT)
        .connect();
  }

  /** A new session gets through, and all nodes see each other. */
  private String whole() {
    nodes.awaitNodes(Scenes.NODES);
    long began = System.nanoTime();
    try (Flow flow = scenes.flow(Plan.USUAL)) {
      Scenes.listenAtAll(flow);
      flow.awaitFirst();
      double first = millisSince(began);
      flow.finish();
      return "a new session then has its first message after " + Scenes.millis(first);
    }
  }

  /** History is compacted and members are defragmented again and again. */
  String compacted() throws Exception {
    try (Flow flow = quiet()) {
      double before = Scenes.lateness(flow, WHILE);
      double late = 0;
      for (int i = 0; i < ROUNDS; i++) {
        care.compact();
        care.defragment();
        late = Math.max(late, Scenes.lateness(flow, WHILE.dividedBy(ROUNDS)));
      }
      return Scenes.late(late, before) + "; " + whole() + "; " + flow.finish();
    }
  }

  /** What a node's watch would go on from is compacted while the node stands still. */
  String compactedBehindAFrozenNode() throws Exception {
    try (Flow flow = quiet()) {
      int edge = (nodes.awaitOwner(flow.name()) + 1) % Scenes.NODES;
      nodes.process(edge).freeze();
      etcd.restartEach(); // its watch is cut
      try (Flow changes = scenes.flow(Plan.USUAL)) {
        changes.listen(edge);
        changes.awaitFirst();
        care.compact();
        nodes.process(edge).thaw();
        long began = System.nanoTime();
        nodes.awaitNodes(Scenes.NODES);
        Listener late = changes.listenOnlyAt(edge);
        changes.await("the first message there", Scenes.PATIENCE, () -> late.next() > 0);
        double first = millisSince(began);
        flow.awaitCaughtUp(Scenes.CAUGHT_UP);
        changes.finish();
        return "the first message through it after " + Scenes.millis(first) + "; " + flow.finish();
      }
    }
  }

  /** The leader's machine is lost, and another member takes its place. */
  String memberReplaced() throws Exception {
    try (Flow flow = quiet()) {
      double before = Scenes.lateness(flow, WHILE);
      long began = System.nanoTime();
      etcd.replace(etcd.leader());
      double took = millisSince(began);
      double late = Scenes.lateness(flow, WHILE);
      return Scenes.late(late, before)
          + "; replaced in "
          + Scenes.millis(took)
          + "; "
          + whole()
          + "; "
          + flow.finish();
    }
  }

  /**
   * All of etcd begins anew with a copy from which much has changed: one session belongs to another
   * node by now, and one is not in it.
   */
  String restored() throws Exception {
    Path copy = directory.resolve("snapshot-" + System.nanoTime());
    try (Flow moved = quiet();
        Flow plain = scenes.flow(Plan.PLAIN)) {
      Scenes.listenAtAll(plain);
      plain.awaitFirst();
      etcd.saveSnapshot(copy);
      int former = nodes.awaitOwner(moved.name());
      List<Listener> elsewhere =
          List.of(moved.listen((former + 1) % Scenes.NODES), moved.listen((former + 2) % 3));
      moved.awaitCaughtUp(Scenes.CAUGHT_UP);
      moved.millisUntilNext(elsewhere, Scenes.PATIENCE, () -> nodes.process(former).freeze());
      nodes.process(former).thaw(); // it lives, and the copy says that it has the session
      try (Flow fresh = quiet()) {
        nodes.awaitNodes(Scenes.NODES);
        moved.awaitCaughtUp(Scenes.CAUGHT_UP);
        moved.takeLatestMillis();
        plain.takeLatestMillis();
        etcd.restoreSnapshot(copy);
        double late = Scenes.lateness(moved, WHILE);
        double known = plain.takeLatestMillis();
        double unknown = fresh.takeLatestMillis();
        String whole = whole();
        int owner = nodes.awaitOwner(fresh.name());
        fresh.millisUntilNext(
            elsewhere(fresh, owner), Scenes.PATIENCE, () -> nodes.process(owner).kill());
        scenes.comeBack(owner);
        fresh.finish();
        plain.finish();
        return "no frame late by more than "
            + Scenes.millis(late)
            + " where the copy names another owner, "
            + Scenes.millis(known)
            + " where it is right, "
            + Scenes.millis(unknown)
            + " where it knows nothing; "
            + whole
            + "; "
            + moved.finish();
      }
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  /** Etcd takes no writes: as if it were away, for these; and all of it after the repair. */
  String full() throws Exception {
    etcd.restartEach(SMALL_QUOTA);
    try (Flow flow = quiet();
        Flow orphan = quiet()) {
      double before = Scenes.lateness(flow, WHILE);
      care.fill();
      String refused = refused("(etcd) takes no writes");
      double late = Scenes.lateness(flow, WHILE);
      String problem = nodes.cluster(0).getAsJsonObject("directory").get("problem").getAsString();
      if (!problem.contains("etcd is full")) {
        throw new Fault("the operator is told: " + problem);
      }
      int owner = nodes.awaitOwner(orphan.name());
      List<Listener> elsewhere = elsewhere(orphan, owner);
      nodes.process(owner).kill();
      nodes.restart(owner); // without a key in the directory for now
      Scenes.lateness(flow, WHILE);
      long began = System.nanoTime();
      care.repair();
      double next = orphan.millisUntilNext(elsewhere, Scenes.PATIENCE, () -> {});
      double healed = millisSince(began);
      String whole = whole();
      orphan.awaitCaughtUp(Scenes.CAUGHT_UP);
      orphan.finish();
      return Scenes.late(late, before)
          + "; a new session: "
          + refused
          + "; whose owner died meanwhile goes on "
          + Scenes.millis(Math.max(next, healed))
          + " after the repair began; "
          + whole
          + "; "
          + flow.finish();
    } finally {
      care.repair();
      etcd.restartEach();
      nodes.awaitNodes(Scenes.NODES);
      awaitWritable();
    }
  }

  private void awaitWritable() {
    long until = System.nanoTime() + Scenes.PATIENCE.toNanos();
    while (!nodes.cluster(0).getAsJsonObject("directory").get("writable").getAsBoolean()) {
      if (System.nanoTime() - until > 0) {
        throw new Fault("a node does not see that etcd takes writes again");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
