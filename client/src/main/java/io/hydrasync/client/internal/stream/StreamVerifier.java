package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.StreamTruncatedException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The consumer's rules of {@code wire2.md} section 6: opens frames and sees to it that each is
 * delivered once and in order, across connections. No I/O. Not thread-safe.
 *
 * <p>What is authenticated and what is not: {@code next}, the first frame not delivered yet, is
 * moved by opened frames and by verified HEADs only. JOINED and GAP come from the relay, which may
 * lie; they only permit a jump, and every jump becomes an event for the application.
 */
public final class StreamVerifier {
  /** What a frame was. */
  public enum Outcome {
    /** Nothing to deliver. */
    NOTHING,
    /**
     * It did not verify, or was not looked at, and what follows it may come: it counts for nothing.
     */
    PASSED_OVER,
    /** One message. */
    MESSAGE,
    /** Messages, each behind its length. */
    BATCH,
    /** The producer's clock; nothing to deliver. */
    TICK,
    /** The producer's authenticated end of the session. */
    END
  }

  private final HeadVerifier heads;
  private final Beginning beginning;
  private final FrameOpener opener = new FrameOpener();
  private final UntoldEvents events = new UntoldEvents();
  private final FailureCount failures = new FailureCount();

  // The position: survives connections.
  private long stream;
  private long epoch;
  private byte[] transcript = new byte[0];
  private long next;
  private boolean hasNext;
  private int deliveredOfNext;
  private StreamEnd end = StreamEnd.NONE;

  // The same before the last frame.
  private long nextBefore;
  private boolean hadNext;
  private int deliveredBefore;
  private StreamEnd endBefore = StreamEnd.NONE;

  // The connection.
  private Beginning.Request request = new Beginning.Request(JoinMessage.START_OLDEST, 0, 0, 0);
  private FrameOrder order = new FrameOrder(request, 0, 0);
  private volatile @Nullable EpochKeys keys;
  private volatile boolean destroyed;
  private @Nullable Head head;
  private boolean epochEnded;
  private boolean skipsEpoch;
  private GapException.@Nullable Kind passedOver;
  private int alreadyDelivered;

  /**
   * A verifier that has seen nothing yet.
   *
   * @param start where to begin, unless a position is restored
   * @param clockMs the time of day
   */
  public StreamVerifier(
      SessionId session, SessionKey sessionKey, Beginning.From start, LongSupplier clockMs) {
    heads = new HeadVerifier(session, sessionKey, clockMs);
    beginning = new Beginning(start);
  }

  // ---- position ----

  /** Goes on where another consumer was; before anything else. */
  public void restore(StreamPosition position) {
    stream = position.stream();
    epoch = position.epoch();
    transcript = position.transcript();
    next = position.next();
    hasNext = true;
    deliveredOfNext = position.delivered();
    end = position.end();
  }

  /**
   * How far the application has come.
   *
   * @param inFrame whether the last frame has not been handed out to its end
   * @param delivered if so, how many of its messages have
   */
  public Optional<StreamPosition> position(boolean inFrame, int delivered) {
    Optional<StreamPosition> untold = events.before();
    if (untold != null) {
      return untold;
    }
    return inFrame
        ? Optional.of(
            new StreamPosition(stream, next - 1, delivered, StreamEnd.NONE, epoch, transcript))
        : position();
  }

  private Optional<StreamPosition> position() {
    return hasNext
        ? Optional.of(new StreamPosition(stream, next, deliveredOfNext, end, epoch, transcript))
        : Optional.empty();
  }

  /** How the end of the stream stands. */
  public StreamEnd end() {
    return end;
  }

  /** How many frames of the first stream came before those that were asked for. */
  public long missedBefore() {
    return beginning.missedBefore();
  }

  /** The newest stream of which a HEAD has verified, 0 before that. */
  public long stream() {
    return stream;
  }

  public long next() {
    return next;
  }

  // ---- connection ----

  /** What the next connection has to ask for. */
  public Beginning.Request request() {
    request =
        hasNext
            ? new Beginning.Request(JoinMessage.START_AT, stream, next, epoch)
            : beginning.request();
    return request;
  }

  /**
   * A connection begins that was made with the last {@link #request()}: JOINED announces the first
   * frame to come, (0, 0) if there is no HEAD yet.
   */
  public void connected(long joinedStream, long joinedSeq) {
    order = new FrameOrder(request, joinedStream, joinedSeq);
    head = null;
    epochEnded = false;
    skipsEpoch = false;
    passedOver = null;
    if (!hasNext) {
      beginning.joined(joinedStream, joinedSeq);
      // Nothing has been delivered under them, and who comes back as it came may meet older ones.
      epoch = 0;
      transcript = new byte[0];
    }
  }

  /** The relay says that frames will not be delivered. */
  public void gapAnnounced(GapMessage gap) {
    order.gap(gap);
  }

  /** Whether {@link #pollEvent} has something; asked for each message. */
  public boolean hasEvents() {
    return !events.isEmpty();
  }

