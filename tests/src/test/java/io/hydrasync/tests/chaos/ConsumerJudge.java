package io.hydrasync.tests.chaos;

import io.hydrasync.tests.chaos.Finding.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Judges what one consumer was given: each message once, in order, as it was sent, and of what is
 * missing that it was announced, frame by frame. For one thread.
 */
final class ConsumerJudge {
  private final String name;
  private final ChaosSession session;
  private final ProducerJudge producer;
  private final Payload payload;
  private final List<Finding> findings = new ArrayList<>();

  /** Frames {@code [from, to)} that were announced since the last message. */
  private final List<Entry> gaps = new ArrayList<>();

  /** Numbers of this process's messages that have been passed over. */
  private final BitSet missed = new BitSet();

  private int incarnation;
  private long stream;

  /** The message that is due. */
  private long next;

  /** The frame of the last message, −1 if none of this stream has come. */
  private long frame = -1;

  private boolean truncated;
  private boolean ended;
  private long given;
  private long missing;
  private long givenUp;
  private long mark = Long.MAX_VALUE;
  private long markNanos;

  ConsumerJudge(String name, ChaosSession session, ProducerJudge producer) {
    this.name = name;
    this.session = session;
    this.producer = producer;
    payload = new Payload(session.index(), 0, session.shape().size);
  }

  private void find(Kind kind, String what) {
    findings.add(new Finding(kind, "session " + session + ", " + name + ": " + what));
  }

  /** What is wrong, told once. */
  List<Finding> takeFindings() {
    List<Finding> found = List.copyOf(findings);
    findings.clear();
    return found;
  }

  void take(Entry entry) {
    switch (entry.kind()) {
      case MESSAGE -> message(entry);
      case GAP -> gaps.add(entry);
      case TRUNCATED -> truncated = true;
      case END -> {
        ended = true;
        end();
      }
      default -> throw new IllegalStateException("a producer's entry: " + entry);
    }
  }

  private void message(Entry message) {
    given++;
    if (mark != Long.MAX_VALUE && markNanos == 0 && message.sent() - mark > 0) {
      markNanos = message.nanos();
    }
    String told = message.number() + " of process " + message.incarnation();
    if (message.sum() != payload.sum(message.incarnation(), message.number(), message.sent())) {
      find(Kind.CHANGED, "message " + told);
      return;
    }
    if (message.incarnation() < incarnation) {
      find(Kind.OUT_OF_ORDER, "message " + told + " behind process " + incarnation);
      return;
    }
    if (message.incarnation() > incarnation) {
      nextIncarnation(message);
    } else if (message.stream() != stream && stream != 0) {
      sameProcessNextStream(message);
    }
    stream = message.stream();
    if (message.number() < next) {
      find(
          missed.get((int) message.number()) ? Kind.OUT_OF_ORDER : Kind.TWICE,
          "message " + told + " where " + next + " was due");
      return;
    }
    checkGaps(message);
    missed.set((int) next, (int) message.number());
    next = message.number() + 1;
    frame = message.frame();
    gaps.clear();
    truncated = false;
  }

  private void nextIncarnation(Entry message) {
    if (!truncated && stream != 0) {
      find(
          Kind.UNANNOUNCED,
          "process "
              + message.incarnation()
              + " follows message "
              + next
              + " of process "
              + incarnation
              + ", and nobody said that its stream stopped");
    }
    givenUp += Math.max(0, producer.acknowledged(incarnation) - frame - 1);
    incarnation = message.incarnation();
    next = 0;
    frame = -1;
    missed.clear();
    gaps.removeIf(gap -> gap.stream() != message.stream());
  }

  /** The producer lives, and yet its stream has stopped: what is missing was announced by that. */
  private void sameProcessNextStream(Entry message) {
    if (!truncated) {
      find(Kind.UNANNOUNCED, "stream " + message.stream() + " follows, and nobody said so");
    }
    if (message.number() > next) {
      missing(message.number() - next, "by the end of a stream");
    }
    next = message.number();
    frame = message.frame() - 1;
    gaps.clear();
  }

  private void missing(long count, String how) {
    missing += count;
    if (session.shape().isLossless()) {
      find(Kind.LOST, count + " messages from " + next + " on, announced " + how);
    }
  }

  private void checkGaps(Entry message) {
    for (Entry gap : gaps) {
      if (gap.stream() == message.stream() && gap.frame() > message.frame()) {
        find(Kind.UNANNOUNCED, "message " + message.number() + " came and was said to be missing");
      }
    }
    long count = message.number() - next;
    if (count == 0) {
      return;
    }
    long announced = announced(message.stream(), message.frame());
    if (announced < count) {
      find(
          Kind.UNANNOUNCED,
          String.format(
              "messages %d to %d of process %d, %d frames were announced",
              next, message.number(), incarnation, announced));
      return;
    }
    for (long number = next; number < message.number(); number++) {
      long at = producer.frame(incarnation, number);
      if (at >= 0 && !isAnnounced(message.stream(), at)) {
        find(Kind.UNANNOUNCED, "message " + number + ", frame " + at);
        return;
      }
    }
    missing(count, "as frames");
  }

  /** How many frames were announced since the last message, in front of this one. */
  private long announced(long of, long before) {
    long count = 0;
    long from = frame + 1;
    for (Entry gap : gaps) {
      if (gap.stream() == of) {
        long first = Math.max(from, gap.number());
        long behind = Math.min(before, gap.frame());
        count += Math.max(0, behind - first);
        from = Math.max(from, behind);
      }
    }
    return count;
  }

  private boolean isAnnounced(long of, long at) {
    return gaps.stream()
        .anyMatch(gap -> gap.stream() == of && gap.number() <= at && at < gap.frame());
  }

  /** The producer's end: all of the last process has come, or was announced. */
  private void end() {
    if (incarnation != producer.last()) {
      find(Kind.LOST, "the end came behind process " + incarnation);
      return;
    }
    long count = producer.taken(incarnation) - next;
    if (count > 0) {
      if (announced(stream, Long.MAX_VALUE) < count) {
        find(Kind.UNANNOUNCED, "the last " + count + " messages");
      } else {
        missing(count, "at the end");
      }
    }
  }

  /** From now on it is looked for the first message that was handed over later. */
  void mark(long nanos) {
    mark = nanos;
    markNanos = 0;
  }

  /** When that came; 0 if it has not. */
  long marked() {
    return markNanos;
  }

  boolean isEnded() {
    return ended;
  }

  String name() {
    return name;
  }

  ChaosSession session() {
    return session;
  }

  long given() {
    return given;
  }

  long missing() {
    return missing;
  }

  /** Frames that a relay had acknowledged to a process that was killed, and that have not come. */
  long givenUp() {
    return givenUp;
  }
}
