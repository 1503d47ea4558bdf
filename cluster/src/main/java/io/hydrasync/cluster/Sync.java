package io.hydrasync.cluster;

import com.google.gson.JsonObject;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the directory says, kept up to date: everything at one revision, then a watch from there on;
 * where the watch ends, another one from where it ended; where in doubt, everything again. On the
 * directory's thread.
 */
final class Sync implements Watch.Events {
  private static final Logger LOG = LoggerFactory.getLogger(Sync.class);

  /** A watch has to show within this what this node has written. */
  static final Duration SHOWN_WITHIN = Duration.ofSeconds(5);

  private static final Duration SOON = Duration.ofMillis(50);
  private static final int MOST_DOUBLINGS = 6;
  private static final Duration QUIET = Duration.ofSeconds(10);

  private final Gateway gateway;
  private final Timeline timeline;
  private final Keys keys;
  private final Values values;
  private final NodeId self;
  private final Told told;
  private final Runnable afterSnapshot;
  private final Floors floors;
  private final Map<NodeId, Versioned<NodeEntry>> nodes = new HashMap<>();
  private final Set<NodeId> strangers = new HashSet<>();
  private @Nullable Watch watch;
  private boolean reading;
  private boolean over;
  private int generation;
  private long last;
  private long seen;
  private int failures;
  private long doubtedAt;
  private int doubts;
  private long unshown;
  private long unshownSince;

  Sync(
      Gateway gateway,
      Timeline timeline,
      Keys keys,
      Values values,
      NodeId self,
      Told told,
      Floors floors,
      Runnable afterSnapshot) {
    this.gateway = gateway;
    this.timeline = timeline;
    this.keys = keys;
    this.values = values;
    this.self = self;
    this.told = told;
    this.floors = floors;
    this.afterSnapshot = afterSnapshot;
    doubtedAt = timeline.nanoTime() - 2 * QUIET.toNanos();
  }

  void start() {
    reading = true;
    read();
  }

  void close() {
    over = true;
    closeWatch();
  }

  Map<NodeId, Versioned<NodeEntry>> nodes() {
    return nodes;
  }

  /** What an answer must not be older than that is asked for now. */
  Mark mark() {
    return new Mark(generation, seen);
  }

  /**
   * When something was asked.
   *
   * @param generation of what was known
   * @param seen the highest revision that had been seen
   */
  record Mark(int generation, long seen) {}

  /** A linearizable answer has come. */
  void answered(Mark asked, long revision) {
    if (asked.generation == generation) {
      if (revision < asked.seen) {
        doubt("an answer is of revision " + revision + ", after " + asked.seen);
      } else {
        seen = Math.max(seen, revision);
      }
    }
  }

  /** This node has written its key: the watch has to show it. */
  void wrote(long revision) {
    if (revision > last && unshown == 0) {
      unshown = revision;
      unshownSince = timeline.nanoTime();
    }
  }

  /** Looks whether the watch has shown what it had to. */
  void look() {
    Watch current = watch;
    if (current != null
        && unshown > 0
        && timeline.nanoTime() - unshownSince > SHOWN_WITHIN.toNanos()) {
      unshownSince = timeline.nanoTime();
      current.leave("a watch has not shown what this node has written");
    }
  }

  void doubt(String why) {
    if (over || reading) {
      return;
    }
    LOG.info("the directory is read again: {}", why);
    reading = true;
    closeWatch();
    long now = timeline.nanoTime();
    doubts = now - doubtedAt > QUIET.toNanos() ? 0 : Math.min(doubts + 1, MOST_DOUBLINGS);
    doubtedAt = now;
    timeline.schedule(doubts == 0 ? Duration.ZERO : delay(doubts), this::read);
  }

  private static Duration delay(int times) {
    return SOON.multipliedBy(1L << Math.min(times, MOST_DOUBLINGS));
  }

  private void read() {
    if (over) {
      return;
    }
    generation++;
    long before = seen;
    Snapshot.read(gateway, keys)
        .whenComplete(
            (snapshot, failure) -> {
              if (over) {
                return;
              }
              if (failure != null) {
                told.failed(Gateway.unwrapped(failure), true);
                failures++;
                timeline.schedule(delay(failures), this::read);
              } else {
                failures = 0;
                told.notRefused();
                apply(snapshot, before);
              }
            });
  }

