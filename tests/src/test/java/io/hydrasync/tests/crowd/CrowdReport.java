package io.hydrasync.tests.crowd;

import io.hydrasync.protocol.Overflow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What came out of a {@link Crowd}: a table, and a verdict on each bound. */
final class CrowdReport {
  private static final double MIB = 1 << 20;

  /** What a phase may cost the others of their rate; a run is never quite as the one before. */
  private static final double KEPT = 0.95;

  private final CrowdPlan plan;
  private final Map<Crowd.Phase, Row> rows = new LinkedHashMap<>();
  private final List<Verdict> verdicts = new ArrayList<>();

  /**
   * One phase.
   *
   * @param relay what it uses at the end of the phase
   * @param kernel bytes in all TCP sockets of the machine then
   * @param seconds that the phase took
   * @param sentPerSecond messages
   * @param gotPerSecond messages, of the slowest witness
   * @param latencies of all witnesses in nanoseconds, sorted
   * @param crowdBytes that the crowd has taken
   */
  record Row(
      CrowdRelay.Use relay,
      long kernel,
      double seconds,
      double sentPerSecond,
      double gotPerSecond,
      long[] latencies,
      long crowdBytes) {
    private double latencyMs(double share) {
      if (latencies.length == 0) {
        return 0;
      }
      int at = Math.min(latencies.length - 1, (int) (latencies.length * share));
      return latencies[at] / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
  }

  /**
   * Whether something holds.
   *
   * @param holds whether it does
   * @param isTiming whether a busy machine may be to blame if it does not
   * @param text what was to hold, and what was seen
   */
  record Verdict(boolean holds, boolean isTiming, String text) {
    @Override
    public String toString() {
      return (holds ? "holds   " : "BROKEN  ") + text;
    }
  }

  CrowdReport(CrowdPlan plan) {
    this.plan = plan;
  }

  void add(Crowd.Phase phase, Row row) {
    Arrays.sort(row.latencies);
    rows.put(phase, row);
  }

  List<Verdict> verdicts() {
    return verdicts;
  }

  boolean holds() {
    return verdicts.stream().allMatch(Verdict::holds);
  }

  // ---- verdicts ----

  /**
   * Judges.
   *
   * @param sent messages of the producer
   * @param got messages of each witness
   */
  void judge(long sent, List<Long> got) {
    judge(
        got.stream().allMatch(count -> count == sent),
        false,
        "every witness got every message once, in order, unchanged: %d sent, %s got",
        sent,
        got);
    judgeMemory();
    judgePolicy();
    judgeKernel();
    if (!plan.isWaiting()) {
      judgeRate(Crowd.Phase.STALLING);
      judgeRate(Crowd.Phase.ALL_STALLED);
    }
  }

  private void judge(boolean holds, boolean isTiming, String text, Object... values) {
    verdicts.add(new Verdict(holds, isTiming, String.format(Locale.ROOT, text, values)));
  }

  private void judgeMemory() {
    long idle = rows.get(Crowd.Phase.ALONE).relay.heap();
    long most = 0;
    for (Row row : rows.values()) {
      most = Math.max(most, row.relay.heap() - idle + row.relay.mostDirect());
    }
    judge(
        most <= plan.memoryBound(),
        false,
        "heap growth + direct memory of the relay: %.1f MiB at the most, of %.1f MiB"
            + " (%.1f MiB capacity + %d x 64 KiB + 10 %%)",
        most / MIB,
        plan.memoryBound() / MIB,
        plan.capacity() / MIB,
        plan.consumers());
  }

  private void judgePolicy() {
    CrowdRelay.Use use = rows.get(Crowd.Phase.ALL_STALLED).relay;
    if (!plan.isDisconnecting()) { // of the others it is awaited that they do
      int all = plan.consumers() + plan.witnesses() + 1;
      judge(
          use.connections() == all,
          false,
          "%s disconnects nobody: %d connections of %d",
          plan.policy(),
          use.connections(),
          all);
    }
    boolean isBehindSockets = plan.kernelBound() < Long.MAX_VALUE; // else nobody knows
    if (plan.policy() == Overflow.SPILL && isBehindSockets) {
      judge(
          use.spilled() > 0, false, "SPILL has had to act: %.1f MiB on disk", use.spilled() / MIB);
    }
  }

  private void judgeKernel() {
    long before = rows.get(Crowd.Phase.ALONE).kernel;
    long most = rows.values().stream().mapToLong(Row::kernel).max().orElse(0) - before;
    if (plan.kernelBound() < Long.MAX_VALUE) {
      judge(
          most <= plan.kernelBound(),
          true, // other programs have sockets, too
          "socket memory of the whole machine grew by %.1f MiB at the most, of %.1f MiB that the"
              + " buffer sizes allow",
          most / MIB,
          plan.kernelBound() / MIB);
    }
  }

  private void judgeRate(Crowd.Phase phase) {
    double before = rows.get(Crowd.Phase.ALL_READ).gotPerSecond;
    double now = rows.get(phase).gotPerSecond;
    judge(
        now >= KEPT * before,
        true,
        "the slowest witness keeps its rate, %s: %.1f messages/s, %.1f before",
        phase,
        now,
        before);
  }

  // ---- the table ----

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-12s %7s %8s %8s %8s %8s %9s | %8s %8s %8s %8s %8s %8s %8s %6s %6s %8s%n",
            "",
            "s",
            "sent/s",
            "got/s",
            "p50 ms",
            "p99 ms",
            "crowd",
            "heap",
            "direct",
            "most",
            "log",
            "spilled",
            "RSS",
            "kernel",
            "conns",
            "pauses",
            "longest"));
    rows.forEach((phase, row) -> text.append(line(phase, row)));
    text.append(
        "got/s: the slowest witness; crowd: MiB/s that it takes; right of the bar, MiB at the end"
            + " of the phase\n(heap after a collection; most: of direct memory in the phase;"
            + " kernel: TCP, whole machine; pauses of collections, the longest in ms)\n");
    verdicts.forEach(verdict -> text.append(verdict).append('\n'));
    return text.toString();
  }

  private static String line(Crowd.Phase phase, Row row) {
    CrowdRelay.Use use = row.relay;
    return String.format(
        Locale.ROOT,
        "%-12s %7.1f %8.1f %8.1f %8.1f %8.1f %9.1f | %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f"
            + " %6d %6d %8d%n",
        phase,
        row.seconds,
        row.sentPerSecond,
        row.gotPerSecond,
        row.latencyMs(0.5),
        row.latencyMs(0.99),
        row.crowdBytes / MIB / row.seconds,
        use.heap() / MIB,
        use.direct() / MIB,
        use.mostDirect() / MIB,
        use.log() / MIB,
        use.spilled() / MIB,
        use.resident() / MIB,
        row.kernel / MIB,
        use.connections(),
        use.pauses(),
        use.longestPause());
  }
}
