package io.hydrasync.cluster.simulation;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.internal.cluster.LinkEnd;
import io.hydrasync.server.internal.cluster.ProducerJoin;
import io.hydrasync.server.internal.cluster.Refusal;
import io.hydrasync.server.internal.cluster.SessionEffects;
import io.hydrasync.server.internal.cluster.SessionRole;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** What a relay's session does around its role: logs, places and links, as positions. */
final class SimSession implements SessionEffects<Conn> {
  private final SimNode node;
  private final World world;
  private final Map<Conn, SimCursor> readers = new LinkedHashMap<>();
  private final Map<Conn, SimCursor> links = new LinkedHashMap<>();
  private final Map<Conn, Message> joining = new HashMap<>();
  private final Set<Conn> late = new HashSet<>();
  private final Map<Conn, Long> shown = new HashMap<>();
  private final Map<Conn, Long> tokens = new HashMap<>();
  private SimLog log = new SimLog();
  private SimLog first = log;
  private SessionRole<Conn> role;
  Conn producer;
  private Conn linkOut;
  private boolean linkWaitsForHead;
  private boolean linkLive;
  private int depth;
  private final Edge edge = new Edge();
  private boolean over;
  private boolean live;
  private boolean forgotten;
  private int generation;
  private long timers;
  private long lastToken;
  private long tokenBefore;
  private long floorEpoch;
  private long floorStream;
  private SimLog.Head producersHead;

  SimSession(SimNode node) {
    this.node = node;
    world = node.world;
  }

  /** Once the node finds it: then nothing is missed. */
  void begin() {
    role =
        new SessionRole<>(
            node.context,
            world.owned,
            node.cluster.entry(World.SESSION),
            this,
            world.time.nanoTime());
  }

  /** Calls the role, and forgets the session if nothing is left of it. */
  void role(Consumer<SessionRole<Conn>> what) {
    if (forgotten) {
      return;
    }
    depth++;
    what.accept(role);
    depth--;
    if (depth == 0 && role.isIdle() && readers.isEmpty() && producer == null && joining.isEmpty()) {
      forgotten = true;
      node.session = null;
    }
  }

  private long now() {
    return world.time.nanoTime();
  }

  SessionRole.Part part() {
    return role.part();
  }

  boolean isConfirmed() {
    return role.isConfirmed();
  }

  boolean servesLinks() {
    return role.servesLinks();
  }

  boolean hasConsumers() {
    return !readers.isEmpty();
  }

  /** The node that it is linked to, and reads from. */
  Optional<SimNode> linked() {
    return linkOut == null || linkWaitsForHead ? Optional.empty() : Optional.of(linkOut.server);
  }

  /** Whether only consumers are here that wait for another producer. */
  boolean isWaitedFor() {
    return role.part() == SessionRole.Part.NOBODY && hasConsumers();
  }

  boolean hasStream(long stream) {
    for (SimLog each = first; each != null; each = each.next) {
      if (each.epochs.stream().anyMatch(ep -> ep.head.stream() == stream)) {
        return true;
      }
    }
    return false;
  }

  boolean isToldLive() {
    return live;
  }

  // ---- what comes ----

  void received(Conn conn, Message message) {
    if (message instanceof Message.JoinProducer join) {
      producerJoins(conn, join);
    } else if (message instanceof Message.JoinConsumer join) {
      joining.put(conn, join);
      world.expectAnswer(node, conn, 3_600, () -> joining.containsKey(conn));
      role(r -> r.consumerJoins(conn, join.epoch(), join.stream(), join.waits(), now()));
    } else if (message instanceof Message.JoinLink join) {
      linkJoins(conn, join);
    } else if (conn == producer && message instanceof Message.Data data) {
      produced(data);
    } else if (conn == producer && message instanceof Message.Bye) {
      producer = null;
      over = true;
      away(conn);
      pumpAll();
    }
  }

  private void producerJoins(Conn conn, Message.JoinProducer join) {
    joining.put(conn, join);
    long token = world.owned ? 0 : world.nextToken();
    shown.put(conn, join.token());
    tokens.put(conn, token);
    world.expectAnswer(node, conn, 5_600, () -> joining.containsKey(conn));
    boolean holds = join.token() != 0 && (join.token() == lastToken || join.token() == tokenBefore);
    ProducerJoin facts =
        new ProducerJoin(join.epoch() != 0, join.epoch(), holds, hash(join.token()), hash(token));
    role(r -> r.producerJoins(conn, facts, conn.greetedNanos, now()));
  }

