package io.hydrasync.server.internal.delivery;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.CountMessage;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.ControlOutbox;
import io.hydrasync.server.internal.connection.Entrance;
import io.hydrasync.server.internal.connection.RecordAssembler;
import io.hydrasync.server.internal.connection.Resident;
import io.hydrasync.server.internal.connection.Stage;
import io.hydrasync.server.internal.log.Cursor;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.log.Placement;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.loop.SocketWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A consumer of a session: a cursor in the log and a window of bytes on their way into its socket.
 * There is no queue; a consumer that is behind has a longer range to write.
 *
 * <p>Confined to the connection's loop, except where a comment says otherwise. What the session's
 * owner loop needs to know of it is in {@link #cursor()}.
 */
public final class ConsumerStage implements Stage, Resident, Connection.Traveller {
  /** What may still be written to end a frame when the connection is to close. */
  private static final int FINISH_BYTES = 64 << 10;

  /** A link has a PING each second. */
  private static final long LINK_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** What a consumer that does not read may make the relay hold beside its window. */
  private static final int MAX_PENDING_BYTES = 1 << 20;

  private final Connection connection;
  private final SessionView session;
  private final RecordAssembler assembler;
  private final ControlOutbox outbox;
  private final ArrayDeque<Range> inFlight = new ArrayDeque<>();
  private final ChannelFutureListener rangeWritten = this::rangeWritten;
  private final Runnable pump = this::pump; // made once, as it is used for each message
  private final boolean waits;
  private final boolean link;
  private final Cursor cursor;
  private final @Nullable SocketWriter socket;

  private LoopGroup.@Nullable Member member;
  private @Nullable SessionLog log;
  private LogEnd.@Nullable Sight sight;
  private @Nullable LogFeed feed;
  private @Nullable Placement startedAt;
  private int inFlightBytes;

  /** What a consumer of packets that has been moved forward keeps of the log in its output. */
  private volatile int restBytes;

  private long written;
  private long stateNumber;
  private boolean isJoined;
  private boolean started;
  private boolean pumping;
  private boolean left;
  private boolean broken;

  /** Whether it does not come back; set before the session hears that it has left. */
  private boolean saidBye;

  /** A range of the log in the channel's outbound buffer. */
  private record Range(ByteBuf bytes, long end, int length) {}

  public ConsumerStage(
      Connection connection,
      SessionView session,
      SessionLog log,
      boolean waits,
      Overflow ownPolicy) {
    this(connection, session, log, waits, ownPolicy, false);
  }

  /** A link of another node, which mirrors the session. */
  public static ConsumerStage ofLink(Connection connection, SessionView session, SessionLog log) {
    ConsumerStage link = new ConsumerStage(connection, session, log, false, Overflow.DEFAULT, true);
    link.cursor.countsFor(0);
    return link;
  }

  private ConsumerStage(
      Connection connection,
      SessionView session,
      SessionLog log,
      boolean waits,
      Overflow ownPolicy,
      boolean link) {
    this.link = link;
    this.connection = connection;
    this.session = session;
    this.waits = waits;
    cursor = new Cursor(log, ownPolicy);
    socket = connection.services().transports().writer().apply(connection.channel()).orElse(null);
    outbox = new ControlOutbox(connection::write, () -> null, () -> connection.guarded(pump));
    assembler = new RecordAssembler(connection.services().limits().maxFrame());
  }

  public Connection connection() {
    return connection;
  }

  /** Whether it stays when the session is forgotten. */
  public boolean waits() {
    return waits;
  }

  /** Whether it is another node, with consumers of its own. */
  public boolean isLink() {
    return link;
  }

  /** Whether it has said that it does not come back. For the session, once it has left. */
  public boolean hasSaidBye() {
    return saidBye;
  }

  /** Its place, for the session's owner loop. */
  public Cursor cursor() {
    return cursor;
  }

  /** Asks the consumer's loop to look at how far a write in progress has come. */
  public void refreshProgress() {
    connection.execute(this::readProgress);
  }

  private void readProgress() {
    Range current = inFlight.peekFirst();
    if (current != null && current.bytes.refCnt() > 0) {
      cursor.progressTo(current.end - current.bytes.readableBytes());
    }
  }

  // ---- joining ----

  /**
   * The session has given this consumer a place. On the session's owner loop.
   *
   * @param joined the answer to its JOIN, or null if it has had that
   * @param from the stage in which it has joined, or null if this is its stage already
   */
  public void place(Placement place, @Nullable JoinedMessage joined, @Nullable Entrance from) {
    Epoch epoch = place.at().epoch();
    boolean needsHead = epoch != null && place.needsHead();
    ByteBuf head = needsHead ? place.log().epochs().head(epoch) : null;
    Runnable begin =
        needsHead && head == null
            ? () -> connection.fail(ErrorCode.LIMIT, "no memory for a HEAD")
            : () -> begin(place, joined, head);
    connection.execute(() -> enter(from, begin, head));
  }

  private void begin(Placement place, @Nullable JoinedMessage joined, @Nullable ByteBuf head) {
    if (place.isToCome()) {
      startParked(joined);
    } else {
      start(place, joined, head);
    }
  }

  /**
   * Begins.
   *
   * @param begin what is to be done
   * @param head released if it cannot be done
   */
  private void enter(@Nullable Entrance from, Runnable begin, @Nullable ByteBuf head) {
    if (left || from != null && connection.isClosing()) {
      if (head != null) {
        head.release();
      }
      leave();
      return;
    }
    if (from == null) {
      begin.run();
      return;
    }
    connection.stage(this);
    try {
      begin.run();
    } finally {
      from.handOver(this);
    }
  }

  /**
   * JOINED, then from a place on.
   *
   * @param head of the epoch that the place is in the middle of, or null; written from here
   */
  private void start(Placement place, @Nullable JoinedMessage joined, @Nullable ByteBuf head) {
    log = place.log();
    sight = new LogEnd.SessionSight(place.log(), session);
    startedAt = place;
    feed = newFeed(place);
    written = place.at().position();
    if (joined != null) {
      joined(joined);
    }
    GapMessage gap = place.gap();
    if (gap != null) {
      connection.write(gap);
      connection.services().operations().counters().gap(gap.from(), gap.to());
    }
    if (head != null) {
      connection.record().sent(head.readableBytes());
      connection.write(head);
    }
    GapMessage behind = place.gapBehindHead();
    if (behind != null) {
      connection.write(behind);
    }
    connection.channel().flush();
    subscribe();
    connection.resident(this);
    started = true;
    pump();
  }

  /**
   * Makes sure that this is woken: listed first and then looking at the tail, it misses nothing.
   */
  private void subscribe() {
    if (member == null) {
      member = session.group(connection.loop()).add(this::wake);
    }
  }

  // ---- from loop to loop ----

  @Override
  public Object session() {
    return session;
  }

  @Override
  public boolean isProducer() {
    return false;
  }

  @Override
  public void moveTo(EventLoop next) {
    connection.execute(
        () -> {
          if (started && !left) {
            connection.moveTo(next, this);
          }
        });
  }

  @Override
  public void leaves() {
    unsubscribe();
  }

  private void unsubscribe() {
    LoopGroup.Member here = member;
    if (here != null) {
      member = null;
      here.leave();
    }
  }

  @Override
  public void arrived() {
    if (!left) {
      subscribe();
      pump();
    }
  }

  /**
   * The feed. A consumer that came before the first producer got one before the session's policy
   * was chosen; the policy is chosen before the log's first byte is published, so it is exchanged
   * here before it has given anything out.
   */
  private @Nullable LogFeed currentFeed() {
    LogFeed last = feed;
    Placement place = startedAt;
    if (last == null || place == null || last.isIndependent() || !session.evicts()) {
      return last;
    }
    if (last.queued() != place.at().position()) {
      throw new IllegalStateException("slices of a log that may let go of them");
    }
    feed = newFeed(place);
    return feed;
  }

  /** Slices where nothing is taken away from a cursor, copies where it may be. */
  private LogFeed newFeed(Placement place) {
    LogFeed last = feed;
    if (last != null) {
      last.close();
    }
    if (cursor.ownPolicy() == Overflow.DEFAULT && !session.evicts()) {
      return new SliceFeed(
          place.log(),
          place.segment(),
          place.at().position(),
          connection.services().limits().windowBytes());
    }
    return new CopyFeed(
        place,
        new FrameTracker(session.isClassic(), session.packetBytes()),
        connection.services().copies(),
        connection.channel().alloc(),
        connection::execute,
        read ->
            connection
                .services()
                .spill()
                .store()
                .disk()
                .execute(connection.services().fatalErrors().guard(read)), // made when it is needed
        this::wake);
  }

  /** Joined, but its position is still to come. */
  private void startParked(@Nullable JoinedMessage joined) {
    if (!left && joined != null) {
      joined(joined);
      connection.channel().flush();
      pump();
    }
  }

  private void joined(JoinedMessage message) {
    connection.joined();
    connection.record().attends(connection.peer(), cursor::progress);
    if (link) {
      connection.write(message);
    } else {
      connection.writeJoined(message);
    }
    isJoined = true;
    notePeers();
  }

  private void notePeers() {
    if (!link && !connection.isClassic()) {
      connection.peers().ifPresent(outbox::peers);
    }
  }

  @Override
  public void tellPeers() {
    if (isJoined && !left) {
      notePeers();
      pump();
    }
  }

  @Override
  public void tellKeys() {
    if (isJoined && !left && !link && !connection.isClassic()) {
      connection.nextKey().ifPresent(outbox::nextKey);
      pump();
    }
  }

  // ---- reading ----

  @Override
  public void read(ByteBuf in) {
    if (connection.isClassic()) {
      in.release(); // means nothing there
      return;
    }
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
    if (!connection.isInTurn()) {
      turnEnds();
    }
  }

  /** PINGs are answered once for all of a turn. */
  @Override
  public void turnEnds() {
    if (!outbox.isEmpty()) {
      pump();
    }
  }

  @Override
  public int keptBytes() {
    return assembler.capacity();
  }

  private void handleControls() {
    for (Control message = left ? null : connection.nextControl();
        message != null;
        message = left ? null : connection.nextControl()) {
      if (message instanceof PingMessage ping) {
        outbox.pong(new PongMessage(ping.echo()));
      } else if (link && message instanceof CountMessage count) {
        session.linkCounts(this, count.consumers());
      } else if (message instanceof ByeMessage) {
        connection.record().ends("bye");
        saidBye = true;
        connection.abort();
      } else if (!message.isIgnorable() || link && message.type() == CountMessage.TYPE) {
        throw new ProtocolException(
            ErrorCode.PROTOCOL,
            "control type 0x" + Integer.toHexString(message.type()) + " from a consumer");
      }
    }
  }

  /**
   * The producer has come or gone.
   *
   * @param number rises with each of them: around a move, a later one may be here first
   */
  public void state(int state, long number) {
    if (!left && number > stateNumber) {
      stateNumber = number;
      outbox.state(state);
      pump();
    }
  }

  // ---- writing ----

  /** There is something new in the log, or the session is over. */
  void wake() {
    if (started) {
      connection.guarded(pump);
    }
  }

  /**
   * Writes ranges until the window is full or there is nothing more. One window at a time, so that
   * a fast consumer leaves room for the others of its loop.
   */
  private void pump() {
    SessionLog from = log;
    LogFeed bytes = currentFeed();
    if (pumping || left) {
      return;
    }
    if (from == null || bytes == null || !started) {
      pumpControls();
      return;
    }
    pumping = true;
    try {
      long budget = connection.services().limits().windowBytes();
      boolean progress;
      do {
        long before = written;
        fill(from, bytes);
        if (connection.pendingBytes() > 0) {
          connection.channel().flush();
        }
        budget -= written - before;
        // Not whether something was queued: what had filled the window before may just have gone.
        progress = written > before;
      } while (progress && budget > 0 && !left);
      if (progress && !left && inFlight.isEmpty() && bytes.queued() < from.published()) {
        connection.execute(pump);
      }
    } finally {
      pumping = false;
    }
    if (!left && inFlight.isEmpty()) {
      endIfOver(from, bytes);
    }
  }

  /** No place in a log at the moment, so every moment is between frames. */
  private void pumpControls() {
    if (isJoined && outbox.isReady()) {
      outbox.write();
      connection.channel().flush();
    }
  }

  /** Writes what the socket takes at once, and queues what the window has room for. */
  private void fill(SessionLog from, LogFeed bytes) {
    long most = written + bytes.window();
    while (!left && written < most && hasRoom(bytes)) {
      long limit = from.published();
      if (outbox.isInFlight() && outbox.hasGap()) {
        break; // nothing may overtake the gap; the end of that write pumps again
      }
      if (outbox.isReady()) {
        long boundary = bytes.boundary(limit);
        if (boundary == bytes.queued()) {
          outbox.write();
          continue;
        }
        limit = boundary;
      }
      if (writesThrough(bytes, limit)) {
        continue;
      }
      ByteBuf piece = bytes.next(limit, bytes.window() - inFlightBytes);
      if (piece == null) {
        break;
      }
      send(bytes, piece);
    }
  }

  /**
   * Whether the socket has taken all that one segment had for it, past Netty: of a message to a
   * consumer that keeps up, most of what is not the kernel's would be buffers, promises and
   * listeners for a write that is done when it returns. Not where something waits in the channel,
   * behind which this would have to go.
   */
  private boolean writesThrough(LogFeed bytes, long limit) {
    SocketWriter past = socket;
    if (past == null
        || !(bytes instanceof SliceFeed slices)
        || !inFlight.isEmpty()
        || connection.pendingBytes() > 0) {
      return false;
    }
    boolean all = slices.write(past, limit);
    int done = (int) (slices.queued() - written);
    if (done > 0) {
      written = slices.queued();
      connection.record().sent(done);
      cursor.progressTo(written);
      moveTo(written);
    }
    return all;
  }

  /**
   * Whether another piece may follow those that the socket has not taken. Their number is bounded,
   * too: a consumer that does not read would get a piece for every frame, and small frames cost
   * more for what stands around them than for their bytes. Nobody loses by waiting, since what
   * comes meanwhile makes the next piece longer.
   */
  private boolean hasRoom(LogFeed bytes) {
    return inFlightBytes < bytes.window() && inFlight.size() < bytes.pieces();
  }

  /** Writes bytes of the log, with which the feed stands where it stands now. */
  private void send(LogFeed bytes, ByteBuf piece) {
    inFlightBytes += piece.readableBytes();
    inFlight.addLast(new Range(piece, bytes.queued(), piece.readableBytes()));
    connection.write(piece).addListener(rangeWritten);
    if (bytes.isIndependent()) {
      cursor.gave(bytes.queued());
      moveTo(bytes.queued());
    }
  }

  private void moveTo(long next) {
    session.cursorMoved(cursor.moveTo(next), next);
  }

  /** Moves it forward over frames that the log no longer keeps. From the session, via this loop. */
  public void skip(Skip skip) {
    boolean waits = false;
    try {
      LogFeed bytes = currentFeed();
      if (left || bytes == null || bytes.queued() >= skip.target()) {
        return;
      }
      if (!skip.reaches(bytes.queued())) {
        // the one in front of it is still on the way from the loop on which this has been
        connection.execute(() -> skip(skip));
        waits = true;
        return;
      }
      if (!(bytes instanceof CopyFeed copies) || !mayTakeMore(copies)) {
        connection.fail(ErrorCode.TOO_SLOW, "too far behind");
        return;
      }
      if (!skip.run(copies, new SkipOutput(copies))) {
        connection.fail(ErrorCode.TOO_SLOW, "too far behind to be moved forward");
        return;
      }
      if (copies.tracker().packetBytes() > 0) {
        noteRest();
      }
      moveTo(copies.queued());
      pump();
    } finally {
      if (!waits) {
        skip.release();
      }
    }
  }

  /**
   * Whether what is not left out may wait in its output. Between two packets of the later classic
   * wire that is nothing.
   */
  private boolean mayTakeMore(CopyFeed copies) {
    FrameTracker tracker = copies.tracker();
    return tracker.packetBytes() > 0 && tracker.isBetweenFrames()
        || connection.pendingBytes() <= MAX_PENDING_BYTES;
  }

  private void noteRest() {
    restBytes = inFlightBytes > MAX_PENDING_BYTES ? inFlightBytes : 0;
  }

  /**
   * Memory of the log that the rest of a packet keeps from being given back, and that nobody but
   * this consumer needs; 0 if that is little. From any thread.
   */
  public int restBytes() {
    return restBytes;
  }

  /** Others need the memory of {@link #restBytes}: it goes, and the consumer with it. */
  public void giveUpRest() {
    if (!left && restBytes > 0) {
      connection.fail(ErrorCode.TOO_SLOW, "others need the memory of the packet that it has begun");
    }
  }

  /** A gap joins the one that waits for the next frame; bytes go behind all that was written. */
  private final class SkipOutput implements Skip.Output {
    private final CopyFeed copies;

    SkipOutput(CopyFeed copies) {
      this.copies = copies;
    }

    @Override
    public void bytes(ByteBuf bytes) {
      Control gap = outbox.pollGap();
      if (gap != null) {
        connection.write(gap);
      }
      send(copies, bytes);
    }

    @Override
    public void gap(GapMessage gap) {
      connection.services().operations().counters().gap(gap.from(), gap.to());
      outbox.gap(gap);
    }

    @Override
    public void untold(long packets) {
      connection.services().operations().counters().gap(0, packets);
    }
  }

  /** Netty keeps to itself what a listener throws. */
  private void rangeWritten(ChannelFuture done) {
    try {
      rangeHasGone(done);
    } catch (Throwable e) {
      connection.failed(e);
    }
  }

  private void rangeHasGone(ChannelFuture done) {
    Range range = inFlight.pollFirst();
    if (range == null || !done.isSuccess()) {
      connection.services().fatalErrors().operationComplete(done);
      noteBroken(range);
      return; // the channel is closing and will say so
    }
    written = range.end;
    inFlightBytes -= range.length;
    if (restBytes > 0) {
      noteRest();
    }
    connection.record().sent(range.length);
    cursor.progressTo(written);
    LogFeed bytes = feed;
    if (!left && bytes != null) {
      if (!bytes.isIndependent()) {
        moveTo(written);
      }
      if (!pumping) {
        wake();
      }
    }
  }

  /**
   * Nothing more goes out from here on. Part of the first range that failed may have: a slice keeps
   * its indices when it is released. What a feed has copied counts as given anyway.
   */
  private void noteBroken(@Nullable Range range) {
    LogFeed bytes = feed;
    if (!broken && range != null && bytes != null && !bytes.isIndependent()) {
      cursor.progressTo(range.end - range.bytes.readableBytes());
    }
    broken = true;
  }

  private void endIfOver(SessionLog from, LogFeed bytes) {
    LogEnd.Sight current = sight;
    if (current == null || !outbox.isEmpty()) {
      return;
    }
    switch (LogEnd.of(current, bytes.queued())) {
      case LOG_FINISHED -> {
        started = false;
        session.drained(this, from);
      }
      case SESSION_OVER -> end();
      case NONE -> {}
    }
  }

  /** What has been published and not been written to its socket. On its own loop. */
  private long lagBytes() {
    SessionLog from = log;
    return from == null ? 0 : Math.max(0, from.published() - written);
  }

  /**
   * The session is over for this consumer: STATE 2 and FIN behind the last frame. On the classic
   * wire, where a FIN means the producer's end, there is none if the producer broke off.
   */
  public void end() {
    if (!left) {
      SessionLog last = log;
      if (last != null && last.isBroken()) {
        connection.record().ends("producer broke off");
        connection.breakOff();
        return;
      }
      connection.record().ends("session ended");
      connection.write(new StateMessage(StateMessage.ENDED));
      connection.finishOutput();
    }
  }

  /** What is queued is to end with a frame. One in the middle of it cannot always finish that. */
  @Override
  public boolean finishFrame() {
    SessionLog from = log;
    LogFeed bytes = feed;
    if (bytes != null && !bytes.isIndependent() && session.evicts()) {
      return false; // not exchanged yet, so it must not look into the log
    }
    if (from == null || bytes == null) {
      return true;
    }
    for (int sent = 0; sent <= FINISH_BYTES; ) {
      long rest = bytes.boundary(from.published()) - bytes.queued();
      if (rest == 0) {
        return true;
      }
      ByteBuf piece = rest > FINISH_BYTES ? null : bytes.next(bytes.queued() + rest, (int) rest);
      if (piece == null) {
        return false;
      }
      sent += piece.readableBytes();
      connection.write(piece);
    }
    return false;
  }

  @Override
  public void tick(long nowNanos) {
    if (link && isJoined && connection.silentNanos(nowNanos) > LINK_SILENCE_NANOS) {
      connection.closeSilently("nothing heard of the link's other end for three seconds");
    }
  }

  @Override
  public void leave() {
    if (!left) {
      left = true;
      readProgress();
      connection.record().lag(lagBytes());
      unsubscribe();
      LogFeed last = feed;
      if (last != null) {
        last.close();
      }
      session.consumerLeft(this);
    }
  }
}
