package io.hydrasync.server.internal.cluster;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * A role at node R, beside nodes X and Y; what it wants is written down, each as one word or two.
 */
final class RoleScene implements SessionEffects<String> {
  static final NodeId R = new NodeId(0, 1);
  static final NodeId X = new NodeId(0, 2);
  static final NodeId Y = new NodeId(0, 3);
  static final long MS = 1_000_000;
  static final long LINGER = 30_000 * MS;

  final ClusterContext context = new ClusterContext(R, LINGER, new Random(1));
  final List<String> told = new ArrayList<>();
  final SessionRole<String> role;
  SessionEntry written = SessionEntry.UNREADABLE;
  long expected = -1;
  int takeovers;
  Refusal refusal = Refusal.NO_SESSION;
  long now = -5_000 * MS; // as System.nanoTime() may be
  long revision = 10;
  long due = Long.MAX_VALUE;

  RoleScene(boolean owned) {
    this(owned, Optional.empty());
  }

  RoleScene(boolean owned, Optional<Versioned<SessionEntry>> entry) {
    context.nodes(new NodeTable(Map.of(R, node(1), X, node(2), Y, node(3))));
    role = new SessionRole<>(context, owned, entry, this, now);
  }

  static NodeEntry node(int number) {
    return new NodeEntry(
        new RelayAddress("10.0.0." + number, 4371),
        Optional.of(new RelayAddress("10.1.0." + number, 4370)),
        "",
        1_000 * number,
        false,
        0,
        SecretHash.of(new byte[] {1}));
  }

  static SessionEntry entry(NodeId owner, boolean live, long epoch) {
    return new SessionEntry(owner, 70, live, epoch, epoch, epoch, List.of());
  }

  static SecretHash token(int number) {
    return SecretHash.of(new byte[] {9, (byte) number});
  }

  static ProducerJoin begins() {
    return new ProducerJoin(false, 0, false, Optional.empty(), Optional.empty());
  }

  static ProducerJoin goesOn(long epoch) {
    return new ProducerJoin(true, epoch, false, Optional.empty(), Optional.empty());
  }

  static ProducerJoin shows(int token, long epoch) {
    return new ProducerJoin(
        epoch != 0,
        epoch,
        false,
        token == 0 ? Optional.empty() : Optional.of(token(token)),
        Optional.of(token(99)));
  }

  /** What was wanted since the last call. */
  List<String> told() {
    List<String> all = List.copyOf(told);
    told.clear();
    return all;
  }

  void joins(String producer, ProducerJoin join) {
    role.producerJoins(producer, join, now, now);
  }

  /** The answer to a read. */
  void reads(SessionEntry entry) {
    revision++;
    role.readAnswered(Optional.of(new Versioned<>(entry, revision)), now);
  }

  void readsNothing() {
    role.readAnswered(Optional.empty(), now);
  }

  /** The write on its way is done. */
  void writes() {
    revision++;
    role.writeAnswered(new WriteOutcome.Written(revision), now);
  }

  void conflicts(SessionEntry entry) {
    revision++;
    role.writeAnswered(
        new WriteOutcome.Conflict(Optional.of(new Versioned<>(entry, revision))), now);
  }

  void hears(SessionEntry entry) {
    revision++;
    role.changed(Optional.of(new Versioned<>(entry, revision)), revision, now);
  }

  void hearsOfDeletion() {
    revision++;
    role.changed(Optional.empty(), revision, now);
  }

  /** Lets time pass, and the timer run when it is due. */
  void passes(long millis) {
    long end = now + millis * MS;
    while (due <= end) {
      now = Math.max(now, due);
      due = Long.MAX_VALUE;
      role.timer(now);
    }
    now = end;
  }

  /** R owns the session, with a confirmed producer in an epoch. */
  RoleScene owning(String producer, long epoch) {
    joins(producer, begins());
    readsNothing();
    writes();
    if (epoch != 0) {
      role.headPublished(epoch, epoch, now);
      writes();
    }
    told.clear();
    return this;
  }

  /** R mirrors the session of X for a consumer. */
  RoleScene mirroring(long epoch) {
    hears(entry(X, true, epoch));
    role.consumersNow(1, now);
    role.headPublished(epoch, epoch, now);
    role.linkUp(true, now);
    told.clear();
    return this;
  }

  @Override
  public void read() {
    told.add("read");
  }

  @Override
  public void write(long expectedModRevision, SessionEntry entry) {
    told.add("write");
    expected = expectedModRevision;
    written = entry;
  }

  @Override
  public void delete(long expectedModRevision) {
    told.add("delete");
    expected = expectedModRevision;
  }

  @Override
  public void admit(String producer, boolean resumed, long floorEpoch, long floorStream) {
    told.add("admit " + producer + (resumed ? " resumed" : " above") + " " + floorEpoch);
  }

  @Override
  public void tookOver() {
    takeovers++;
  }

  @Override
  public void refuse(String client, Refusal why) {
    told.add("refuse " + client + " " + why.code() + " " + why.retryMillis());
    refusal = why;
  }

  @Override
  public void closeProducer(String producer, Refusal why) {
    told.add("close " + producer + " " + why.code() + " " + why.retryMillis());
  }

  @Override
  public void closeLinks() {
    told.add("closeLinks");
  }

  @Override
  public void link(NodeId owner, RelayAddress address) {
    told.add("link " + owner.low());
  }

  @Override
  public void unlink() {
    told.add("unlink");
  }

  @Override
  public void admitConsumer(String consumer) {
    told.add("admit " + consumer);
  }

  @Override
  public void producerState(boolean live) {
    told.add(live ? "live" : "away");
  }

  @Override
  public void over() {
    told.add("over");
  }

  @Override
  public void leaveElsewhere() {
    told.add("leave");
  }

  @Override
  public void end() {
    told.add("end");
  }

  @Override
  public void timerAt(long nanos) {
    due = nanos;
  }
}