  private static Optional<SecretHash> hash(long token) {
    return token == 0
        ? Optional.empty()
        : Optional.of(SecretHash.of(ByteBuffer.allocate(8).putLong(token).array()));
  }

  private void linkJoins(Conn conn, Message.JoinLink join) {
    SimCursor cursor = SimCursor.ofLink(log, join.epoch(), join.stream(), join.next());
    links.put(conn, cursor);
    conn.toClient(new Message.JoinedLink(log.last() != null, producer != null));
    pump(conn, cursor);
  }

  private void produced(Message.Data data) {
    SimLog.Head head = data.head();
    SimLog.Ep last = log.last();
    if (producersHead == null || head.epoch() != producersHead.epoch()) {
      if (head.epoch() <= floorEpoch || last != null && head.epoch() <= last.head.epoch()) {
        world.fail("%s: HEAD %s is not above %d", node, head, floorEpoch);
        return;
      }
      if (head.stream() < floorStream) {
        role(r -> r.olderStream(head.epoch(), now()));
        return;
      }
      if (last != null && last.head.stream() == head.stream() && head.first() < last.next) {
        log = log.finish();
      }
      producersHead = head;
      log.epochs.add(new SimLog.Ep(head, head.first(), head.first()));
      last = log.last();
      role(r -> r.headPublished(head.epoch(), head.stream(), now()));
    }
    if (last == null || data.from() != last.next) {
      world.fail("%s: frames from %d where %d is next", node, data.from(), last.next);
      return;
    }
    last.next = data.to();
    if (producer != null) {
      producer.toClient(new Message.Ack(head.epoch(), last.next));
    }
    pumpAll();
  }

  void connGone(Conn conn) {
    joining.remove(conn);
    if (readers.remove(conn) != null) {
      role(r -> r.consumersNow(readers.size(), now()));
    }
    links.remove(conn);
    if (conn == producer) {
      producer = null;
      away(conn);
    } else {
      role(r -> r.producerGone(conn, now()));
      role(r -> r.consumerGone(conn, now()));
    }
  }

  private void away(Conn conn) {
    generation++;
    int mine = generation;
    tellLinks(new Message.State(0));
    role(r -> r.producerGone(conn, now()));
    linger(mine);
  }

  private void linger(int mine) {
    world.time.at(
        now() + world.lingerNanos,
        () ->
            node.post(
                () -> {
                  if (mine == generation && producer == null) {
                    role(r -> r.lingerEnded(now()));
                  }
                }));
  }

  void drain() {
    Refusal why = new Refusal(ErrorCode.SHUTDOWN, 1_000, "drains");
    Conn last = producer;
    if (last != null) {
      producer = null;
      node.fail(last, why);
      away(last);
    }
    for (Conn conn : List.copyOf(readers.keySet())) {
      node.fail(conn, why);
      connGone(conn);
    }
  }

  // ---- who reads ----

  private void pumpAll() {
    List.copyOf(readers.keySet()).forEach(conn -> pump(conn, readers.get(conn)));
    List.copyOf(links.keySet()).forEach(conn -> pump(conn, links.get(conn)));
  }

  private void pump(Conn conn, SimCursor cursor) {
    cursor.pump(conn);
    if (cursor.isBehind() && late.add(conn)) {
      world.time.inMillis(3_000, () -> node.post(() -> sendIfBehind(conn, cursor)));
    }
    if (over && cursor.isDrained()) {
      conn.toClient(new Message.State(2));
      conn.serverCloses();
      if (readers.remove(conn) != null) {
        role(r -> r.consumersNow(readers.size(), now()));
      }
      links.remove(conn);
    }
  }

  /** It came when nothing was here, and what is here now is not for it. */
  private void sendIfBehind(Conn conn, SimCursor cursor) {
    if (cursor.isBehind() && readers.remove(conn) != null) {
      node.fail(conn, new Refusal(ErrorCode.LIMIT, 1_000, "behind"));
      role(r -> r.consumersNow(readers.size(), now()));
    }
  }

  private void tellLinks(Message message) {
    links.keySet().forEach(link -> link.toClient(message));
  }

  // ---- what the role wants ----

