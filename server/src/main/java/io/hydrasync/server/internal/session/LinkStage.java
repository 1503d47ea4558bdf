package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.CountMessage;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.log.LogParser;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.log.Wire2Framing;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A link to the node that owns the session ({@code wire2.md} section 14): what comes goes into the
 * log by the producer's path. Where it goes on exactly, this log goes on; where it does not, a new
 * one begins. Confined to the connection's loop, which is the session's owner loop.
 */
final class LinkStage extends LogSource {
  /** Looked at twice a second, so that there is one each second. */
  private static final long PING_NANOS = TimeUnit.MILLISECONDS.toNanos(900);

  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final Told told;
  private Wire2Framing framing;

  /** What a link has to tell. */
  enum News {
    /** A HEAD has come, or the one that is here goes on: the mirror is as it should be. */
    HEAD,
    /** The owner's producer is there. */
    LIVE,
    /** The owner's producer is away. */
    AWAY,
    /** The session is over at its owner. The link is gone. */
    OVER,
    /** The other node does not own the session. The link is gone. */
    NO_SESSION,
    /** The owner's last epoch is below the mirror's. The link is gone. */
    LOWER_EPOCH,
    /** The link is gone. */
    BROKEN
  }

  /** Who is told, on the session's loop. */
  interface Told {
    void news(LinkStage from, News news);
  }

  /** Where the next frame stands, as JOINED or a GAP has said; counts while {@link #placed}. */
  private long dueStream;

  private long due;

  /** Whether such a place has been told for the next HEAD. */
  private boolean placed = true;

  /** Whether the next HEAD is a copy of this node's own. */
  private boolean copied;

  /** Where the last epoch begins in the log. */
  private long lastBegins;

  /** Whether a HEAD is to come before any other frame. */
  private boolean headDue = true;

  /** Since when that has been promised. */
  private long headDueNanos;

  private long lastPingNanos;
  private int toldCount = -1;
  private boolean countInFlight;
  private boolean ended;
  private long retryNanos;

  LinkStage(
      Connection connection, Session session, SessionLog log, Told told, JoinedMessage joined) {
    this(connection, session, log, told, joined, newFraming(connection, session, log));
  }

  private LinkStage(
      Connection connection,
      Session session,
      SessionLog log,
      Told told,
      JoinedMessage joined,
      Wire2Framing framing) {
    super(connection, session, log, framing);
    this.framing = framing;
    this.told = told;
    dueStream = joined.id();
    due = joined.seq();
    headDueNanos = connection.services().nanoTime();
    lastPingNanos = headDueNanos;
  }

  private static Wire2Framing newFraming(Connection connection, Session session, SessionLog log) {
    return Wire2Framing.asking(
        log,
        session.name().id(),
        connection.services().limits().maxFrame(),
        new MirroredEpochs(session.epochOrder()));
  }

  /** What the owner has checked: it says which follow. */
  private record MirroredEpochs(EpochOrder order) implements Wire2Framing.EpochRules {
    @Override
    public void check(Head.Fields head) {
      // admitHead looks at it
    }

    @Override
    public void begins(Head.Fields head) {
      order.mirrored(head);
    }
  }

  /** The session is mirrored from here on. */
  void start() {
    checkSequence(due);
    attach();
    consumersChanged();
    handleControls(); // they may have come in the same record as JOINED
    begin();
  }

  /**
   * Ends a link that is not wanted any more, so that the owner keeps no place for it. On the
   * connection's loop.
   */
  static void bye(Connection connection, String reason) {
    if (!connection.isClosing()) {
      connection.record().ends(reason);
      connection.write(new ByeMessage());
      connection.finishOutput();
    }
  }

  /** How long the owner wants to be left alone, as its ERROR has said. */
  long retryNanos() {
    return retryNanos;
  }

  /** The connection has gone before the session could be mirrored from here. */
  void neverBegins() {
    letGo();
    left(false);
  }

  @Override
  boolean isProducing() {
    return false;
  }

  // ---- frames ----

  @Override
  boolean admitHead() {
    Head.Fields next = framing.unpermitted();
    if (next == null) {
      return true; // it waits for something else
    }
    Epoch last = log().lastEpoch();
    boolean first = headDue;
    long begins = placed && next.stream() == dueStream ? Math.max(due, next.first()) : next.first();
    if (last == null) {
      return permit(begins);
    }
    boolean older = Long.compareUnsigned(next.stream(), last.head.stream()) < 0;
    if (older || Long.compareUnsigned(next.epoch(), last.head.epoch()) < 0) {
      lowerEpoch(next, older);
      return false;
    }
    if (next.epoch() != last.head.epoch()) {
      boolean repeats = next.stream() == last.head.stream() && begins < last.next;
      if (repeats || begins != next.first()) {
        beginAnew();
        return false;
      }
      return permit(begins);
    }
    if (first && Arrays.equals(framing.nameOfHeldUp(), last.digest()) && begins == last.next) {
      headCame();
      framing.dropHead(parser());
      told.news(this, News.HEAD);
      return false;
    }
    beginAnew();
    return false;
  }

  private boolean permit(long begins) {
    headCame();
    lastBegins = begins;
    framing.permitHead(begins);
    return true;
  }

  /**
   * What has been said of its place is not about the next, but where it is a copy that stands in
   * front of what the place was said of.
   */
  private void headCame() {
    headDue = false;
    placed = copied;
    copied = false;
  }

