package io.hydrasync.cluster.simulation;

import io.hydrasync.protocol.ErrorCode;
import java.util.ArrayDeque;
import java.util.Deque;

/** A producer's process, by the clients' rules. */
final class SimProducer implements Conn.Client, Conn.Host {
  private final World world;
  final int place;
  private final Rounds rounds;
  private final Deque<Runnable> standing = new ArrayDeque<>();
  private Conn conn;
  private boolean joined;
  private boolean greeted;
  private final long clockAheadMs;
  private boolean frozen;
  private boolean up = true;
  boolean replaced;

  /** When it has asked to be let in last. */
  long joinAt = -1;

  private SimLog.Head head;
  private long lastEpoch;
  private long stream;
  private long next;
  private long ringBase;
  private long sent;
  private long token;

  SimProducer(World world, int place) {
    this.world = world;
    this.place = place;
    clockAheadMs = world.skew ? world.random.nextInt(40_000) - 20_000 : 0;
    rounds = new Rounds(world, this::connect);
    world.time.inMillis(1, this::connect);
  }

  private void connect() {
    post(
        () -> {
          if (!up || replaced || conn != null) {
            return;
          }
          SimNode node = rounds.next();
          if (node == null) {
            rounds.failed(false);
            return;
          }
          Conn mine = new Conn(world, this, node);
          conn = mine;
          joined = false;
          joinAt = world.time.nanoTime();
          mine.toServer(new Message.Hello());
          greeted = false;
          world.time.inMillis(2_500, () -> post(() -> giveUp(mine, false)));
        });
  }

  private void giveUp(Conn mine, boolean inTime) {
    if (conn == mine && !joined && greeted == inTime) {
      mine.clientCloses();
      lost(false);
    }
  }

  private void lost(boolean same) {
    conn = null;
    joined = false;
    if (up && !replaced) {
      rounds.failed(same);
    }
  }

  /** The application's next message. */
  void broadcast() {
    post(
        () -> {
          next++;
          if (head != null && world.random.nextInt(40) == 0) {
            rotate();
          }
          flush();
        });
  }

  /** Where it is connected, or -1. */
  int machine() {
    return conn == null ? -1 : conn.server.machine;
  }

  /** Whether the directory knows that it is there. */
  boolean isKnown() {
    return joined
        && !frozen
        && conn.server.session != null
        && conn.server.session.producer == conn
        && (world.mode == World.Mode.ONE || conn.server.session.isConfirmed());
  }

  /** Whether it may be what another one is replaced by. */
  boolean mayHaveJoined() {
    return up && !replaced && (joined || world.time.nanoTime() - joinAt < 10_000_000_000L);
  }

  boolean isJoined() {
    return joined && up;
  }

  long stream() {
    return stream;
  }

  long next() {
    return next;
  }

  void bye() {
    flush();
    conn.toServer(new Message.Bye());
    up = false;
  }

  private void rotate() {
    if (joined) {
      flush();
      open(Math.max(clockMs(), lastEpoch + 1), sent);
    }
  }

  private void open(long epoch, long first) {
    lastEpoch = epoch;
    head = new SimLog.Head(epoch, stream, first);
    sent = first;
    conn.toServer(new Message.Data(head, first, first));
  }

  private long clockMs() {
    return Math.max(1, world.time.millis() + clockAheadMs);
  }

  private void flush() {
    if (joined && head != null && sent < next) {
      conn.toServer(new Message.Data(head, sent, next));
      sent = next;
    }
  }

  @Override
  public void received(Conn from, Message message) {
    if (from != conn) {
      return;
    }
    if (message instanceof Message.Hello) {
      greeted = true;
      from.toServer(new Message.JoinProducer(lastEpoch, token));
      world.time.inMillis(6_500, () -> post(() -> giveUp(from, true)));
    } else if (message instanceof Message.Joined answer) {
      joined(answer);
    } else if (message instanceof Message.Ack ack) {
      if (world.ring > 0 && head != null && ack.epoch() == head.epoch()) {
        ringBase = Math.max(ringBase, Math.min(ack.next(), next - world.ring));
      }
    } else if (message instanceof Message.Failed failed) {
      refused(from, failed);
    }
  }

  private void joined(Message.Joined answer) {
    joined = true;
    token = answer.token();
    rounds.joined();
    if (answer.resumed() && answer.head().equals(head)) {
      if (head == null || answer.id() != lastEpoch) {
        world.fail("resumed in epoch %d, not %d", answer.id(), lastEpoch);
        return;
      }
      if (answer.next() > next) {
        world.fail("resumed at %d, and has written only %d", answer.next(), next);
      }
      if (answer.next() >= ringBase) {
        sent = answer.next();
        flush();
        return;
      }
    }
    long epoch = Math.max(clockMs(), Math.max(lastEpoch, answer.id()) + 1);
    if (lastEpoch == 0) {
      stream = epoch;
    } else if (answer.id() > lastEpoch) {
      world.anotherWrote(this, lastEpoch, answer.id());
      stream = epoch;
      next = 0;
      ringBase = 0;
    }
    open(epoch, ringBase);
    flush();
  }

  private void refused(Conn from, Message.Failed failed) {
    world.trace("producer %d is told %s", place, failed.why());
    from.clientCloses();
    if (failed.why().code() == ErrorCode.REPLACED) {
      world.replaced(this);
      replaced = true;
      conn = null;
      joined = false;
      return;
    }
    rounds.refused(from.server.machine, failed.why());
    lost(failed.why().retryMillis() == 0);
  }

  @Override
  public void closed(Conn from, boolean silent) {
    if (from == conn) {
      lost(!silent);
    }
  }

  void freeze() {
    frozen = true;
  }

  void thaw() {
    frozen = false;
    while (!standing.isEmpty() && !frozen) {
      standing.remove().run();
    }
  }

  void kill() {
    up = false;
    conn = null;
    joined = false;
  }

  @Override
  public int place() {
    return place;
  }

  @Override
  public boolean countsSilence() {
    return joined;
  }

  @Override
  public Conn.Host host() {
    return this;
  }

  @Override
  public boolean isUp() {
    return up;
  }

  @Override
  public boolean isFrozen() {
    return frozen;
  }

  @Override
  public void post(Runnable what) {
    if (frozen) {
      standing.add(what);
    } else {
      what.run();
    }
  }
}
