package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.server.internal.connection.ChannelReceive;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Resident;
import io.hydrasync.server.internal.connection.Stage;
import io.hydrasync.server.internal.log.Framing;
import io.hydrasync.server.internal.log.LogParser;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.log.Wire2Framing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the frames of a session come from: its producer, or a link to the node of the cluster that
 * has the producer. The bytes go straight into the tail of the log, are checked there in place and
 * published. Owner of the log while it has the session's slot for that; confined to the
 * connection's loop, which is the session's owner loop then.
 */
public abstract class LogSource implements Stage, Resident, Connection.Traveller {
  final Connection connection;
  final Session session;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
  private final Predicate<byte[]> openRecord = this::openRecord; // made once
  private SessionLog log;
  private LogParser parser;
  private @Nullable HeadGate heads;
  private boolean replaced;

  /** From the first byte on until it is replaced, has ended or is gone. */
  private boolean attached;

  private boolean paused;

  /** Whether the session goes along to the loop to which this is on its way. */
  private boolean isFollowed;

  /** The peer has closed, and what it has sent is still to be taken. */
  private boolean finished;

  private long finishedNanos;
  private boolean stopped;

  LogSource(Connection connection, Session session, SessionLog log, Framing framing) {
    this.connection = connection;
    this.session = session;
    this.log = log;
    parser = new LogParser(log, framing);
    heads = newHeads(log, framing);
  }

  private @Nullable HeadGate newHeads(SessionLog of, Framing framing) {
    return framing instanceof Wire2Framing checked
        ? new HeadGate(connection, session, of, checked, this::resume)
        : null;
  }

  /**
   * What comes next goes into another log. What has come and has not been published goes along. The
   * log so far is not touched after this.
   *
   * @param begun ends the log so far and begins the next
   * @param framings what may follow in it
   */
  final void goOnIn(Supplier<SessionLog> begun, Function<SessionLog, Framing> framings) {
    List<ByteBuf> rest = parser.takeRest();
    SessionLog next = begun.get();
    Framing framing = framings.apply(next);
    for (int i = rest.size() - 1; i >= 0; i--) {
      waiting.addFirst(rest.get(i));
    }
    HeadGate last = heads;
    if (last != null) {
      last.abandon();
    }
    log = next;
    parser = new LogParser(next, framing);
    heads = newHeads(next, framing);
    target();
  }

  /** What is to be taken in front of all that has come and has not been published. */
  final void takeFirst(byte[] bytes) {
    waiting.addFirst(Unpooled.wrappedBuffer(bytes));
  }

  /** The slot is ours: bytes may go into the log from now on. */
  final void attach() {
    attached = true;
    connection.resident(this);
    connection.outlastFailedWrites();
    connection.joined();
  }

  /** Reading begins, behind what the first step has left. */
  final void begin() {
    if (attached) {
      target();
      ensureRoom();
    }
  }

  private void target() {
    if (connection.services().transports().readsIntoLog()) {
      connection.receive().target(log);
    }
  }

  /** Another one takes over, and the peer is told nothing here. The log is not touched after. */
  final void letGo() {
    replaced = true;
    detach();
  }

  /** The log is not touched after this. */
  final void fail(ErrorCode code, String text) {
    letGo();
    connection.fail(code, text);
  }

  /** The relay winds down: nothing more is read, what has come is still acknowledged. */
  final void stop() {
    stopped = true;
    if (attached) {
      connection.channel().config().setAutoRead(false);
    }
  }

  public final Connection connection() {
    return connection;
  }

  /** Whether it is the session's producer, and no link to that. */
  abstract boolean isProducing();

  /** Whether another one took over, perhaps before this one had begun. */
  final boolean isReplaced() {
    return replaced;
  }

  final boolean isAttached() {
    return attached;
  }

  /** Finds frames in what has come. */
  final LogParser parser() {
    return parser;
  }

