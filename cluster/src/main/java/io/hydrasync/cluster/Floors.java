package io.hydrasync.cluster;

import io.hydrasync.server.cluster.SessionHash;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What answers have told of sessions while the watch was still behind them: what it then brings
 * from before is not news. Not thread-safe.
 */
final class Floors {
  private final Map<SessionHash, Floor> ahead = new LinkedHashMap<>();

  /**
   * The least revision that is news.
   *
   * @param write the revision of the write that was seen; of an absence, behind what was read
   * @param absent whether nothing was there: that it was deleted is news in any case
   */
  private record Floor(long write, boolean absent) {}

  /** The entry was written at a revision, or deleted. */
  void known(SessionHash hash, long revision) {
    raise(hash, new Floor(revision, false));
  }

  /** There was none at a revision. */
  void absent(SessionHash hash, long revision) {
    raise(hash, new Floor(revision + 1, true));
  }

  private void raise(SessionHash hash, Floor floor) {
    Floor before = ahead.get(hash);
    if (before == null
        || before.write < floor.write
        || (before.write == floor.write && before.absent)) {
      ahead.remove(hash);
      ahead.put(hash, floor);
    }
  }

  boolean isNews(SessionHash hash, long revision, boolean deleted) {
    Floor floor = ahead.get(hash);
    return floor == null || revision >= floor.write || (deleted && floor.absent);
  }

  /** The watch has come to a revision. */
  void passed(long revision) {
    Iterator<Floor> floors = ahead.values().iterator();
    while (floors.hasNext() && floors.next().write <= revision) {
      floors.remove();
    }
  }

  void clear() {
    ahead.clear();
  }

  int size() {
    return ahead.size();
  }
}
