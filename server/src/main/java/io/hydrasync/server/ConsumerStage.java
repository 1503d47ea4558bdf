package io.hydrasync.server;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Control;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A consumer of a session: a cursor in the log and a window of bytes on their way into its socket.
 * There is no queue; a consumer that is behind has a longer range to write.
 *
 * <p>Confined to the connection's loop, except where a comment says otherwise. {@link #position}
 * and {@link #progress} are written here and read by the session's owner loop.
 */
final class ConsumerStage implements Stage {
  /** What may still be written to end a frame when the connection is to close. */
  private static final int FINISH_BYTES = 64 << 10;

  private final Connection connection;
  private final Session session;
  private final RecordAssembler assembler;
  private final ControlOutbox outbox = new ControlOutbox(() -> null);
  private final ArrayDeque<Range> inFlight = new ArrayDeque<>();
  private final ChannelFutureListener rangeWritten = this::rangeWritten;
  private final ChannelFutureListener controlWritten = this::controlWritten;
  private final boolean waits;

  private @Nullable LoopGroup group;
  private @Nullable SessionLog log;
  private @Nullable Segment segment;
  private long queued;
  private long written;
  private boolean isJoined;
  private boolean started;
  private boolean pumping;
  private boolean left;
  private boolean controlInFlight;

  /** Bytes below are with the kernel. Sequentially consistent: see {@link RoomGate}. */
  private volatile long position;

  /** Like {@link #position}, and what a write in progress has already brought out. */
  private volatile long progress;

  // ---- owner loop only: its place, and how long others have been waiting for it ----
  private SessionLog placedLog;
  private long stallMark;
  private long stalledNanos;

  /** A range of the log in the channel's outbound buffer. */
  private record Range(ByteBuf bytes, long end) {}

  ConsumerStage(Connection connection, Session session, SessionLog placedLog, boolean waits) {
    this.connection = connection;
    this.session = session;
    this.waits = waits;
    this.placedLog = placedLog;
    assembler = new RecordAssembler(connection.relay().limits().maxFrame());
  }

  Connection connection() {
    return connection;
  }

  /** Whether it stays when the session is forgotten. */
  boolean waits() {
    return waits;
  }

  // ---- from the owner loop ----

  long position() {
    return position;
  }

  /** The log that its place is in. */
  SessionLog placedIn() {
    return placedLog;
  }

  void placeAt(SessionLog in, long start) {
    placedLog = in;
    position = start;
    progress = start;
    stallMark = start;
    stalledNanos = 0;
  }

  /** Whether it has been in the way for too long; called by the owner loop in steady steps. */
  boolean stalls(long stepNanos, long limitNanos, long backlog) {
    long seen = progress;
    long due = Math.min(RelayLimits.STALL_BYTES, Math.max(1, backlog));
    if (seen - stallMark >= due) {
      stallMark = seen;
      stalledNanos = 0;
      return false;
    }
    stalledNanos += stepNanos;
    return stalledNanos > limitNanos;
  }

  /** Asks the consumer's loop to look at how far a write in progress has come. */
  void refreshProgress() {
    connection.execute(this::readProgress);
  }

  private void readProgress() {
    Range current = inFlight.peekFirst();
    if (current != null && current.bytes.refCnt() > 0) {
      progress = current.end - current.bytes.readableBytes();
    }
  }

  // ---- joining ----

  /**
   * The session has given this consumer a place: JOINED, then from there on.
   *
   * @param from the segment of the position, null for a log without one
   * @param head the epoch's HEAD if the first frame comes without it, else null
   */
  void start(
      LoopGroup loopGroup,
      SessionLog sessionLog,
      @Nullable Segment from,
      long at,
      Control.@Nullable Joined joined,
      byte @Nullable [] head,
      Control.@Nullable Gap gap) {
    if (left) {
      return;
    }
    log = sessionLog;
    segment = from;
    queued = at;
    written = at;
    if (joined != null) {
      connection.joined();
      connection.write(joined);
      isJoined = true;
    }
    if (gap != null) {
      connection.write(gap);
    }
    if (head != null) {
      connection.channel().write(Unpooled.wrappedBuffer(head));
    }
    connection.channel().flush();
    if (group == null) {
      group = loopGroup;
      loopGroup.add(this);
    }
    started = true;
    pump();
  }

  /** Joined, but its position is still to come. */
  void startParked(Control.@Nullable Joined joined) {
    if (!left && joined != null) {
      connection.joined();
      connection.write(joined);
      connection.channel().flush();
      isJoined = true;
      pump();
    }
  }

  // ---- reading ----

  @Override
  public void read(ByteBuf in) {
    try {
      handleControls();
      while (!left && assembler.fill(in)) {
        if (!connection.open(assembler.bytes(), assembler.length())) {
          return;
        }
        assembler.clear();
        handleControls();
      }
    } finally {
      in.release();
    }
  }

  private void handleControls() {
    for (Control message = left ? null : connection.nextControl();
        message != null;
        message = left ? null : connection.nextControl()) {
      if (message instanceof Control.Ping ping) {
        outbox.pong(new Control.Pong(ping.echo()));
        pump();
      } else if (message instanceof Control.Bye) {
        connection.abort();
      } else if (!(message instanceof Control.Ignorable)) {
        throw new ProtocolException(
            ErrorCode.PROTOCOL,
            "control type 0x" + Integer.toHexString(message.type()) + " from a consumer");
      }
    }
  }

  /** The producer has come or gone. */
  void state(int state) {
    if (!left) {
      outbox.state(state);
      pump();
    }
  }

  // ---- writing ----

  /** There is something new in the log, or the session is over. */
  void wake() {
    if (started) {
      connection.guarded(this::pump);
    }
  }

  /**
   * Writes ranges until the window is full or there is nothing more. One window at a time, so that
   * a fast consumer leaves room for the others of its loop.
   */
  private void pump() {
    SessionLog from = log;
    if (pumping || left) {
      return;
    }
    if (from == null || !started) {
      pumpControls();
      return;
    }
    pumping = true;
    try {
      long budget = connection.relay().limits().windowBytes();
      boolean more = true;
      while (more && !left) {
        more = fill(from) && budget > 0;
        long before = written;
        connection.channel().flush();
        budget -= written - before;
        more = more && written > before;
      }
      if (!left && inFlight.isEmpty() && queued < from.published()) {
        connection.execute(this::pump);
      }
    } finally {
      pumping = false;
    }
    if (!left && inFlight.isEmpty()) {
      endIfOver(from);
    }
  }

  /** No place in a log at the moment, so every moment is between frames. */
  private void pumpControls() {
    if (isJoined && !controlInFlight && !outbox.isEmpty()) {
      writeControls();
      connection.channel().flush();
    }
  }

  /** Queues what the window has room for. True if something was queued. */
  private boolean fill(SessionLog from) {
    Channel channel = connection.channel();
    int window = connection.relay().limits().windowBytes();
    boolean any = false;
    while (queued - written < window) {
      long limit = from.published();
      if (!outbox.isEmpty() && !controlInFlight) {
        long boundary = boundary(from, limit);
        if (boundary == queued) {
          writeControls();
          any = true;
          continue;
        }
        limit = boundary;
      }
      Segment current = currentSegment(from, limit);
      if (current == null) {
        break;
      }
      long most = Math.min(limit, current.end());
      int n = (int) Math.min(most - queued, window - (queued - written));
      ByteBuf slice = current.retainedSlice(queued, n);
      queued += n;
      inFlight.addLast(new Range(slice, queued));
      channel.write(slice).addListener(rangeWritten);
      any = true;
    }
    return any;
  }

  /** The next frame boundary at or behind what is queued. */
  private long boundary(SessionLog from, long limit) {
    if (queued >= limit) {
      return queued;
    }
    Segment current = currentSegment(from, limit);
    return current == null ? queued : from.boundaryFrom(current, queued);
  }

  /** The segment of the next byte to queue, or null if there is none below the limit. */
  private @Nullable Segment currentSegment(SessionLog from, long limit) {
    if (queued >= limit) {
      return null;
    }
    Segment current = segment;
    if (current == null) {
      current = from.segmentAtStart();
    }
    while (current != null && queued >= current.end()) {
      current = current.next();
    }
    segment = current;
    return current;
  }

  private void writeControls() {
    Control message = outbox.poll();
    if (message != null) {
      controlInFlight = true;
      connection.write(message).addListener(controlWritten);
    }
  }

  private void controlWritten(ChannelFuture done) {
    controlInFlight = false;
    if (done.isSuccess() && !outbox.isEmpty()) {
      connection.guarded(this::pump);
    }
  }

  private void rangeWritten(ChannelFuture done) {
    Range range = inFlight.pollFirst();
    if (range == null || !done.isSuccess()) {
      return; // the channel is closing and will say so
    }
    long before = written;
    written = range.end;
    progress = written;
    position = written;
    if (!left) {
      session.room().cursorMoved(before, written);
      if (!pumping) {
        wake();
      }
    }
  }

  private void endIfOver(SessionLog from) {
    if (queued < from.published() || !outbox.isEmpty()) {
      return;
    }
    if (from.isFinished()) {
      started = false;
      session.drained(this, from);
    } else if (session.isOver()) {
      end();
    }
  }

  /** The session is over for this consumer: STATE 2 and FIN behind the last frame. */
  void end() {
    if (!left) {
      connection.write(new Control.State(Control.STATE_ENDED));
      connection.finishOutput();
    }
  }

  /**
   * Sees to it that what is queued ends with a frame, so that an ERROR may follow.
   *
   * @return false if that would take too long
   */
  boolean finishFrame() {
    SessionLog from = log;
    if (from == null || queued == from.published()) {
      return true;
    }
    Segment current = segment;
    long boundary = boundary(from, from.published());
    if (boundary - queued > FINISH_BYTES) {
      return false;
    }
    while (queued < boundary) {
      current = currentSegment(from, boundary);
      if (current == null) {
        return false;
      }
      int n = (int) (Math.min(boundary, current.end()) - queued);
      connection
          .channel()
          .write(Unpooled.copiedBuffer(current.bytes().slice((int) (queued - current.base), n)));
      queued += n;
    }
    return true;
  }

  @Override
  public void tick(long nowNanos) {
    // nothing of its own: the session watches those who hold others up
  }

  @Override
  public void leave() {
    if (!left) {
      left = true;
      LoopGroup member = group;
      if (member != null) {
        member.remove(this);
      }
      session.consumerLeft(this);
    }
  }
}
