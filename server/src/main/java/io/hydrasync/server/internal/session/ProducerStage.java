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
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.ControlOutbox;
import io.hydrasync.server.internal.log.ClassicFraming;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.log.Framing;
import io.hydrasync.server.internal.log.LogParser;
import io.hydrasync.server.internal.log.PacketFraming;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.log.Wire2Framing;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The producer of a session, which is told how far its frames have come. Confined to the
 * connection's loop.
 */
public final class ProducerStage extends LogSource {
  private static final long ACK_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
  private static final long ACK_BYTES = 1 << 20;
  private static final long ACK_REPEAT_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** Looked at twice a second, so that there is one each second. */
  private static final long ACK_NOT_READING_NANOS = TimeUnit.MILLISECONDS.toNanos(550);

  private final ControlOutbox outbox;
  private final UnreadNews unreadNews = new UnreadNews();
  private final boolean resumed;
  private boolean ackScheduled;
  private boolean sawFrame;
  private long ackedPosition;
  private long lastAckNanos;

  ProducerStage(Connection connection, Session session, SessionLog log, boolean resumed) {
    super(connection, session, log, framing(connection, session, log, resumed));
    this.resumed = resumed;
    outbox =
        new ControlOutbox(
            connection::write, this::makeAck, () -> connection.guarded(this::flushControls));
    ackedPosition = log().published();
    lastAckNanos = connection.services().nanoTime();
  }

  private static Framing framing(
      Connection connection, Session session, SessionLog log, boolean resumed) {
    int maxFrame = connection.services().limits().maxFrame();
    if (!session.name().isClassic()) {
      return new Wire2Framing(log, session.name().id(), maxFrame, !resumed, session.epochOrder());
    }
    int packetBytes = session.packetBytes();
    return packetBytes > 0 ? new PacketFraming(packetBytes) : new ClassicFraming(log, maxFrame);
  }

  /** The session is ours: bytes may go into the log from now on. */
  void start(JoinedMessage joined) {
    attach();
    connection.writeJoined(joined);
    tellPeers();
    sendAck();
    tellUnread(connection.services().nanoTime());
    handleControls(); // they may have come in the same record as JOIN
    begin();
  }

  /** Another connection of the same producer takes over. The log is not touched after this. */
  void replaced() {
    fail(ErrorCode.REPLACED, "another connection of this producer took over");
  }

  @Override
  boolean isProducing() {
    return true;
  }

  /** Whether the epoch goes on. */
  boolean isResumed() {
    return resumed;
  }

  @Override
  void consumersChanged() {
    sendAck();
  }

  @Override
  void published() {
    if (!sawFrame) {
      sawFrame = true;
      session.producerHasSent();
    }
    session.published();
    if (log().published() - ackedPosition >= ACK_BYTES) {
      sendAck();
    } else if (!ackScheduled) {
      ackScheduled = true;
      connection.schedule(this::ackLater, ACK_DELAY_NANOS);
    }
  }

  private void ackLater() {
    ackScheduled = false;
    if (isAttached() && log().published() != ackedPosition) {
      sendAck();
    }
  }

  private void sendAck() {
    outbox.ack();
    flushControls();
  }

  @Override
  void handleControls() {
    for (Control message = isAttached() ? connection.nextControl() : null;
        message != null;
        message = isAttached() ? connection.nextControl() : null) {
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

  // ---- writing ----

  @Override
  public void tellPeers() {
    if (isAttached() && !connection.isClassic()) {
      connection.peers().ifPresent(outbox::peers);
      flushControls();
    }
  }

  @Override
  public void tellKeys() {
    if (isAttached() && !connection.isClassic()) {
      connection.nextKey().ifPresent(outbox::nextKey);
      flushControls();
    }
  }

  private @Nullable AckMessage makeAck() {
    ackedPosition = log().published();
    lastAckNanos = connection.services().nanoTime();
    Epoch epoch = log().lastEpoch();
    int consumers = session.readers().everywhere();
    return epoch == null
        ? new AckMessage(0, new byte[Head.DIGEST_LENGTH], 0, consumers)
        : new AckMessage(epoch.head.epoch(), epoch.digest(), epoch.next, consumers);
  }

  private void flushControls() {
    if (isAttached() && outbox.write()) {
      connection.channel().flush();
    }
  }

  @Override
  public void tick(long nowNanos) {
    if (isAttached() && nowNanos - lastAckNanos > ackRepeatNanos()) {
      sendAck();
    }
    if (isAttached()) {
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

  /**
   * On the classic wire FIN behind a whole frame is the producer's end, and some transports see it
   * while there is no room for what came in front of it. On wire 2 all that had come behind a HEAD
   * is still taken, the end of the session perhaps; what else is lost it sends again.
   */
  @Override
  boolean outlastsConnection(LogParser finder) {
    return session.name().isClassic()
        ? connection.hasPeerFinished()
        : connection.isPeerGone() && finder.isHeldUp();
  }

  @Override
  void left(boolean ended) {
    session.producerLeft(this, ended);
  }
}