  @Override
  public void read() {
    answer(node.directory.read(World.SESSION), (r, entry) -> r.readAnswered(entry, now()));
  }

  @Override
  public void write(long expected, SessionEntry entry) {
    world.trace("%s writes %s over %d", node, World.text(entry), expected);
    answer(
        node.directory.write(World.SESSION, expected, entry),
        (r, outcome) -> r.writeAnswered(outcome, now()));
  }

  @Override
  public void delete(long expected) {
    world.trace("%s deletes %d", node, expected);
    world.deletes();
    answer(
        node.directory.delete(World.SESSION, expected),
        (r, outcome) -> r.writeAnswered(outcome, now()));
  }

  /** What is done with an answer. */
  private interface Answered<A> {
    void answered(SessionRole<Conn> role, A answer);
  }

  private <A> void answer(CompletionStage<A> stage, Answered<A> then) {
    stage.whenComplete(
        (value, failure) ->
            node.postLater(
                () ->
                    role(
                        r -> {
                          if (failure == null) {
                            then.answered(r, value);
                          } else {
                            r.failed(kind(failure), now());
                          }
                        })));
  }

  private static DirectoryException.Kind kind(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return ((DirectoryException) cause).kind();
  }

  @Override
  public void admit(Conn conn, boolean resumed, long floor, long lastStream) {
    world.trace("%s admits %s, resumed %s, above %d", node, conn, resumed, floor);
    joining.remove(conn);
    if (linkOut != null) {
      world.fail("%s owns and has a link", node);
    }
    producer = conn;
    generation++;
    over = false;
    live = true;
    floorEpoch = floor;
    floorStream = lastStream;
    long token = tokens.getOrDefault(conn, 0L);
    long before = shown.getOrDefault(conn, 0L);
    tokenBefore = before == tokenBefore ? tokenBefore : lastToken;
    lastToken = token;
    SimLog.Ep last = log.last();
    producersHead = resumed && last != null ? last.head : null;
    tellLinks(new Message.State(1));
    conn.toClient(
        new Message.Joined(
            resumed, floor, resumed && last != null ? last.next : 0, token, producersHead));
  }

  @Override
  public void refuse(Conn conn, Refusal why) {
    joining.remove(conn);
    world.trace("%s refuses %s: %s", node, conn, why.text());
    node.fail(conn, why);
  }

  @Override
  public void closeProducer(Conn conn, Refusal why) {
    world.trace("%s closes %s: %s", node, conn, why.text());
    if (conn != producer) {
      world.fail("%s closes %s, which is not its producer", node, conn);
    }
    producer = null;
    live = false;
    generation++;
    tellLinks(new Message.State(0));
    node.fail(conn, why);
    linger(generation);
  }

  @Override
  public void closeLinks() {
    generation++;
    live = false;
    world.trace("%s yields", node);
    List<Conn> all = new ArrayList<>(links.keySet());
    links.clear();
    all.forEach(link -> node.fail(link, new Refusal(ErrorCode.NO_SESSION, 200, "not the owner")));
  }

  @Override
  public void admitConsumer(Conn conn) {
    Message.JoinConsumer join = (Message.JoinConsumer) joining.remove(conn);
    SimCursor cursor = SimCursor.ofConsumer(log, join);
    readers.put(conn, cursor);
    conn.toClient(cursor.joined());
    pump(conn, cursor);
    node.post(() -> role(r -> r.consumersNow(readers.size(), now())));
  }

  @Override
  public void producerState(boolean isLive) {
    live = isLive;
    over = over && !isLive;
  }

  @Override
  public void over() {
    over = true;
    pumpAll();
  }

  @Override
  public void leaveElsewhere() {
    world.trace("%s sends its consumers elsewhere", node);
    for (Conn conn : List.copyOf(readers.keySet())) {
      readers.remove(conn);
      node.fail(conn, new Refusal(ErrorCode.LIMIT, 1_000, "no way to the owner"));
    }
    role(r -> r.consumersNow(0, now()));
  }

  @Override
  public void end() {
    world.trace("%s forgets the session", node);
    generation++;
    over = false;
    live = false;
    log = new SimLog();
    first = log;
    lastToken = 0;
    tokenBefore = 0;
    List<Conn> all = new ArrayList<>(links.keySet());
    all.addAll(readers.keySet());
    links.clear();
    readers.clear();
    for (Conn conn : all) {
      conn.toClient(new Message.State(2));
      conn.serverCloses();
    }
    role(r -> r.consumersNow(0, now()));
  }