  /** Where its frames go. */
  final SessionLog log() {
    return log;
  }

  /** How many consumers there are, or who is behind links, has changed. */
  abstract void consumersChanged();

  /** Frames have been published. */
  abstract void published();

  /** Deals with the control messages that have been opened. */
  abstract void handleControls();

  /**
   * The HEAD that holds up the parser is the next: whether it goes on there.
   *
   * @return false if the log that it goes into is another one now, or it has been taken out, or
   *     nothing more is taken
   */
  boolean admitHead() {
    return true;
  }

  // ---- from loop to loop ----

  @Override
  public final Object session() {
    return session.view();
  }

  /** That the session's decisions are taken on its loop is true of both. */
  @Override
  public final boolean isProducer() {
    return true;
  }

  /**
   * By way of the session: until that has followed to where this is, there is no next move. Whoever
   * is attached is on the session's loop.
   */
  @Override
  public final void moveTo(EventLoop next) {
    session.execute(
        () -> {
          if (attached && !finished) {
            connection.guarded(() -> connection.moveTo(next, this));
          }
        });
  }

  @Override
  public final void leaves() {
    isFollowed = attached; // else the session has another producer, perhaps elsewhere
  }

  @Override
  public final void hasLeft(EventLoop next) {
    if (isFollowed) {
      session.follow(next);
    }
  }

  @Override
  public final void arrived() {
    // goes on
  }

  // ---- reading ----

  @Override
  public final void read(ByteBuf in) {
    if (!attached) {
      in.release();
      return;
    }
    boolean inPlace = connection.receive().isInPlace(in);
    if (inPlace && waiting.isEmpty()) {
      log.received(in.readableBytes());
      in.release();
      parse();
    } else if (inPlace) { // the peer has closed, else nothing would have been read
      waiting.addLast(Unpooled.copiedBuffer(in));
      in.release();
    } else {
      waiting.addLast(in);
    }
    goOn();
  }

  /** Takes what waits for room, and sees to it that there is room for more or reading stops. */
  private void goOn() {
    do { // there may be room again at the second look
      takeWaiting();
      if (attached) {
        ensureRoom();
      }
    } while (attached && !paused && !parser.isHeldUp() && !waiting.isEmpty());
  }

  /** Copies what came in ordinary buffers, as far as there is room. */
  private void takeWaiting() {
    for (ByteBuf in = waiting.peekFirst(); in != null; in = waiting.peekFirst()) {
      while (in.isReadable()) {
        if (parser.isHeldUp()) {
          return; // it stays where it is for so long
        }
        if (log.room() == 0 && !session.room().makeRoom()) {
          return;
        }
        log.copy(in);
        parse();
        if (!attached) {
          return; // what was waiting is released
        }
        if (waiting.peekFirst() != in) {
          break; // what goes into another log comes first
        }
      }
      if (waiting.peekFirst() == in) {
        waiting.removeFirst().release();
      }
    }
  }

  /**
   * Publishes what is whole and then looks at the control messages, which are in order behind it.
   */
  private void parse() {
    boolean goOn = attached && !isChecking();
    while (goOn) {
      long before = log.published();
      try {
        parser.parse(openRecord);
      } finally {
        if (attached && log.published() != before) {
          published();
        }
      }
      handleControls();
      goOn = attached && (parser.hasPaused() || parser.isHeldUp() && letHeadIn());
    }
  }

  /**
   * Whether the HEAD that holds up the parser may go in now. If not, nothing is read until then.
   */
  private boolean letHeadIn() {
    if (heads != null && heads.check(parser)) {
      connection.channel().config().setAutoRead(false);
      return false;
    }
    if (!admitHead()) {
      return attached;
    }
    if (session.room().makeEpochRoom()) {
      return true;
    }
    pause();
    return false;
  }

  /** Whether what has come waits for the signature of a HEAD to be checked. */
  final boolean isChecking() {
    return heads != null && heads.isChecking();
  }