  /** A place that no frame can ever have would stay with the mirror for good. */
  private static void checkSequence(long seq) {
    if (seq < 0 || seq >= Frames.SEQ_LIMIT) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "a place behind all that there can be");
    }
  }

  /** The owner does not know what this node knows. */
  private void lowerEpoch(Head.Fields next, boolean olderStream) {
    ended = true;
    letGo();
    bye(connection, "the owner has come less far than this node's mirror");
    if (olderStream) {
      session.olderStream(next.epoch());
    }
    told.news(this, News.LOWER_EPOCH);
  }

  /** The log is over for good, and what comes next goes into another one. */
  private void beginAnew() {
    headDue = true;
    headDueNanos = connection.services().nanoTime();
    goOnIn(
        session::beginMirrorAnew,
        next -> {
          framing = newFraming(connection, session, next);
          return framing;
        });
  }

  @Override
  boolean takeRecord(LogParser at) {
    at.pause(); // a GAP stands where it stands among the frames
    return true;
  }

  /** Frames are missing in the middle of an epoch: the rest of it begins a log of its own. */
  private void gap(GapMessage gap) {
    if (gap.to() == -1L) {
      return; // the end of what is missing is not known: a HEAD follows
    }
    checkSequence(gap.to());
    dueStream = gap.stream();
    due = gap.to();
    placed = true;
    Epoch last = log().lastEpoch();
    if (headDue || last == null || gap.stream() != last.head.stream() || gap.to() <= last.next) {
      return; // a HEAD follows
    }
    byte[] head = log().epochs().headBytes(last);
    if (head == null) {
      throw new ProtocolException(ErrorCode.LIMIT, "no memory for a HEAD");
    }
    beginAnew();
    copied = true;
    takeFirst(head);
  }

  @Override
  void published() {
    Epoch last = log().lastEpoch();
    if (last != null && last.next != lastBegins) {
      placed = false; // a frame has come: what was said was about that
    }
    session.published();
    if (!headDue) {
      told.news(this, News.HEAD);
    }
  }

  // ---- control messages ----

  @Override
  void handleControls() {
    for (Control message = isAttached() ? connection.nextControl() : null;
        message != null;
        message = isAttached() ? connection.nextControl() : null) {
      take(message);
    }
  }

  private void take(Control message) {
    if (message instanceof GapMessage gap) {
      gap(gap);
    } else if (message instanceof StateMessage state) {
      state(state.state());
    } else if (message instanceof ErrorMessage error) {
      error(error);
    } else if (!(message instanceof PongMessage) && !message.isIgnorable()) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL,
          "control type 0x" + Integer.toHexString(message.type()) + " on a link");
    }
  }

  private void state(int state) {
    if (state == StateMessage.ENDED) {
      ended = true;
      letGo();
      connection.finishOutput();
      told.news(this, News.OVER);
    } else {
      told.news(this, state == StateMessage.LIVE ? News.LIVE : News.AWAY);
    }
  }

  private void error(ErrorMessage error) {
    ended = true;
    letGo();
    connection.closeSilently("the owner says: " + error.text());
    retryNanos = error.retryAfter().map(Duration::toNanos).orElse(0L);
    boolean notOwner = error.code() == ErrorCode.NO_SESSION.wireCode();
    told.news(this, notOwner ? News.NO_SESSION : News.BROKEN);
  }

  @Override
  public void turnEnds() {
    // a link answers nothing
  }

  /**
   * The owner's producer is told how many there are everywhere; the newest count is what counts.
   */
  @Override
  void consumersChanged() {
    int count = session.audienceSize();
    if (isAttached() && !countInFlight && count != toldCount) {
      toldCount = count;
      countInFlight = true;
      connection
          .write(new CountMessage(count))
          .addListener(done -> connection.guarded(this::countWritten));
      connection.channel().flush();
    }
  }

  private void countWritten() {
    countInFlight = false;
    consumersChanged();
  }

  @Override
  public void tick(long nowNanos) {
    if (!isAttached()) {
      return;
    }
    if (isWillingToRead() && connection.silentNanos(nowNanos) > SILENCE_NANOS) {
      connection.closeSilently("nothing heard from the owner for three seconds");
    } else if (isHeadLate(nowNanos)) {
      connection.closeSilently("no HEAD has followed JOINED for three seconds");
    } else if (nowNanos - lastPingNanos >= PING_NANOS) {
      lastPingNanos = nowNanos;
      connection.write(new PingMessage(nowNanos));
      connection.channel().flush();
    }
  }

  private boolean isHeadLate(long nowNanos) {
    return headDue
        && placed
        && dueStream != 0
        && nowNanos - headDueNanos > SILENCE_NANOS
        && !waitsForOwner();
  }

  /** Whether the mirror has more than the owner, which is to come as far as that. */
  private boolean waitsForOwner() {
    Epoch last = log().lastEpoch();
    return last != null && last.head.stream() == dueStream && last.next == due;
  }

  /** Nothing that is no answer goes to the owner: it takes no ERROR. */
  @Override
  public boolean finishFrame() {
    return false;
  }

  /** The owner need not have it any more, and STATE 2 may be behind it. */
  @Override
  boolean outlastsConnection(LogParser finder) {
    return connection.isPeerGone();
  }

  @Override
  void left(boolean over) {
    if (!ended) {
      ended = true;
      told.news(this, News.BROKEN);
    }
  }
}