  @Override
  public void timerAt(long nanos) {
    long mine = ++timers;
    if (nanos != Long.MAX_VALUE) {
      world.time.at(
          nanos,
          () ->
              node.post(
                  () -> {
                    if (mine == timers) {
                      role(r -> r.timer(now()));
                    }
                  }));
    }
  }

  // ---- the edge's side of a link ----

  @Override
  public void link(NodeId owner, RelayAddress address) {
    if (linkOut != null || producer != null) {
      world.fail("%s links twice, or with a producer", node);
    }
    SimNode to = world.nodeAt(address);
    if (to == null) {
      world.time.inMillis(5, () -> node.post(() -> linkFailed(null, LinkEnd.UNREACHABLE)));
      return;
    }
    world.trace("%s links to %s", node, to);
    Conn conn = new Conn(world, edge, to);
    linkOut = conn;
    linkWaitsForHead = true;
    SimLog.Ep last = log.last();
    conn.toServer(
        last == null
            ? new Message.JoinLink(0, 0, 0)
            : new Message.JoinLink(last.head.epoch(), last.head.stream(), last.next));
    world.time.inMillis(
        5_000,
        () ->
            node.post(
                () -> {
                  if (linkOut == conn && linkWaitsForHead) {
                    conn.clientCloses();
                    linkFailed(conn, LinkEnd.UNREACHABLE);
                  }
                }));
  }

  private void linkFailed(Conn conn, LinkEnd why) {
    if (linkOut == conn) {
      linkOut = null;
      world.trace("%s: link %s", node, why);
      role(r -> r.linkLost(why, 0, now()));
    }
  }

  @Override
  public void unlink() {
    Conn conn = linkOut;
    if (conn != null) {
      linkOut = null;
      conn.clientCloses();
    }
  }

  /** What the edge does with what comes over its link. */
  private final class Edge implements Conn.Client {
    @Override
    public void received(Conn conn, Message message) {
      if (linkOut != conn) {
        return;
      }
      if (message instanceof Message.JoinedLink joined) {
        linkLive = joined.live();
        linkWaitsForHead = joined.head();
        if (!joined.head()) {
          role(r -> r.linkUp(joined.live(), now()));
        }
      } else if (message instanceof Message.Data data) {
        mirrors(conn, data);
      } else if (message instanceof Message.State state) {
        if (state.state() == 2) {
          conn.clientCloses();
          linkFailed(conn, LinkEnd.OVER);
        } else if (linkWaitsForHead) {
          linkLive = state.state() == 1;
        } else {
          role(r -> r.linkState(state.state() == 1, now()));
        }
      } else if (message instanceof Message.Failed) {
        conn.clientCloses();
        linkFailed(conn, LinkEnd.NO_SESSION);
      }
    }

    @Override
    public void closed(Conn conn, boolean silent) {
      linkFailed(conn, LinkEnd.BROKEN);
    }

    @Override
    public int place() {
      return node.machine;
    }

    @Override
    public Conn.Host host() {
      return node;
    }
  }

  private void mirrors(Conn conn, Message.Data data) {
    SimLog.Head head = data.head();
    SimLog.Ep last = log.last();
    boolean another = last != null && head.epoch() == last.head.epoch() && !head.equals(last.head);
    if (another || last != null && head.stream() < last.head.stream()) {
      role(r -> r.olderStream(head.epoch(), now()));
    }
    if (last != null
        && (another || head.epoch() < last.head.epoch() || head.stream() < last.head.stream())) {
      conn.clientCloses();
      linkFailed(conn, LinkEnd.LOWER_EPOCH);
      return;
    }
    if (last != null && head.equals(last.head) && data.from() == last.next) {
      last.next = data.to();
    } else {
      boolean exact =
          last == null
              || !head.equals(last.head)
                  && data.from() == head.first()
                  && head.first() == (head.stream() == last.head.stream() ? last.next : 0);
      if (!exact) {
        log = log.finish();
      }
      log.epochs.add(new SimLog.Ep(head, data.from(), data.to()));
      role(r -> r.headPublished(head.epoch(), head.stream(), now()));
    }
    if (linkWaitsForHead) {
      linkWaitsForHead = false;
      role(r -> r.linkUp(linkLive, now()));
    }
    pumpAll();
  }
}