  /** Whether the next HEAD waits for the heap that it takes. */
  final boolean waitsForEpoch() {
    return paused && parser.isHeldUp() && !isChecking();
  }

  private boolean openRecord(byte[] frame) {
    return connection.open(frame, frame.length) && takeRecord(parser);
  }

  /**
   * Whether what has come is still taken where the connection is gone.
   *
   * @param finder of frames, which may be held up
   */
  abstract boolean outlastsConnection(LogParser finder);

  /**
   * A record has been opened whose place among the frames may matter.
   *
   * @param at may be told to pause behind it
   * @return false if nothing more is to be taken
   */
  boolean takeRecord(LogParser at) {
    return true;
  }

  @Override
  public final int keptBytes() {
    return waiting.size() * ChannelReceive.ORDINARY_BYTES;
  }

  // ---- room ----

  /** There is room for the next read, or reading stops until there is. */
  private void ensureRoom() {
    if (log.room() == 0 && !paused && !isChecking() && !session.room().makeRoom()) {
      pause();
    }
  }

  private void pause() {
    if (!paused) {
      paused = true;
      session.sourcePaused();
      connection.channel().config().setAutoRead(false);
      session.room().waitForRoom();
    }
  }

  /** Called by the session when there may be room again. */
  final void tryResume() {
    if (attached && paused && !stopped && hasRoom()) {
      paused = false;
      session.room().open();
      connection.guarded(this::resume);
    }
  }

  private boolean hasRoom() {
    LogRoom room = session.room();
    return (!waitsForEpoch() || room.makeEpochRoom()) && (log.room() > 0 || room.makeRoom());
  }

  /** There is room again, or the signature of the HEAD has been found to be right. */
  private void resume() {
    if (finished) {
      drain();
      return;
    }
    parse();
    goOn();
    if (attached && isWillingToRead()) {
      connection.restartSilence();
      connection.channel().config().setAutoRead(true);
    }
  }

  /** The memory for this producer's frames cannot be had. */
  final void outOfMemory() {
    if (finished) {
      leave(false);
      return;
    }
    connection.fail(ErrorCode.LIMIT, "the relay's memory budget is used up");
  }

  public final boolean isPaused() {
    return paused;
  }

  @Override
  public final boolean isWillingToRead() {
    return !paused && !stopped && !isChecking();
  }

  final void detach() {
    attached = false;
    if (heads != null) {
      heads.abandon();
    }
    connection.receive().target(null);
    connection.releaseKeys();
    for (ByteBuf in = waiting.poll(); in != null; in = waiting.poll()) {
      in.release();
    }
  }

  /** The connection is gone. What it has sent may still have to be taken. */
  @Override
  public final void leave() {
    if (!attached) {
      return;
    }
    finished = outlastsConnection(parser);
    if (finished) {
      finishedNanos = connection.services().nanoTime();
      connection.keepKeys();
      drain();
    } else {
      leave(false);
    }
  }

  private void drain() {
    boolean whole = false;
    try {
      parse();
      goOn();
      if (paused || isChecking() && !isCheckedTooLate()) {
        return; // there will be room, or the session is given up
      }
      whole = session.name().isClassic() && log.received() == log.published();
    } catch (ProtocolException e) {
      // nobody is there any more who could be told
    }
    if (attached) {
      leave(whole);
    }
  }

  /**
   * Whether a producer that is gone would keep its session for longer than without what it had
   * sent: it has sent more HEADs than it has tokens for.
   */
  private boolean isCheckedTooLate() {
    long linger = connection.services().limits().lingerNanos();
    return heads != null && heads.awaitsTokensBeyond(finishedNanos + linger);
  }

  private void leave(boolean ended) {
    detach();
    left(ended);
  }

  /**
   * It is gone, and has not been replaced.
   *
   * @param ended whether the peer has said that it is the end
   */
  abstract void left(boolean ended);
}
