package io.hydrasync.server.internal.session;

import io.hydrasync.server.internal.delivery.ConsumerStage;
import io.hydrasync.server.internal.delivery.LoopGroup;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.sync.Subscribers;
import io.netty.channel.EventLoop;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The consumers of a session that have a place, in the order in which they came, and the loops that
 * they are on. On the session's owner loop, except where a comment says otherwise.
 */
final class Audience {
  private final LinkedHashSet<ConsumerStage> consumers = new LinkedHashSet<>();
  private final Subscribers<LoopGroup> loops = new Subscribers<>();
  private final LinkedHashSet<ConsumerStage> links = new LinkedHashSet<>();
  private long deliveredBefore;
  private long states;

  /** Who has a place, links of other nodes as well; not to be changed. */
  Set<ConsumerStage> all() {
    return consumers;
  }

  /** How many consumers have a place; links are none. */
  int size() {
    return consumers.size() - links.size();
  }

  /** The links of other nodes. */
  List<ConsumerStage> links() {
    return List.copyOf(links);
  }

  /** How many consumers there are behind the links, as these say. */
  int behindLinks() {
    return toInt(behind());
  }

  /** How many consumers there are, those behind links as well. */
  int everywhere() {
    return toInt(size() + behind());
  }

  private static int toInt(long count) {
    return (int) Math.min(Integer.MAX_VALUE, count);
  }

  private long behind() {
    long behind = 0;
    for (ConsumerStage link : links) {
      behind += link.cursor().counted();
    }
    return behind;
  }

  boolean isEmpty() {
    return consumers.isEmpty();
  }

  boolean contains(ConsumerStage consumer) {
    return consumers.contains(consumer);
  }

  void add(ConsumerStage consumer) {
    consumers.add(consumer);
    if (consumer.isLink()) {
      links.add(consumer);
    }
  }

  /** False if it had no place any more. */
  boolean remove(ConsumerStage gone) {
    if (!consumers.remove(gone)) {
      return false;
    }
    if (!links.remove(gone)) {
      deliveredBefore += gone.connection().record().traffic().sentBytes();
    }
    return true;
  }

  /** What consumers that are gone have got; links are none. */
  long deliveredBefore() {
    return deliveredBefore;
  }

  /** Whether every one has taken all that has come. */
  boolean isCaughtUp() {
    return consumers.stream().allMatch(consumer -> consumer.cursor().untaken() == 0);
  }

  /** Whether somebody stays when the session is forgotten. */
  boolean anyWaits() {
    return consumers.stream().anyMatch(ConsumerStage::waits);
  }

  /** Whether somebody stands in a log. */
  boolean isIn(SessionLog log) {
    return consumers.stream().anyMatch(consumer -> consumer.cursor().log() == log);
  }

  /** Tells all of a STATE. */
  void tell(int state) {
    long number = ++states;
    for (ConsumerStage consumer : consumers) {
      consumer.connection().execute(() -> consumer.state(state, number));
    }
  }

  /** Those on a loop, who are woken together. From any thread. */
  LoopGroup group(EventLoop loop) {
    return loops.list(entry -> entry.loop() == loop, () -> new LoopGroup(loop));
  }

  /** How many there are on a loop. From any thread. */
  int on(EventLoop loop) {
    LoopGroup group = loops.find(entry -> entry.loop() == loop);
    return group == null ? 0 : group.size();
  }

  /** Whether there are some on other loops than this. From any thread. */
  boolean anyBeside(EventLoop home) {
    return loops.find(entry -> entry.loop() != home && entry.size() > 0) != null;
  }

  /** Wakes all, each loop once. */
  void wake() {
    loops.forEach(LoopGroup::wake);
  }
}
