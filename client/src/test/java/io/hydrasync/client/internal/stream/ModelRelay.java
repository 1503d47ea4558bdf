package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An honest relay without sockets and bytes: which frames it holds, and where it lets a consumer
 * begin ({@code wire2.md} section 4). Written from the document, not from the server.
 */
final class ModelRelay {
  private static final long UNKNOWN_END = -1;

  private final ArrayList<Item> log = new ArrayList<>();
  private int start;
  private long lastEpoch;

  /**
   * A HEAD or a frame.
   *
   * @param seq of the frame; a HEAD's first
   * @param isEnd whether it is an END, which a relay sees
   */
  record Item(boolean isHead, long stream, long epoch, long seq, boolean isEnd, byte[] bytes) {}

  /**
   * An epoch that is held.
   *
   * @param at index of its HEAD
   * @param next sequence behind its last frame
   * @param end index behind its last frame
   */
  record Held(Item head, int at, long next, int end) {}

  /**
   * Where a consumer begins.
   *
   * @param stream of JOINED
   * @param seq of JOINED
   * @param gap what it is told first
   * @param head what comes before the first frame
   * @param index of the first item, less than 0 if it has to come first
   */
  record Place(long stream, long seq, @Nullable GapMessage gap, @Nullable Item head, int index) {
    boolean isToCome() {
      return index < 0;
    }

    private Place behind(GapMessage loss) {
      return new Place(stream, seq, loss, head, index);
    }
  }

  // ---- the producer's side ----

  void append(Item item) {
    log.add(item);
    if (item.isHead) {
      lastEpoch = item.epoch;
    }
  }

  long lastEpoch() {
    return lastEpoch;
  }

  int size() {
    return log.size();
  }

  Item item(int index) {
    return log.get(index);
  }

  /** Lets go of what is below an index. */
  void trim(int index) {
    start = Math.max(start, index);
  }

  /** Forgets everything. */
  void loseState() {
    log.clear();
    start = 0;
    lastEpoch = 0;
  }

  @Nullable Held last() {
    List<Held> epochs = epochs();
    return epochs.isEmpty() ? null : epochs.get(epochs.size() - 1);
  }

  private List<Held> epochs() {
    ArrayList<Held> all = new ArrayList<>();
    for (int i = 0; i < log.size(); i++) {
      Item item = log.get(i);
      if (item.isHead) {
        all.add(new Held(item, i, item.seq, i + 1));
      } else {
        Held open = all.remove(all.size() - 1);
        all.add(new Held(open.head, open.at, item.seq + 1, i + 1));
      }
    }
    while (all.size() > 1 && all.get(0).end <= start) {
      all.remove(0);
    }
    return all;
  }

  // ---- the consumer's side ----

  Place place(Beginning.Request request) {
    if (log.isEmpty()) {
      return new Place(0, 0, null, null, 0);
    }
    return switch (request.start()) {
      case JoinMessage.START_LIVE -> live();
      case JoinMessage.START_OLDEST -> at(start);
      default -> resume(request.stream(), request.seq());
    };
  }

  private Place live() {
    int last = log.size() - 1;
    return at(log.get(last).isEnd && last >= start ? last : log.size());
  }

  private Place at(int index) {
    if (index >= log.size()) {
      List<Held> epochs = epochs();
      Held last = epochs.get(epochs.size() - 1);
      return new Place(last.head.stream, last.next, null, last.head, log.size());
    }
    Item item = log.get(index);
    return new Place(item.stream, item.seq, null, item.isHead ? null : headOf(index), index);
  }

  private Item headOf(int index) {
    int at = index;
    while (!log.get(at).isHead) {
      at--;
    }
    return log.get(at);
  }

  private Place resume(long stream, long seq) {
    @Nullable Held newest = null;
    @Nullable Held later = null;
    boolean holdsStream = false;
    for (Held epoch : epochs()) {
      if (epoch.head.stream == stream) {
        holdsStream = true;
        if (epoch.head.seq <= seq) {
          newest = epoch;
          later = null;
        } else if (later == null) {
          later = epoch;
        }
      } else if (newest != null && later == null) {
        later = epoch;
      }
    }
    if (!holdsStream) {
      return at(start).behind(new GapMessage(stream, seq, UNKNOWN_END));
    }
    if (newest == null) {
      return afterLoss(stream, seq, later);
    }
    if (seq < newest.next) {
      for (int i = Math.max(start, newest.at); i < newest.end; i++) {
        if (!log.get(i).isHead && log.get(i).seq == seq) {
          return at(i);
        }
      }
      return afterLoss(stream, seq, newest);
    }
    return notYetHere(stream, seq, newest, later);
  }

  private Place afterLoss(long stream, long seq, @Nullable Held epoch) {
    if (epoch == null || epoch.at < start) {
      Place oldest = at(start);
      long to = oldest.stream == stream ? oldest.seq : UNKNOWN_END;
      return oldest.behind(new GapMessage(stream, seq, to));
    }
    return at(epoch.at).behind(new GapMessage(stream, seq, Math.max(seq, epoch.head.seq)));
  }

  private Place notYetHere(long stream, long seq, Held newest, @Nullable Held later) {
    if (later == null) {
      return seq == newest.next ? at(log.size()) : new Place(stream, seq, null, null, -1);
    }
    Place next = at(newest.end);
    if (seq == newest.next) {
      return next;
    }
    long to = later.head.stream == stream ? Math.max(seq, later.head.seq) : UNKNOWN_END;
    return next.behind(new GapMessage(stream, seq, to));
  }
}
