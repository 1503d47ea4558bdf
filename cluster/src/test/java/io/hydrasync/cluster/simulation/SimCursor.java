package io.hydrasync.cluster.simulation;

/**
 * Where a reader of a log stands: a consumer by its position, a link by the last epoch that its
 * edge has.
 */
final class SimCursor {
  private final boolean link;
  private SimLog log;
  private int index = -1;
  private long seq;
  private boolean headSent;
  private boolean untold;

  private final boolean live;
  private final long stream;
  private final long asked;
  private final long epoch;

  private SimCursor(SimLog log, boolean link, boolean live, long stream, long asked, long epoch) {
    this.log = log;
    this.link = link;
    this.live = live;
    this.stream = stream;
    this.asked = asked;
    this.epoch = epoch;
  }

  static SimCursor ofLink(SimLog log, long epoch, long stream, long next) {
    return new SimCursor(log, true, false, stream, next, epoch);
  }

  static SimCursor ofConsumer(SimLog log, Message.JoinConsumer join) {
    SimCursor cursor =
        new SimCursor(log, false, join.live(), join.stream(), join.seq(), join.epoch());
    return cursor;
  }

  /** What JOINED tells a consumer: where it begins, if that is known. */
  Message.JoinedConsumer joined() {
    SimLog.Ep last = log.last();
    untold = last == null;
    if (untold || stream != 0) {
      return new Message.JoinedConsumer(stream, asked);
    }
    SimLog.Ep at = live ? last : log.epochs.get(0);
    return new Message.JoinedConsumer(at.head.stream(), live ? at.next : at.start);
  }

  boolean isDrained() {
    return index == -1 || log.next == null && seq >= log.epochs.get(index).next;
  }

  /** Sends what is there. */
  void pump(Conn to) {
    if (index == -1) {
      if (log.last() == null) {
        if (log.next == null) {
          return;
        }
        log = log.next;
        pump(to);
        return;
      }
      if (isBehind()) {
        return;
      }
      place(to);
      untold = false;
    }
    while (send(to)) {
      headSent = false;
    }
  }

  /** One epoch's; true if there is another one behind it. */
  private boolean send(Conn to) {
    SimLog.Ep ep = log.epochs.get(index);
    if (!headSent || seq < ep.next) {
      long end = Math.max(seq, ep.next);
      to.toClient(new Message.Data(ep.head, seq, end));
      headSent = true;
      seq = end;
    }
    if (index + 1 < log.epochs.size()) {
      index++;
      enter(to, ep, log.epochs.get(index));
      return true;
    }
    if (log.next != null && log.next.last() != null) {
      log = log.next;
      hop(to, ep);
      return true;
    }
    return false;
  }

  /** From one epoch to the next that is held. */
  private void enter(Conn to, SimLog.Ep from, SimLog.Ep next) {
    if (!link && next.head.stream() == from.head.stream()) {
      if (next.start > seq) {
        to.toClient(new Message.Gap(next.head.stream(), seq, next.start));
      }
    } else if (!link && next.start > next.head.first()) {
      to.toClient(new Message.Gap(next.head.stream(), next.head.first(), next.start));
    }
    seq = next.start;
  }

  /** Into a log that was begun anew: by position, at an epoch that is not below the last one. */
  private void hop(Conn to, SimLog.Ep from) {
    int at = log.indexOf(from.head.epoch(), from.head.stream());
    index = at >= 0 ? at : Math.max(0, log.firstAbove(from.head.epoch(), from.head.stream()));
    SimLog.Ep next = log.epochs.get(index);
    if (at >= 0 && seq >= next.start) {
      return;
    }
    enter(to, from, next);
  }

  /** Whether what is there is older than what the consumer has seen: it stays where it is. */
  boolean isBehind() {
    if (link || index >= 0 || stream == 0) {
      return false;
    }
    SimLog.Ep last = log.last();
    return last != null && (last.head.epoch() < epoch || last.head.stream() < stream);
  }

  private void place(Conn to) {
    if (link) {
      placeLink();
    } else if (stream == 0 && untold) {
      index = 0;
      SimLog.Ep at = log.epochs.get(0);
      seq = at.start;
      if (seq > at.head.first()) {
        to.toClient(new Message.Gap(at.head.stream(), at.head.first(), seq));
      }
    } else if (stream == 0) {
      index = live ? log.epochs.size() - 1 : 0;
      SimLog.Ep at = log.epochs.get(index);
      seq = live ? at.next : at.start;
    } else {
      placeAt(to);
    }
  }

  private void placeLink() {
    int at = log.indexOf(epoch, stream);
    if (at >= 0) {
      index = at;
      seq = Math.max(asked, log.epochs.get(at).start);
      return;
    }
    int above = log.firstAbove(epoch, stream);
    index = above >= 0 ? above : log.epochs.size() - 1;
    SimLog.Ep ep = log.epochs.get(index);
    seq = above >= 0 ? ep.start : ep.next;
  }

  /** As {@code Resumption} does, but never below the epoch that the consumer has seen. */
  private void placeAt(Conn to) {
    int newest = -1;
    int later = -1;
    for (int i = 0; i < log.epochs.size(); i++) {
      SimLog.Ep ep = log.epochs.get(i);
      if (ep.head.stream() == stream && ep.head.epoch() >= epoch && ep.start <= asked) {
        newest = i;
        later = -1;
      } else if (ep.head.epoch() >= epoch && ep.head.stream() >= stream && later == -1) {
        later = i;
      }
    }
    if (newest >= 0 && (asked <= log.epochs.get(newest).next || later == -1)) {
      index = newest;
      seq = asked;
      return;
    }
    index = later >= 0 ? later : log.epochs.size() - 1;
    SimLog.Ep ep = log.epochs.get(index);
    if (ep.head.stream() == stream) {
      seq = ep.start;
      if (seq > asked) {
        to.toClient(new Message.Gap(stream, asked, seq));
      }
    } else {
      to.toClient(new Message.Gap(stream, asked, Long.MAX_VALUE));
      seq = ep.start;
      if (seq > ep.head.first()) {
        to.toClient(new Message.Gap(ep.head.stream(), ep.head.first(), seq));
      }
    }
  }
}
