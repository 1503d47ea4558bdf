package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import io.hydrasync.server.internal.connection.ChannelReceive;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.ControlOutbox;
import io.hydrasync.server.internal.connection.Resident;
import io.hydrasync.server.internal.connection.Stage;
import io.hydrasync.server.internal.log.ClassicFraming;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.log.LogParser;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.log.Wire2Framing;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The producer of a session: its bytes go straight into the tail of the log, are checked there in
 * place and published. Owner of the log while it is the session's producer; confined to the
 * connection's loop, which is the session's owner loop then.
 */
public final class ProducerStage implements Stage, Resident, Connection.Traveller {
  private static final long ACK_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
  private static final long ACK_BYTES = 1 << 20;
  private static final long ACK_REPEAT_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** Looked at twice a second, so that there is one each second. */
  private static final long ACK_NOT_READING_NANOS = TimeUnit.MILLISECONDS.toNanos(550);

  private final Connection connection;
  private final Session session;
  private final SessionLog log;
  private final LogParser parser;
  private final @Nullable HeadGate heads;
  private final ControlOutbox outbox;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
  private final UnreadNews unreadNews = new UnreadNews();
  private final boolean resumed;
  private final Predicate<byte[]> openRecord = this::openRecord; // made once
  private boolean replaced;

  /** From JOINED until it is replaced, has said BYE or is gone. */
  private boolean attached;

  private boolean paused;

  /** Whether the session goes along to the loop to which this is on its way. */
  private boolean isFollowed;

  /** The peer has closed, and what it has sent is still to be taken. */
  private boolean finished;

  private long finishedNanos;
  private boolean stopped;
  private boolean ackScheduled;
  private boolean sawFrame;
  private long ackedPosition;
  private long lastAckNanos;

  ProducerStage(Connection connection, Session session, SessionLog log, boolean resumed) {
    this.connection = connection;
    this.resumed = resumed;
    this.session = session;
    this.log = log;
    int maxFrame = connection.services().limits().maxFrame();
    if (session.name().isClassic()) {
      heads = null;
      parser = new LogParser(log, new ClassicFraming(log, maxFrame));
    } else {
      Wire2Framing framing =
          new Wire2Framing(log, session.name().id(), maxFrame, !resumed, session.epochOrder());
      heads = new HeadGate(connection, session, log, framing, this::resume);
      parser = new LogParser(log, framing);
    }
    outbox =
        new ControlOutbox(
            connection::write, this::makeAck, () -> connection.guarded(this::flushControls));
    ackedPosition = log.published();
    lastAckNanos = connection.services().nanoTime();
  }

  /** The session is ours: bytes may go into the log from now on. */
  void start(JoinedMessage joined) {
    attached = true;
    connection.resident(this);
    connection.joined();
    connection.write(joined);
    sendAck();
    tellUnread(connection.services().nanoTime());
    handleControls(); // they may have come in the same record as JOIN
    if (!attached) {
      return;
    }
    if (connection.services().transports().readsIntoLog()) {
      connection.receive().target(log);
    }
    ensureRoom();
  }

  /** Another connection of the same producer takes over. The log is not touched after this. */
  void replaced() {
    replaced = true;
    detach();
    connection.fail(ErrorCode.REPLACED, "another connection of this producer took over");
  }

  /** An operator ends the session. The log is not touched after this. */
  void endedByOperator() {
    replaced = true;
    detach();
    connection.fail(ErrorCode.KICKED, "an operator has ended this session");
  }

  /** The relay has stopped. The log is not touched after this. */
  void discarded() {
    replaced = true;
    detach();
  }

  /** The relay winds down: nothing more is read, what has come is still acknowledged. */
  void stop() {
    stopped = true;
    if (attached) {
      connection.channel().config().setAutoRead(false);
    }
  }

  public Connection connection() {
    return connection;
  }

  /** Whether another connection took over, perhaps before this one had its JOINED. */
  boolean isReplaced() {
    return replaced;
  }

  /** Whether the epoch goes on. */
  boolean isResumed() {
    return resumed;
  }

  void consumersChanged() {
    sendAck();
  }

  // ---- from loop to loop ----

  @Override
  public Object session() {
    return session.view();
  }

  @Override
  public boolean isProducer() {
    return true;
  }

  /**
   * By way of the session: until that has followed to where this is, there is no next move. Whoever
   * is attached is on the session's loop.
   */
  @Override
  public void moveTo(EventLoop next) {
    session.execute(
        () -> {
          if (attached && !finished) {
            connection.guarded(() -> connection.moveTo(next, this));
          }
        });
  }

  @Override
  public void leaves() {
    isFollowed = attached; // else the session has another producer, perhaps elsewhere
  }

  @Override
  public void hasLeft(EventLoop next) {
    if (isFollowed) {
      session.follow(next);
    }
  }

  @Override
  public void arrived() {
    // goes on
  }

