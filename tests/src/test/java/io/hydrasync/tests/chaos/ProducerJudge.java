package io.hydrasync.tests.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a session's producers were told, process by process. For one thread. */
final class ProducerJudge {
  private static final long UNKNOWN = -1;

  private final LogTail log;
  private final Map<Integer, Long> taken = new HashMap<>();
  private final Map<Integer, Long> acknowledged = new HashMap<>();
  private final Map<Integer, Long> joined = new HashMap<>();
  private final Map<Integer, long[]> frames = new HashMap<>();
  private int last;
  private boolean closed;

  ProducerJudge(Path directory, ChaosSession session) {
    log = new LogTail(directory, session.producerLog());
  }

  /** Reads what has come. */
  List<Finding> read() throws IOException {
    for (Entry entry : log.entries()) {
      last = Math.max(last, entry.incarnation());
      switch (entry.kind()) {
        case JOINED -> joined.put(entry.incarnation(), entry.nanos());
        case TOOK -> taken.put(entry.incarnation(), entry.number() + 1);
        case ACKNOWLEDGED -> acknowledged.put(entry.incarnation(), entry.number());
        case CLOSED -> closed = true;
        default -> throw new IOException("a consumer's entry in a producer's log: " + entry);
      }
    }
    return Judge.findings(log.lines(), "its producer");
  }

  /** How many messages were taken of a process. */
  long taken(int incarnation) {
    return taken.getOrDefault(incarnation, 0L);
  }

  /** How many frames of a process have arrived, as it was told. */
  long acknowledged(int incarnation) {
    return acknowledged.getOrDefault(incarnation, 0L);
  }

  /** The process that has come last. */
  int last() {
    return last;
  }

  /** Whether that had joined by then. */
  boolean hadJoined(int incarnation, long nanos) {
    Long at = joined.get(incarnation);
    return at != null && at - nanos < 0;
  }

  /** Whether the last process has ended its stream, and all of that has arrived. */
  boolean isClosed() {
    return closed;
  }

  /** A consumer has got a message in this frame; false if another got it in another one. */
  boolean note(Entry message) {
    int index = (int) message.number();
    long[] known = frames.computeIfAbsent(message.incarnation(), i -> new long[1024]);
    if (index >= known.length) {
      known = java.util.Arrays.copyOf(known, Math.max(index + 1, 2 * known.length));
      frames.put(message.incarnation(), known);
    }
    if (known[index] != 0 && known[index] != message.frame() + 1) {
      return false;
    }
    known[index] = message.frame() + 1;
    return true;
  }

  /** In which frame a message was, −1 if nobody has got it yet. */
  long frame(int incarnation, long number) {
    long[] known = frames.getOrDefault(incarnation, new long[0]);
    return number < known.length ? known[(int) number] - 1 : UNKNOWN;
  }
}