  /** What the application has to be told before anything else is delivered, or null. */
  @Nullable
  public HydraException pollEvent() {
    return events.poll();
  }

  private void tell(HydraException problem) {
    events.add(problem, position());
  }

  // ---- failures ----

  /** How often what failed, for whoever decides about the next connection. */
  public FailureCount failures() {
    return failures;
  }

  /** Where the last exception counts, if it was thrown here; else at {@code next}. */
  public FailureCount.Failure takeFailure() {
    return failures.takeThrown(due());
  }

  private FailureCount.Place due() {
    return hasNext ? FailureCount.Place.frame(stream, next) : FailureCount.Place.NOWHERE;
  }

  private FailureCount.Failure failureAt(FailureCount.Place where) {
    return new FailureCount.Failure(where, due(), true);
  }

  /** An exception for a frame that failed, which is counted by whoever catches it. */
  private AuthenticationException failed(FailureCount.Place where, ErrorCode code, String what) {
    failures.thrown(failureAt(where));
    return new AuthenticationException(code, what);
  }

  // ---- HEAD ----

  /**
   * Takes a HEAD. One that fails for the third time after a good one is skipped, with its epoch:
   * what is damaged on the producer's path must not kill the session.
   *
   * @param frame the whole frame
   * @return whether it opened an epoch; not where it was skipped, or came on this connection before
   * @throws AuthenticationException CORRUPT, STALE_EPOCH, BAD_SIGNATURE, WRONG_KEY or NOT_RECIPIENT
   */
  public boolean head(byte[] frame) {
    try {
      boolean opened = verifyHead(frame);
      skipsEpoch = false;
      return opened;
    } catch (AuthenticationException e) {
      long named = Head.epochOf(frame);
      FailureCount.Failure here = failureAt(named == 0 ? due() : FailureCount.Place.head(named));
      boolean behindAGoodOne = hasNext || keys != null;
      boolean passes = named != 0 && behindAGoodOne && HeadVerifier.isDamage(e.code());
      if (!passes || !failures.isPassedOver(here)) {
        failures.thrown(here);
        throw e;
      }
      failures.count(here);
      skipsEpoch = true;
      if (failures.at(here.where()) == FailureCount.LAST_AT_A_PLACE) {
        tellSkipped(e);
      }
      return false;
    }
  }

  private void tellSkipped(AuthenticationException cause) {
    tell(
        new StreamTruncatedException(
            "an epoch of this session cannot be opened and is skipped, so that messages may be"
                + " missing behind frame "
                + next
                + " of stream "
                + stream,
            cause));
  }

  private boolean verifyHead(byte[] frame) {
    HeadVerifier.Checked candidate = heads.check(frame, hasNext ? stream : 0, epoch, transcript);
    boolean sameEpoch = keys != null && candidate.head().epoch() == epoch;
    if (!sameEpoch) {
      openEpoch(candidate);
      order.head();
    }
    head = candidate.head();
    return !sameEpoch;
  }

  private void openEpoch(HeadVerifier.Checked candidate) {
    EpochKeys fresh = heads.open(candidate);
    EpochKeys old = keys;
    if (old != null) {
      old.destroy();
    }
    keys = fresh;
    if (destroyed) { // by another thread, which may have seen the keys before these only
      fresh.destroy();
    }
    Head opening = candidate.head();
    epochEnded = false;
    if (opening.stream() != stream && stream != 0) {
      leaveStream();
    }
    epoch = opening.epoch();
    transcript = candidate.transcript();
    enterStream(opening);
  }

  /** Another stream follows: what is missing of this one will not come. */
  private void leaveStream() {
    if (end == StreamEnd.NONE) {
      tell(
          new StreamTruncatedException(
              "stream "
                  + stream
                  + " stopped at frame "
                  + next
                  + " without its end;"
                  + " another stream of this session follows"));
    }
    hasNext = true; // and in every stream but the first one frame 0 is due
    next = 0;
    deliveredOfNext = 0;
    end = StreamEnd.NONE;
  }

  private void enterStream(Head opening) {
    stream = opening.stream();
    if (!hasNext) {
      long due = beginning.atHead(stream, opening.first());
      if (due < 0) {
        return;
      }
      next = due;
      hasNext = true;
    }
    if (end == StreamEnd.STREAM && opening.first() >= next) {
      end = StreamEnd.NONE; // of a producer that rotates keys and says END 0 for it
    }
    if (opening.first() > next) {
      gap(opening.first(), GapException.Kind.PRODUCER);
    }
  }

  /** Frames from {@code next} to {@code to} will not come. */
  private void gap(long to, GapException.Kind kind) {
    tell(new GapException(stream, next, to, kind));
    next = to;
    deliveredOfNext = 0;
    end = StreamEnd.NONE;
  }

  // ---- frames ----

