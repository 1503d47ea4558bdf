package io.hydrasync.cluster.simulation;

import java.util.ArrayList;
import java.util.List;

/** A log as positions only: which frames of which epochs it has. */
final class SimLog {
  final List<Ep> epochs = new ArrayList<>();

  /** The log that was begun where this one could not go on exactly; null if this is the last. */
  SimLog next;

  /** What a HEAD says. */
  record Head(long epoch, long stream, long first) {}

  /** An epoch: frames from start to next are there. */
  static final class Ep {
    final Head head;
    final long start;
    long next;

    Ep(Head head, long start, long next) {
      this.head = head;
      this.start = start;
      this.next = next;
    }
  }

  Ep last() {
    return epochs.isEmpty() ? null : epochs.get(epochs.size() - 1);
  }

  int indexOf(long epoch, long stream) {
    for (int i = 0; i < epochs.size(); i++) {
      if (epochs.get(i).head.epoch() == epoch && epochs.get(i).head.stream() == stream) {
        return i;
      }
    }
    return -1;
  }

  /** The first epoch above another, of no older stream, or -1. */
  int firstAbove(long epoch, long stream) {
    for (int i = 0; i < epochs.size(); i++) {
      if (epochs.get(i).head.epoch() > epoch && epochs.get(i).head.stream() >= stream) {
        return i;
      }
    }
    return -1;
  }

  /** Nothing more comes in here. */
  SimLog finish() {
    next = new SimLog();
    return next;
  }
}
