package io.hydrasync.cluster.simulation;

import io.hydrasync.protocol.ErrorCode;

/** A consumer's process, by the clients' rules; it checks what it gets. */
final class SimConsumer implements Conn.Client, Conn.Host {
  private final World world;
  private final int place;
  private final Rounds rounds;
  private final boolean live;
  private final boolean waits;
  private Conn conn;
  private boolean joined;
  long stream;
  long next;
  private long epoch;
  private Message.Gap gap;
  private long jumpStream;
  private long jumpSeq;
  private SimLog.Head onConnection;
  private SimLog.Head verified;
  boolean ended;
  private boolean stale;

  SimConsumer(World world, int place) {
    this.world = world;
    this.place = place;
    live = world.random.nextInt(3) == 0;
    waits = world.random.nextInt(3) == 0;
    rounds = new Rounds(world, this::connect);
    world.time.inMillis(world.random.nextInt(3_000), this::connect);
  }

  private void connect() {
    if (conn != null || ended) {
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
    gap = null;
    jumpStream = 0;
    onConnection = null;
    mine.toServer(new Message.JoinConsumer(live, waits, stream, next, epoch));
    world.time.inMillis(
        4_500,
        () -> {
          if (conn == mine && !joined) {
            mine.clientCloses();
            lost(false);
          }
        });
  }

  private void lost(boolean same) {
    conn = null;
    joined = false;
    rounds.failed(same);
  }

  /** Whether what it gets is older than what it has seen, or it is told that it would be. */
  boolean isStale() {
    return stale;
  }

  boolean isJoined() {
    return joined;
  }

  @Override
  public void received(Conn from, Message message) {
    if (from != conn) {
      return;
    }
    world.trace("%s gets %s", this, message);
    if (message instanceof Message.JoinedConsumer answer) {
      joined = true;
      jumpStream = answer.stream();
      jumpSeq = answer.seq();
    } else if (message instanceof Message.Gap told) {
      gap = told;
    } else if (message instanceof Message.Data data) {
      data(data);
    } else if (message instanceof Message.State) {
      world.ended(this);
      ended = true;
      from.clientCloses();
      conn = null;
    } else if (message instanceof Message.Failed failed) {
      stale |= !joined && failed.why().code() == ErrorCode.LIMIT;
      from.clientCloses();
      rounds.refused(from.server.machine, failed.why());
      lost(failed.why().retryMillis() == 0);
    }
  }

  private void data(Message.Data data) {
    SimLog.Head head = data.head();
    if (!head.equals(onConnection)) {
      if (!head(head)) {
        return;
      }
      onConnection = head;
    }
    if (data.to() > next && data.from() > next) {
      if (!mayJump(head, data.from())) {
        world.fail(
            "consumer %d at %d/%d gets %d of %s unannounced",
            place, stream, next, data.from(), head);
        return;
      }
      world.gap(this, next, data.from());
    }
    if (data.to() > data.from()) {
      if (data.to() > next) {
        rounds.joined();
      }
      next = Math.max(next, data.to());
      gap = null;
    }
  }

  /** A HEAD has verified. */
  private boolean head(SimLog.Head head) {
    boolean another = head.epoch() == epoch && verified != null && !head.equals(verified);
    if (head.epoch() < epoch || head.stream() < stream || another) {
      world.stale(this, head, epoch);
      stale = true;
      conn.clientCloses();
      lost(false);
      return false;
    }
    boolean first = stream == 0;
    if (head.stream() != stream) {
      if (!first) {
        world.truncated(this);
      }
      stream = head.stream();
      next = 0;
      if (first) {
        next = jumpStream == stream ? jumpSeq : head.first();
      }
    }
    epoch = head.epoch();
    verified = head;
    stale = false;
    if (head.first() > next) {
      world.gap(this, next, head.first());
      next = head.first();
    }
    return true;
  }

  private boolean mayJump(SimLog.Head head, long to) {
    return gap != null
        && gap.stream() == head.stream()
        && gap.from() <= Math.max(next, head.first())
        && to <= gap.to();
  }

  @Override
  public void closed(Conn from, boolean silent) {
    if (from == conn) {
      lost(!silent);
    }
  }

  @Override
  public int place() {
    return place;
  }

  @Override
  public Conn.Host host() {
    return this;
  }

  @Override
  public boolean isUp() {
    return true;
  }

  @Override
  public boolean isFrozen() {
    return false;
  }

  @Override
  public void post(Runnable what) {
    what.run();
  }

  @Override
  public String toString() {
    return "consumer " + place + " at " + stream + "/" + next + " epoch " + epoch + " on " + conn;
  }
}
