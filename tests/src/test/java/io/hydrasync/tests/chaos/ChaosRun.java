package io.hydrasync.tests.chaos;

import io.hydrasync.tests.chaos.ChaosSession.Shape;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * One run: rounds of faults, behind each of which everything is well again and the judge looks. For
 * one thread.
 */
final class ChaosRun {
  private static final double NEW_PLAIN_SECONDS = 10;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long END_SECONDS = 60;

  private final Plan plan;
  private final Path directory;
  private final PrintStream out;
  private final List<Finding> findings = new ArrayList<>();
  private final long began = System.nanoTime();
  private int faults;
  private double slowest;
  private double slowestNew;

  /** When a run stops. */
  enum Until {
    /** With the first round in which something is found. */
    FAULT,
    /** The same, but for what is only late. */
    PLANTED,
    /** In the end, whatever is found. */
    END
  }

  /**
   * What to do.
   *
   * @param etcd the program
   * @param relay the command of a relay
   * @param faults how many
   * @param seed what they follow from
   * @param round how many until everything is to be well
   * @param sessions how many
   * @param members of etcd
   * @param progressSeconds how long a consumer may be without a new message once everything is
   *     well; ten more where a plain session has a new producer
   * @param until when it stops
   */
  record Plan(
      Path etcd,
      List<String> relay,
      int faults,
      long seed,
      int round,
      int sessions,
      int members,
      double progressSeconds,
      Until until) {
    /** Refuses what there is not. */
    Plan {
      if (sessions < 1 || sessions > Shape.values().length) {
        throw new IllegalArgumentException("1 to " + Shape.values().length + " sessions");
      }
    }
  }

  /**
   * What came of it.
   *
   * @param findings what must not be
   * @param faults how many there were
   * @param told the figures
   */
  record Result(List<Finding> findings, int faults, String told) {}

  ChaosRun(Plan plan, Path directory, PrintStream out) {
    this.plan = plan;
    this.directory = directory;
    this.out = out;
  }

  private void say(String what) {
    out.printf(Locale.ROOT, "%8.1f s  %s%n", (System.nanoTime() - began) / 1e9, what);
  }

  Result run() throws IOException, InterruptedException {
    try (ChaosCluster cluster =
        new ChaosCluster(directory, plan.etcd(), plan.relay(), plan.members(), plan.sessions())) {
      Judge judge = new Judge(directory, cluster.sessions());
      cluster.startClients();
      awaitProgress(cluster, judge, "the beginning");
      FaultPlan drawn = new FaultPlan(plan.seed(), plan.sessions(), plan.members());
      while (faults < plan.faults() && !isDone()) {
        play(cluster, drawn.round(Math.min(plan.round(), plan.faults() - faults)));
        long over = System.nanoTime();
        cluster.awaitWhole();
        String whole =
            String.format(Locale.ROOT, ", whole after %.1f s", (System.nanoTime() - over) / 1e9);
        awaitProgress(cluster, judge, faults + " faults" + whole);
      }
      if (!isDone()) {
        finish(cluster, judge);
      }
      return new Result(List.copyOf(findings), faults, told(judge));
    }
  }

  /** What is only late is no reason to stop where a planted fault is looked for. */
  private boolean isDone() {
    return switch (plan.until()) {
      case FAULT -> !findings.isEmpty();
      case PLANTED -> findings.stream().anyMatch(each -> each.kind() != Finding.Kind.LATE);
      case END -> false;
    };
  }

  // ---- faults ----

  /** A moment at which a fault begins or ends. */
  private record Moment(long at, boolean begins, Fault fault) {}

  private void play(ChaosCluster cluster, List<Fault> round)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    List<Moment> moments =
        round.stream()
            .flatMap(
                each ->
                    Stream.of(
                        new Moment(each.at(), true, each), new Moment(each.until(), false, each)))
            .sorted(Comparator.comparingLong(Moment::at))
            .toList();
    for (Moment moment : moments) {
      long due = start + TimeUnit.MILLISECONDS.toNanos(moment.at());
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      if (moment.begins()) {
        faults++;
        say(moment.fault().toString());
        cluster.begin(moment.fault());
      } else {
        cluster.end(moment.fault());
        say("#" + moment.fault().number() + " is over");
      }
    }
  }

  // ---- judging ----

  /** Everything is well: each consumer has to get something that is handed over from now on. */
  private void awaitProgress(ChaosCluster cluster, Judge judge, String behind)
      throws IOException, InterruptedException {
    long mark = System.nanoTime();
    judge.mark(mark);
    List<Finding> found = new ArrayList<>(judge.look());
    while (!judge.waiting().isEmpty() && System.nanoTime() - mark < PATIENCE_NANOS) {
      LockSupport.parkNanos(LOOK_NANOS);
      found.addAll(judge.look());
    }
    found.addAll(cluster.deaths());
    StringBuilder times = new StringBuilder();
    for (ChaosSession session : cluster.sessions()) {
      double seconds = judge.progress(session, mark);
      boolean mayWait =
          !session.shape().owned && judge.isNewProcess(session, cluster.incarnation(session), mark);
      if (faults > 0 && seconds != Double.MAX_VALUE) {
        note(seconds, mayWait);
      }
      double most = plan.progressSeconds() + (mayWait ? NEW_PLAIN_SECONDS : 0);
      if (faults > 0 && seconds > most || seconds == Double.MAX_VALUE) {
        found.add(late(session, seconds, behind, judge));
      }
      times.append(
          seconds == Double.MAX_VALUE ? " -" : String.format(Locale.ROOT, " %.2f", seconds));
    }
    report(behind, times, found, judge);
  }

  private void note(double seconds, boolean mayWait) {
    if (mayWait) {
      slowestNew = Math.max(slowestNew, seconds);
    } else {
      slowest = Math.max(slowest, seconds);
    }
  }

  private static Finding late(ChaosSession session, double seconds, String behind, Judge judge) {
    String when =
        seconds == Double.MAX_VALUE
            ? "after a minute still not at " + judge.waiting()
            : String.format(Locale.ROOT, "after %.2f s", seconds);
    return new Finding(
        Finding.Kind.LATE, "session " + session + ", progress behind " + behind + " " + when);
  }

  private void report(String behind, CharSequence times, List<Finding> found, Judge judge) {
    findings.addAll(found);
    say(
        String.format(
            Locale.ROOT,
            "== behind %s: progress after%s s, %,d messages given, %,d announced missing, %s",
            behind,
            times,
            judge.given(),
            judge.missing(),
            found.isEmpty() ? "nothing wrong" : found.size() + " FINDINGS"));
    Judge.brief(found).forEach(this::say);
  }

  private void finish(ChaosCluster cluster, Judge judge) throws IOException, InterruptedException {
    boolean ended = cluster.finish(END_SECONDS);
    List<Finding> found = new ArrayList<>(judge.look());
    if (!ended) {
      found.add(new Finding(Finding.Kind.LATE, "not all have ended after a minute"));
    }
    found.addAll(judge.unfinished());
    report("the end", " -", found, judge);
  }

  private String told(Judge judge) {
    return String.format(
        Locale.ROOT,
        "%d faults in %.0f s; %,d messages given, %,d announced missing where policies may, %,d"
            + " frames acknowledged to killed producers and given up; progress after %.2f s at the"
            + " latest, a new process of a plain session %.2f s",
        faults,
        (System.nanoTime() - began) / 1e9,
        judge.given(),
        judge.missing(),
        judge.givenUp(),
        slowest,
        slowestNew);
  }
}