  private void apply(Snapshot snapshot, long before) {
    if (snapshot.revision() < before) {
      floors.clear(); // what was known is of another history
      unshown = 0;
    }
    last = snapshot.revision();
    seen = last;
    floors.passed(last);
    shown();
    nodes.clear();
    strangers.clear();
    Map<NodeId, NodeEntry> there = new HashMap<>();
    Map<SessionHash, Versioned<SessionEntry>> sessions = new HashMap<>();
    for (KeyValue each : snapshot.found()) {
      keys.node(each.key()).ifPresent(id -> take(id, each, there));
      keys.session(each.key())
          .ifPresent(
              hash ->
                  sessions.put(
                      hash, new Versioned<>(Values.session(each.value()), each.modRevision())));
    }
    reading = false;
    DirectoryView view = new DirectoryView(last, there, sessions, strangers.size());
    told.tell(listener -> listener.snapshot(view));
    afterSnapshot.run();
    open();
  }

  private void take(NodeId id, KeyValue each, Map<NodeId, NodeEntry> there) {
    Optional<NodeEntry> entry = values.node(id, each.value());
    if (entry.isPresent()) {
      nodes.put(id, new Versioned<>(entry.get(), each.modRevision()));
      there.put(id, entry.get());
    } else if (!id.equals(self)) {
      strangers.add(id);
    }
  }

  private void open() {
    if (!over && !reading && watch == null) {
      watch = Watch.open(gateway, timeline, keys, last + 1, this);
    }
  }

  private void closeWatch() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }

  @Override
  public void created(Watch from, long revision) {
    if (from == watch) {
      if (revision < last) {
        doubt("a watch begins at revision " + revision + ", after " + last);
      } else if (unshown > 0) {
        unshownSince = timeline.nanoTime();
      }
    }
  }

  @Override
  public void message(Watch from, JsonObject result) {
    if (from != watch) {
      return;
    }
    failures = 0;
    long newest = last;
    for (JsonObject event : Json.objects(result, "events")) {
      KeyValue changed = KeyValue.of(Json.object(event, "kv"));
      boolean deleted = Json.text(event, "type").orElse("PUT").equals("DELETE");
      if (changed.modRevision() > last && watch == from) {
        newest = Math.max(newest, changed.modRevision());
        changed(changed, deleted);
      }
    }
    if (watch == from) {
      // of what comes in pieces the last revision may not be complete
      last = Json.flag(result, "fragment") ? Math.max(last, newest - 1) : newest;
      seen = Math.max(seen, last);
      floors.passed(last);
      shown();
    }
  }

  private void shown() {
    if (unshown > 0 && last >= unshown) {
      unshown = 0;
    }
  }

  private void changed(KeyValue changed, boolean deleted) {
    Optional<NodeId> node = keys.node(changed.key());
    Optional<SessionHash> session = keys.session(changed.key());
    if (node.isPresent()) {
      nodeChanged(node.get(), changed, deleted);
    } else if (session.isPresent()
        && floors.isNews(session.get(), changed.modRevision(), deleted)) {
      SessionHash hash = session.get();
      if (deleted) {
        told.tell(listener -> listener.sessionGone(hash, changed.modRevision()));
      } else {
        Versioned<SessionEntry> entry =
            new Versioned<>(Values.session(changed.value()), changed.modRevision());
        told.tell(listener -> listener.sessionPut(hash, entry));
      }
    }
  }

  private void nodeChanged(NodeId id, KeyValue changed, boolean deleted) {
    Optional<NodeEntry> now = deleted ? Optional.empty() : values.node(id, changed.value());
    Versioned<NodeEntry> before = nodes.get(id);
    if (now.isPresent()) {
      nodes.put(id, new Versioned<>(now.get(), changed.modRevision()));
      if (before == null || !before.value().equals(now.get())) {
        told.tell(listener -> listener.nodePut(id, now.get()));
      }
    } else if (nodes.remove(id) != null) {
      told.tell(listener -> listener.nodeGone(id));
    }
  }

  @Override
  public void doubt(Watch from, String why) {
    if (from == watch) {
      doubt(why);
    }
  }

  @Override
  public void ended(Watch from, String why) {
    if (from == watch && !over) {
      LOG.debug("a watch of the directory begins anew: {}", why);
      watch = null;
      failures++;
      timeline.schedule(delay(failures - 1), this::open);
    }
  }
}
