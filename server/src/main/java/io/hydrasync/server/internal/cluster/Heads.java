package io.hydrasync.server.internal.cluster;

import static io.hydrasync.server.internal.cluster.ClaimRules.higher;

/** Which HEADs a session has seen: the last of its log, and higher ones elsewhere. */
final class Heads {
  private long epoch;
  private long stream;
  private long elsewhere;

  /** The log has another last HEAD. */
  void published(long ofEpoch, long ofStream) {
    epoch = ofEpoch;
    stream = ofStream;
  }

  /** One has been seen that is not in the log. */
  void seen(long ofEpoch) {
    elsewhere = higher(elsewhere, ofEpoch);
  }

  void forget() {
    epoch = 0;
    stream = 0;
    elsewhere = 0;
  }

  /** Of the log's last HEAD, 0 if it has none. */
  long epoch() {
    return epoch;
  }

  /** Of the log's last HEAD, 0 if it has none. */
  long stream() {
    return stream;
  }

  /** The highest that is not in the log, 0 for none. */
  long elsewhere() {
    return elsewhere;
  }

  /** The highest of all. */
  long highest() {
    return higher(epoch, elsewhere);
  }
}
