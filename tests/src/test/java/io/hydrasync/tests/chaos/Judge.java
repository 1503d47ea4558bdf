package io.hydrasync.tests.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares what producers were told was taken with what consumers were given, from the logs of both
 * alone. For one thread.
 */
final class Judge {
  private static final int MOST_TOLD = 3;

  private final List<ProducerJudge> producers = new ArrayList<>();
  private final Map<LogTail, ConsumerJudge> consumers = new LinkedHashMap<>();
  private final List<ChaosSession> sessions;

  Judge(Path directory, List<ChaosSession> sessions) {
    this.sessions = sessions;
    for (ChaosSession session : sessions) {
      ProducerJudge producer = new ProducerJudge(directory, session);
      producers.add(producer);
      for (int host = 0; host < ChaosCluster.NODES; host++) {
        String name = session.consumerLog(host);
        consumers.put(new LogTail(directory, name), new ConsumerJudge(name, session, producer));
      }
    }
  }

  /** The findings of a client's text. */
  static List<Finding> findings(List<String> lines, String who) {
    return lines.stream()
        .map(
            line -> {
              String[] fields = line.split(" ", 3);
              return new Finding(Finding.Kind.valueOf(fields[1]), who + ": " + fields[2]);
            })
        .toList();
  }

  /** Reads what has been written since it was asked last, and says what is wrong in it. */
  List<Finding> look() throws IOException {
    List<Finding> found = new ArrayList<>();
    Map<ConsumerJudge, List<Entry>> fresh = new LinkedHashMap<>();
    for (Map.Entry<LogTail, ConsumerJudge> each : consumers.entrySet()) {
      fresh.put(each.getValue(), each.getKey().entries());
      found.addAll(findings(each.getKey().lines(), each.getValue().name()));
    }
    for (int i = 0; i < producers.size(); i++) { // behind consumers: what those got was taken
      for (Finding finding : producers.get(i).read()) {
        found.add(
            new Finding(finding.kind(), "session " + sessions.get(i) + ", " + finding.what()));
      }
    }
    fresh.forEach((consumer, entries) -> note(consumer, entries, found));
    fresh.forEach((consumer, entries) -> entries.forEach(consumer::take));
    consumers.values().forEach(each -> found.addAll(each.takeFindings()));
    return found;
  }

  private void note(ConsumerJudge consumer, List<Entry> entries, List<Finding> found) {
    ProducerJudge producer = producers.get(consumer.session().index());
    for (Entry each : entries) {
      if (each.kind() == Entry.Kind.MESSAGE && !producer.note(each)) {
        found.add(
            new Finding(
                Finding.Kind.TWICE,
                consumer.name() + ": message " + each.number() + " in another frame " + each));
      }
    }
  }

  // ---- progress ----

  void mark(long nanos) {
    consumers.values().forEach(each -> each.mark(nanos));
  }

  /** Those that have got nothing that was handed over behind the mark. */
  List<String> waiting() {
    return consumers.values().stream()
        .filter(each -> each.marked() == 0)
        .map(ConsumerJudge::name)
        .toList();
  }

  /**
   * Until when the last consumer of a session had got a message that was handed over behind the
   * mark, in seconds from there.
   */
  double progress(ChaosSession session, long mark) {
    return consumers.values().stream()
        .filter(each -> each.session() == session)
        .mapToDouble(each -> each.marked() == 0 ? Double.MAX_VALUE : (each.marked() - mark) / 1e9)
        .max()
        .orElseThrow();
  }

  /** Whether a session's producer is a process that had not joined by then. */
  boolean isNewProcess(ChaosSession session, int incarnation, long nanos) {
    return !producers.get(session.index()).hadJoined(incarnation, nanos);
  }

  // ---- in the end ----

  /** Who has not been told the end. */
  List<Finding> unfinished() {
    List<Finding> found = new ArrayList<>();
    for (ConsumerJudge each : consumers.values()) {
      if (!each.isEnded()) {
        found.add(new Finding(Finding.Kind.LATE, each.name() + " has not got the end"));
      }
    }
    for (int i = 0; i < producers.size(); i++) {
      if (!producers.get(i).isClosed()) {
        found.add(new Finding(Finding.Kind.LATE, "producer of session " + i + " has not ended"));
      }
    }
    return found;
  }

  long given() {
    return consumers.values().stream().mapToLong(ConsumerJudge::given).sum();
  }

  long missing() {
    return consumers.values().stream().mapToLong(ConsumerJudge::missing).sum();
  }

  long givenUp() {
    return consumers.values().stream().mapToLong(ConsumerJudge::givenUp).sum();
  }

  /** The first ones of each kind. */
  static List<String> brief(List<Finding> all) {
    List<String> lines = new ArrayList<>();
    Arrays.stream(Finding.Kind.values())
        .forEach(
            kind -> {
              List<Finding> of = all.stream().filter(each -> each.kind() == kind).toList();
              of.stream().limit(MOST_TOLD).map(Finding::toString).forEach(lines::add);
              if (of.size() > MOST_TOLD) {
                lines.add(kind + ": and " + (of.size() - MOST_TOLD) + " more");
              }
            });
    return lines;
  }
}