  /**
   * Takes a relayed frame other than HEAD.
   *
   * @param frame holds it
   * @param offset where it begins
   * @param length its length, the length field included
   * @return what it was; the plaintext is in {@link #plaintext()}
   * @throws AuthenticationException CORRUPT, REPLAY or GAP: nothing is delivered, the connection
   *     has to be made anew
   * @throws ProtocolException if it is authentic and malformed: fatal
   */
  public Outcome frame(byte[] frame, int offset, int length) {
    nextBefore = next;
    hadNext = hasNext;
    deliveredBefore = deliveredOfNext;
    endBefore = end;
    alreadyDelivered = 0;
    if (skipsEpoch) {
      return Outcome.PASSED_OVER;
    }
    EpochKeys current = keys;
    Head opened = head;
    if (current == null || opened == null || length < Frames.OVERHEAD) {
      throw failed(due(), ErrorCode.CORRUPT, "a frame that no HEAD announced");
    }
    int type = frame[offset + Frames.TYPE_OFFSET] & 0xFF;
    long seq = Frames.u64(frame, offset + Frames.SEQ_OFFSET);
    GapException.Kind jump = checkOrder(opened, seq);
    if (!opener.open(current, seq, frame, offset, length)) {
      tagFailed(opened, seq, jump);
      return Outcome.PASSED_OVER;
    }
    if (epochEnded || isBehindTheEnd(seq)) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "an authentic frame behind the end");
    }
    order.opened(seq);
    GapException.Kind cause = passedOver == null ? jump : passedOver;
    passedOver = null;
    Outcome outcome = FrameContent.check(type, opener.plaintext(), opener.length());
    epochEnded = type == Frames.END;
    beginAt(seq);
    if (seq < next) {
      return Outcome.NOTHING; // delivered already, before the producer had to start over
    }
    if (seq > next) {
      gap(seq, cause);
    }
    delivered(seq, type);
    return outcome;
  }

  /**
   * The last frame was taken, or not even that, and cannot be handed out: the position is the one
   * before it again. Only to be asked for its position after that; what events were to tell of the
   * frame stays to be told.
   */
  public void takeBack() {
    next = nextBefore;
    hasNext = hadNext;
    deliveredOfNext = deliveredBefore;
    end = endBefore;
  }

  /** Whether no frame can be due there: the stream's END was delivered. */
  private boolean isBehindTheEnd(long seq) {
    return end != StreamEnd.NONE && seq >= next;
  }

  /** The first frame decides where somebody began whom no HEAD could tell. */
  private void beginAt(long seq) {
    if (!hasNext) {
      next = beginning.atFrame(seq);
      hasNext = true;
    }
  }

  private void delivered(long seq, int type) {
    next = seq + 1;
    alreadyDelivered = deliveredOfNext;
    deliveredOfNext = 0;
    failures.progressed();
    end = type == Frames.END ? FrameContent.end(opener.plaintext()) : StreamEnd.NONE;
  }

  /** How many messages of the last frame had been delivered before a restart. */
  public int alreadyDelivered() {
    return alreadyDelivered;
  }

  /** Returns what a jump to this frame, if it is one, will be called. */
  private GapException.Kind checkOrder(Head opened, long seq) {
    try {
      if (order.permits(opened, seq)) {
        return GapException.Kind.ANNOUNCED;
      }
    } catch (AuthenticationException e) {
      failures.thrown(failureAt(due()));
      throw e;
    }
    FailureCount.Failure here = failureAt(due());
    if (!failures.isPassedOver(here)) {
      throw failed(
          here.where(),
          ErrorCode.GAP,
          "frame " + seq + " came where frame " + order.due(opened) + " is due");
    }
    return GapException.Kind.UNANNOUNCED;
  }

  /**
   * A bit flipped on the producer's path comes again each time; it must not kill the session. Only
   * where the frame is the one that is due does anything move: nobody has vouched for the sequence
   * of another one, and a jump to it takes effect with the frame that opens behind it.
   */
  private void tagFailed(Head opened, long seq, GapException.Kind jump) {
    FailureCount.Failure here = failureAt(FailureCount.Place.frame(opened.stream(), seq));
    if (isBehindTheEnd(seq) || !failures.isPassedOver(here)) {
      throw failed(here.where(), ErrorCode.CORRUPT, "frame " + seq + " does not verify");
    }
    failures.count(here);
    if (hasNext && seq == next) {
      gap(seq + 1, GapException.Kind.CORRUPT);
    } else {
      boolean silently = jump == GapException.Kind.UNANNOUNCED;
      passedOver = silently ? jump : GapException.Kind.CORRUPT;
    }
    order.opened(seq);
  }

  /** Holds the plaintext of the last frame, up to {@link #plaintextLength()}. */
  public byte[] plaintext() {
    return opener.plaintext();
  }

  public int plaintextLength() {
    return opener.length();
  }

  /** Zeroes the keys: no frame opens any more. From any thread. The position stays. */
  public void destroy() {
    destroyed = true;
    EpochKeys last = keys;
    if (last != null) {
      last.destroy();
    }
    opener.destroy();
  }
}
