package io.hydrasync.tests.nodes;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.tests.nodes.Flow.Fault;
import io.hydrasync.tests.nodes.Flow.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * What happens to a cluster, scene by scene. Each begins and leaves it whole, and tells its figure.
 * What does not hold is a {@link Fault}. For one thread.
 */
final class Scenes {
  static final int NODES = 3;

  /** So little that a slow consumer is slow soon. */
  static final List<String> RELAY_OPTIONS =
      List.of("--capacity=4MiB", "--retention=1MiB", "--max-frame=1MiB", "--grow-limit=16MiB");

  static final Duration PATIENCE = Duration.ofSeconds(60);
  static final Duration CAUGHT_UP = Duration.ofSeconds(30);

  /** How long what flows is looked at before something happens. */
  private static final Duration UNDISTURBED = Duration.ofSeconds(8);

  private static final double MOST_LATE_MILLIS = 50;
  private static final double KILLED_P50_MILLIS = 500;
  private static final double KILLED_P99_MILLIS = 2_000;
  private static final double WITH_LEADER_MILLIS = 5_000;
  private static final double FROZEN_MILLIS = 5_000;

  private final Nodes nodes;
  private final EtcdMembers etcd;
  private int turn;

  Scenes(Nodes nodes, EtcdMembers etcd) {
    this.nodes = nodes;
    this.etcd = etcd;
  }

  static String millis(double value) {
    return String.format(Locale.ROOT, "%.0f ms", value);
  }

  private static void goal(String what, double value, double most) {
    if (value > most) {
      throw new Fault(what + " " + millis(value) + ", which is more than " + millis(most));
    }
  }

  Flow flow(Plan plan) {
    return new Flow(nodes, plan, turn++ % NODES);
  }

  static List<Listener> listenAtAll(Flow flow) {
    return IntStream.range(0, NODES).mapToObj(flow::listen).toList();
  }

  /** Any node serves any session. */
  String anyNode(Plan plan) {
    try (Flow flow = flow(plan)) {
      long began = System.nanoTime();
      IntStream.range(0, NODES).forEach(flow::listenOnlyAt);
      listenAtAll(flow);
      flow.awaitFirst();
      double first = (System.nanoTime() - began) / 1e6;
      long now = flow.sent();
      flow.await("1,000 messages more", PATIENCE, () -> flow.sent() > now + 1_000);
      flow.awaitCaughtUp(CAUGHT_UP);
      return "all have the first after " + millis(first) + "; " + flow.finish();
    }
  }