  // ---- reading ----

  @Override
  public void read(ByteBuf in) {
    if (!attached) {
      in.release();
      return;
    }
    if (connection.receive().isInPlace(in)) {
      log.received(in.readableBytes());
      in.release();
      parse();
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
      }
      waiting.removeFirst().release();
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
      goOn = attached && parser.isHeldUp() && letHeadIn();
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
    if (session.room().makeEpochRoom()) {
      return true;
    }
    pause();
    return false;
  }

  /** Whether what has come waits for the signature of a HEAD to be checked. */
  boolean isChecking() {
    return heads != null && heads.isChecking();
  }

  /** Whether the next HEAD waits for the heap that it takes. */
  boolean waitsForEpoch() {
    return paused && parser.isHeldUp() && !isChecking();
  }

  @Override
  public int keptBytes() {
    return waiting.size() * ChannelReceive.ORDINARY_BYTES;
  }

  private boolean openRecord(byte[] frame) {
    return connection.open(frame, frame.length);
  }

  private void published() {
    if (!sawFrame) {
      sawFrame = true;
      session.producerHasSent();
    }
    session.wakeConsumers();
    if (log.published() - ackedPosition >= ACK_BYTES) {
      sendAck();
    } else if (!ackScheduled) {
      ackScheduled = true;
      connection.schedule(this::ackLater, ACK_DELAY_NANOS);
    }
  }

  private void ackLater() {
    ackScheduled = false;
    if (attached && log.published() != ackedPosition) {
      sendAck();
    }
  }

  private void sendAck() {
    outbox.ack();
    flushControls();
  }

  private void handleControls() {
    for (Control message = attached ? connection.nextControl() : null;
        message != null;
        message = attached ? connection.nextControl() : null) {
      if (message instanceof PingMessage ping) {
        outbox.pong(new PongMessage(ping.echo()));
      } else if (message instanceof ByeMessage) {
        flushControls();
        connection.record().ends("bye");
        UnreadMessage last = unreadNews.last(session.room().unread());
        detach();
        if (last != null) {
          connection.write(last);
        }
        session.producerLeft(this, true);
        connection.finishOutput();
      } else if (!message.isIgnorable()) {
        throw new ProtocolException(
            ErrorCode.PROTOCOL,
            "control type 0x" + Integer.toHexString(message.type()) + " from a producer");
      }
    }
    if (!connection.isInTurn()) {
      flushControls();
    }
  }

  /** PINGs are answered once for all of a turn. */
  @Override
  public void turnEnds() {
    flushControls();
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
      session.producerPaused();
      connection.channel().config().setAutoRead(false);
      session.room().waitForRoom();
    }
  }

  /** Called by the session when there may be room again. */
  void tryResume() {
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
  void outOfMemory() {
    if (finished) {
      leave(false);
      return;
    }
    connection.fail(ErrorCode.LIMIT, "the relay's memory budget is used up");
  }

  public boolean isPaused() {
    return paused;
  }

  // ---- writing ----

  private @Nullable AckMessage makeAck() {
    ackedPosition = log.published();
    lastAckNanos = connection.services().nanoTime();
    Epoch epoch = log.lastEpoch();
    int consumers = session.consumerCount();
    return epoch == null
        ? new AckMessage(0, new byte[Head.DIGEST_LENGTH], 0, consumers)
        : new AckMessage(epoch.head.epoch(), epoch.digest(), epoch.next, consumers);
  }

  private void flushControls() {
    if (attached && outbox.write()) {
      connection.channel().flush();
    }
  }

  @Override
  public void tick(long nowNanos) {
    if (attached && nowNanos - lastAckNanos > ackRepeatNanos()) {
      sendAck();
    }
    if (attached) {
      tellUnread(nowNanos);
    }
  }

  private void tellUnread(long nowNanos) {
    UnreadMessage news = unreadNews.next(session.room().unread(), nowNanos);
    if (news != null) {
      outbox.unread(news);
      flushControls();
    }
  }

  /** A producer whose write is blocked cannot tell otherwise that the relay is there. */
  private long ackRepeatNanos() {
    return isWillingToRead() ? ACK_REPEAT_NANOS : ACK_NOT_READING_NANOS;
  }

  @Override
  public boolean isWillingToRead() {
    return !paused && !stopped && !isChecking();
  }

  private void detach() {
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

  /**
   * The connection is gone. On the classic wire FIN behind a whole frame is the producer's end, and
   * some transports see it while there is no room for what came in front of it. On wire 2 all that
   * had come behind a HEAD is still taken, the end of the session perhaps.
   */
  @Override
  public void leave() {
    if (!attached) {
      return;
    }
    finished =
        session.name().isClassic()
            ? connection.hasPeerFinished()
            : connection.isPeerGone() && parser.isHeldUp();
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
    session.producerLeft(this, ended);
  }
}