  /** The owner is killed: the next message at consumers of the other nodes. */
  String ownerKilled(int rounds) throws Exception {
    List<Double> times = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      times.add(lost(node -> nodes.process(node).kill(), Plan.USUAL));
    }
    Collections.sort(times);
    double p50 = times.get(times.size() / 2);
    double p99 = times.get((int) Math.min(times.size() - 1, Math.ceil(times.size() * 0.99)));
    String told =
        rounds + " rounds: p50 " + millis(p50) + ", p99 " + millis(p99) + " (" + list(times) + ")";
    goal(told + ": p50", p50, KILLED_P50_MILLIS);
    goal(told + ": p99", p99, KILLED_P99_MILLIS);
    return told;
  }

  private static String list(List<Double> times) {
    return String.join(
        " ", times.stream().map(t -> String.format(Locale.ROOT, "%.0f", t)).toList());
  }

  /** The owner's machine hangs. */
  String ownerFrozen() throws Exception {
    double time = lost(node -> nodes.process(node).freeze(), Plan.USUAL);
    goal("the next message after", time, FROZEN_MILLIS);
    return "the next message after " + millis(time);
  }

  /** The owner and etcd's leader are killed together. */
  String ownerAndLeaderKilled() throws Exception {
    double time =
        lost(
            node -> {
              etcd.kill(etcd.leader());
              nodes.process(node).kill();
            },
            Plan.USUAL);
    etcd.restart();
    goal("the next message after", time, WITH_LEADER_MILLIS);
    return "the next message after " + millis(time);
  }

  /** The owner is drained: what is late is the move to another node. */
  String ownerDrained() throws Exception {
    try (Flow flow = flow(Plan.USUAL)) {
      listenAtAll(flow);
      quiet(flow);
      int owner = nodes.awaitOwner(flow.name());
      nodes.process(owner).terminate();
      nodes.process(owner).awaitEnd();
      flow.awaitCaughtUp(CAUGHT_UP);
      double late = flow.takeLatestMillis();
      String told = flow.finish();
      comeBack(owner);
      return "no frame late by more than " + millis(late) + "; " + told;
    }
  }

  private interface Blow {
    void fall(int node) throws Exception;
  }

  /** A cluster loses the owner of a session, which comes back at the end. */
  private double lost(Blow blow, Plan plan) throws Exception {
    try (Flow flow = flow(plan)) {
      listenAtAll(flow);
      flow.awaitFirst();
      int owner = nodes.awaitOwner(flow.name());
      List<Listener> elsewhere =
          IntStream.range(0, NODES).filter(i -> i != owner).mapToObj(flow::listen).toList();
      flow.awaitFirst();
      flow.awaitCaughtUp(CAUGHT_UP);
      double time = flow.millisUntilNext(elsewhere, PATIENCE, () -> blow.fall(owner));
      try {
        flow.awaitCaughtUp(CAUGHT_UP);
        flow.finish();
      } finally {
        comeBack(owner);
      }
      return time;
    }
  }

  void comeBack(int node) throws Exception {
    Killable process = nodes.process(node);
    if (!process.isAlive() && process.process().isAlive()) {
      process.thaw();
    }
    process.kill();
    nodes.restart(node);
    nodes.awaitNodes(NODES);
  }

  /** An edge is killed: its consumers meet the session elsewhere, and nobody else notices. */
  String edgeKilled() throws Exception {
    return edgeLost(node -> nodes.process(node).kill(), KILLED_P99_MILLIS);
  }

  /** An edge's machine hangs. */
  String edgeFrozen() throws Exception {
    return edgeLost(node -> nodes.process(node).freeze(), FROZEN_MILLIS);
  }

  private String edgeLost(Blow blow, double most) throws Exception {
    try (Flow flow = flow(Plan.USUAL)) {
      List<Listener> all = listenAtAll(flow);
      quiet(flow);
      int owner = nodes.awaitOwner(flow.name());
      int edge = (owner + 1) % NODES;
      double before = lateness(flow, UNDISTURBED);
      try {
        double time = flow.millisUntilNext(List.of(all.get(edge)), PATIENCE, () -> blow.fall(edge));
        flow.awaitCaughtUp(CAUGHT_UP);
        all.get(edge).takeLatestNanos();
        String others = late(flow.takeLatestMillis(), before);
        String told = flow.finish();
        goal("its consumer's next message after", time, most);
        return "its consumer's next message after " + millis(time) + "; " + others + "; " + told;
      } finally {
        comeBack(edge);
      }
    }
  }

  /** A relay stands still for longer than its lease lasts, and goes on. */
  String leaseLost() throws Exception {
    try (Flow flow = flow(Plan.USUAL)) {
      listenAtAll(flow);
      flow.awaitFirst();
      int edge = (nodes.awaitOwner(flow.name()) + 1) % NODES;
      Killable process = nodes.process(edge);
      process.freeze();
      try {
        nodes.awaitNodes(NODES - 1);
      } finally {
        process.thaw();
      }
      long began = System.nanoTime();
      nodes.awaitNodes(NODES);
      double seen = (System.nanoTime() - began) / 1e6;
      Listener there = flow.listenOnlyAt(edge);
      flow.await("the first message there", PATIENCE, () -> there.next() > 0);
      flow.awaitCaughtUp(CAUGHT_UP);
      return "the others see it again after " + millis(seen) + "; " + flow.finish();
    }
  }

  /** A node leaves, and comes again: who comes to it then gets the session through it. */
  String nodeJoinsAndLeaves() throws Exception {
    try (Flow flow = flow(Plan.USUAL)) {
      listenAtAll(flow);
      flow.awaitFirst();
      int owner = nodes.awaitOwner(flow.name());
      int edge = (owner + 1) % NODES;
      nodes.process(edge).terminate();
      nodes.process(edge).awaitEnd();
      flow.awaitCaughtUp(CAUGHT_UP);
      comeBack(edge);
      long began = System.nanoTime();
      Listener late = flow.listenOnlyAt(edge);
      flow.await("the first message there", PATIENCE, () -> late.next() > 0);
      double first = (System.nanoTime() - began) / 1e6;
      flow.awaitCaughtUp(CAUGHT_UP);
      late.close();
      return "the first message through it after " + millis(first);
    }
  }

  /** A consumer at an edge takes nothing for a while. */
  String slowConsumer(Overflow policy) {
    Plan plan = new Plan(true, TimeUnit.MICROSECONDS.toNanos(300), 20_000, policy);
    try (Flow flow = flow(plan)) {
      List<Listener> all = listenAtAll(flow);
      flow.awaitFirst();
      int owner = nodes.awaitOwner(flow.name());
      all.get((owner + 1) % NODES).pause(Duration.ofSeconds(3));
      long now = flow.sent();
      flow.await("2,000 messages more", PATIENCE, () -> flow.sent() > now + 2_000);
      return flow.finish();
    }
  }

  /** A busy machine is late by itself: what counts is what is more than that. */
  static String late(double late, double undisturbed) {
    String told =
        "no frame late by more than " + millis(late) + " (undisturbed " + millis(undisturbed) + ")";
    if (late > undisturbed + MOST_LATE_MILLIS) {
      throw new Fault(told + ", more than " + millis(MOST_LATE_MILLIS) + " beyond that");
    }
    return told;
  }

  /** Everybody is there, and what was late at the beginning does not count. */
  static void quiet(Flow flow) {
    flow.awaitFirst();
    long now = flow.sent();
    flow.await("500 messages more", PATIENCE, () -> flow.sent() > now + 500);
    flow.awaitCaughtUp(CAUGHT_UP);
    flow.takeLatestMillis();
  }

  static double lateness(Flow flow, Duration time) {
    long until = System.nanoTime() + time.toNanos();
    flow.await("time passes", PATIENCE, () -> System.nanoTime() - until > 0);
    flow.awaitCaughtUp(CAUGHT_UP);
    return flow.takeLatestMillis();
  }
}
