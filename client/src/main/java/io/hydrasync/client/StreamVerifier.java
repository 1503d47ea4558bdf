package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.crypto.AesGcm;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.Control;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The consumer's rules of {@code wire2.md} section 6: opens frames and sees to it that each is delivered
 * once and in order, across connections. No I/O. Not thread-safe.
 *
 * <p>What is authenticated and what is not: {@code next}, the first frame not delivered yet, is moved by
 * opened frames and by verified HEADs only. JOINED and GAP come from the relay, which may lie; they only
 * permit a jump, and every jump becomes an event for the application.
 */
final class StreamVerifier {
  /** What a frame was. */
  enum Outcome {
    /** Nothing to deliver. */
    NOTHING,
    /** One message. */
    MESSAGE,
    /** Messages, each behind its length. */
    BATCH,
    /** The producer's authenticated end of the session. */
    END
  }

  private static final long MAX_AHEAD_MS = TimeUnit.HOURS.toMillis(48);
  private static final int SIGHTINGS = 3;
  private static final int INITIAL = 64 << 10;
  private static final long UNKNOWN = -1;

  private final SessionId session;
  private final SessionKey sessionKey;
  private final LongSupplier clockMs;
  private final AesGcm gcm = new AesGcm();
  private final ArrayDeque<HydraException> events = new ArrayDeque<>();
  private byte[] plaintext = new byte[INITIAL];
  private int plaintextLength;

  // The position: survives connections.
  private long stream;
  private long epoch;
  private byte[] transcript = new byte[0];
  private long next;
  private boolean hasNext;
  private boolean streamEnded;

  // The epoch on this connection.
  private @Nullable EpochKeys keys;
  private @Nullable Head head;
  private boolean epochEnded;

  // What the relay has announced on this connection.
  private long announcedStream;
  private long announcedSeq;
  private long expected = UNKNOWN;
  private Control.@Nullable Gap announcedGap;

  // A failure at one place, and how often it has been seen.
  private @Nullable ErrorCode failure;
  private long failureSeq;
  private int sightings;

  StreamVerifier(SessionId session, SessionKey sessionKey, LongSupplier clockMs) {
    this.session = session;
    this.sessionKey = sessionKey;
    this.clockMs = clockMs;
  }

  // ---- position ----

  /** Whether a stream is known, so that a connection can go on where the last one stopped. */
  boolean hasPosition() {
    return hasNext;
  }

  long stream() {
    return stream;
  }

  long next() {
    return next;
  }

  // ---- connection ----

  /** A connection begins: JOINED announces the first frame to come, (0, 0) if there is no HEAD yet. */
  void connected(long joinedStream, long joinedSeq) {
    announcedStream = joinedStream;
    announcedSeq = joinedSeq;
    expected = UNKNOWN;
    announcedGap = null;
    head = null;
  }

  /** The relay says that frames will not be delivered. */
  void gapAnnounced(Control.Gap gap) {
    announcedGap = gap;
  }

  /** What the application has to be told before anything else is delivered, or null. */
  @Nullable HydraException pollEvent() {
    return events.poll();
  }

  // ---- HEAD ----

  /**
   * Takes a HEAD.
   *
   * @param frame the whole frame
   * @throws AuthenticationException CORRUPT, STALE_EPOCH, BAD_SIGNATURE, WRONG_KEY or NOT_RECIPIENT
   */
  void head(byte[] frame) {
    Head candidate = parse(frame);
    byte[] t = candidate.transcript(session);
    checkFresh(candidate, t);
    if (session.isOwned() && !candidate.isSignedBy(session)) {
      throw new AuthenticationException(
          ErrorCode.BAD_SIGNATURE, "an epoch without the owner's signature");
    }
    if (candidate.hasStanzas()) {
      throw new AuthenticationException(
          ErrorCode.NOT_RECIPIENT, "this epoch is sealed to recipients, and this is none of them");
    }
    if (candidate.isSigned()) {
      throw new ProtocolException(
          ErrorCode.UNSUPPORTED,
          "this epoch is signed frame by frame, which this version cannot check");
    }
    boolean firstOfConnection = head == null;
    boolean sameEpoch = keys != null && candidate.epoch() == epoch && Arrays.equals(t, transcript);
    if (!sameEpoch) {
      openEpoch(candidate, t);
    }
    head = candidate;
    if (!firstOfConnection && !sameEpoch) {
      expected = candidate.first();
    }
  }

  private Head parse(byte[] frame) {
    try {
      return Head.parse(frame, session);
    } catch (ProtocolException e) {
      throw new AuthenticationException(ErrorCode.CORRUPT, "a malformed HEAD", e);
    }
  }

  private void checkFresh(Head candidate, byte[] t) {
    if (candidate.epoch() < epoch
        || (candidate.epoch() == epoch && !Arrays.equals(t, transcript))
        || candidate.stream() < stream) {
      throw new AuthenticationException(
          ErrorCode.STALE_EPOCH, "an epoch older than one already seen: a replay");
    }
    if (candidate.epoch() > clockMs.getAsLong() + MAX_AHEAD_MS) {
      throw new AuthenticationException(
          ErrorCode.STALE_EPOCH, "an epoch from more than 48 hours in the future");
    }
  }

  private void openEpoch(Head candidate, byte[] t) {
    EpochKeys fresh = new EpochKeys(sessionKey, candidate.salt(), t);
    if (!Hashes.constantTimeEquals(
        fresh.commit(), candidate.commit())) {
      throw new AuthenticationException(
          ErrorCode.WRONG_KEY, "the session key does not open this session");
    }
    EpochKeys old = keys;
    if (old != null) {
      old.destroy();
    }
    keys = fresh;
    epoch = candidate.epoch();
    transcript = t;
    epochEnded = false;
    if (candidate.stream() == stream) {
      continueStream(candidate.first());
    } else {
      newStream(candidate);
    }
  }

  private void continueStream(long first) {
    if (hasNext && first > next) {
      events.add(new GapException(stream, next, first, "the producer no longer had them"));
      next = first;
    }
  }

  private void newStream(Head candidate) {
    if (hasNext && !streamEnded) {
      events.add(
          new TruncatedException(
              "stream " + stream + " stopped at frame " + next + " without its end;"
                  + " another stream of this session follows"));
    }
    stream = candidate.stream();
    next = candidate.first();
    // a consumer that had no position yet begins wherever the relay's first frame is
    streamEnded = false;
  }

  // ---- frames ----

  /**
   * Takes a relayed frame other than HEAD.
   *
   * @param frame holds it
   * @param offset where it begins
   * @param length its length, the length field included
   * @return what it was; the plaintext is in {@link #plaintext()}
   * @throws AuthenticationException CORRUPT, REPLAY or GAP: nothing is delivered, the connection has to
   *     be made anew
   * @throws ProtocolException if it is authentic and malformed: fatal
   */
  Outcome frame(byte[] frame, int offset, int length) {
    EpochKeys current = keys;
    Head opened = head;
    if (current == null || opened == null || length < Frames.OVERHEAD) {
      throw new AuthenticationException(ErrorCode.CORRUPT, "a frame that no HEAD announced");
    }
    int type = frame[offset + Frames.TYPE_OFFSET] & 0xFF;
    long seq = Frames.u64(frame, offset + Frames.SEQ_OFFSET);
    checkOrder(opened, seq);
    if (!open(current, seq, frame, offset, length)) {
      tagFailed(seq);
      return Outcome.NOTHING;
    }
    if (epochEnded) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "an authentic frame behind the end");
    }
    expected = seq + 1;
    announcedGap = null;
    Outcome outcome = outcome(type);
    if (hasNext && seq < next) {
      return Outcome.NOTHING; // delivered already, before the producer had to start over
    }
    if (hasNext && seq > next) {
      events.add(new GapException(stream, next, seq, "the relay no longer had them"));
    }
    hasNext = true;
    next = seq + 1;
    sightings = 0;
    if (type == Frames.END) {
      epochEnded = true;
      streamEnded = true;
    }
    return outcome;
  }

  private void checkOrder(Head opened, long seq) {
    if (seq < 0 || seq >= Frames.SEQ_LIMIT) {
      throw new AuthenticationException(ErrorCode.CORRUPT, "a frame with an impossible sequence");
    }
    if (expected != UNKNOWN ? seq == expected : isExpectedFirst(opened, seq)) {
      return;
    }
    Control.Gap gap = announcedGap;
    if (gap != null && gap.stream() == stream && gap.to() == seq && seq > expected) {
      return;
    }
    long due = expected != UNKNOWN ? expected : firstDue(opened);
    if (seq < due) {
      throw new AuthenticationException(
          ErrorCode.REPLAY, "frame " + seq + " came again where frame " + due + " is due");
    }
    if (!isThirdSighting(ErrorCode.GAP, due)) {
      throw new AuthenticationException(
          ErrorCode.GAP, "frame " + seq + " came where frame " + due + " is due");
    }
  }

  private boolean isExpectedFirst(Head opened, long seq) {
    return seq == opened.first() || (opened.stream() == announcedStream && seq == announcedSeq);
  }

  private long firstDue(Head opened) {
    return opened.stream() == announcedStream ? announcedSeq : opened.first();
  }

  private boolean open(EpochKeys current, long seq, byte[] frame, int offset, int length) {
    int sealed = length - Frames.HEADER;
    int needed = sealed - Frames.TAG;
    if (plaintext.length < needed) {
      plaintext = new byte[needed];
    }
    plaintextLength = needed;
    return gcm.open(
        current.key(seq),
        current.nonce(seq),
        frame,
        offset,
        Frames.HEADER,
        frame,
        offset + Frames.HEADER,
        sealed,
        plaintext,
        0);
  }

  /** A bit flipped on the producer's path comes again each time; it must not kill the session. */
  private void tagFailed(long seq) {
    if (!isThirdSighting(ErrorCode.CORRUPT, seq)) {
      throw new AuthenticationException(ErrorCode.CORRUPT, "frame " + seq + " does not verify");
    }
    if (!hasNext || seq >= next) {
      long from = hasNext ? next : seq;
      events.add(new GapException(stream, from, seq + 1, "it was changed on its way"));
      next = seq + 1;
      hasNext = true;
    }
    expected = seq + 1;
  }

  private boolean isThirdSighting(ErrorCode code, long seq) {
    if (failure != code || failureSeq != seq) {
      failure = code;
      failureSeq = seq;
      sightings = 0;
    }
    return ++sightings >= SIGHTINGS;
  }

  private Outcome outcome(int type) {
    switch (type) {
      case Frames.DATA:
        return Outcome.MESSAGE;
      case Frames.BATCH:
        checkBatch();
        return Outcome.BATCH;
      case Frames.TICK:
        require(plaintextLength == Frames.TICK_PLAINTEXT, "a TICK of wrong length");
        return Outcome.NOTHING;
      case Frames.END:
        require(plaintextLength == Frames.END_PLAINTEXT, "an END of wrong length");
        return plaintext[Frames.END_PLAINTEXT - 1] == Frames.END_FINAL
            ? Outcome.END
            : Outcome.NOTHING;
      default:
        throw new ProtocolException(
            ErrorCode.PROTOCOL, "a frame of type 0x" + Integer.toHexString(type));
    }
  }

  private void checkBatch() {
    int at = 0;
    while (at < plaintextLength) {
      require(plaintextLength - at >= Frames.BATCH_ITEM_PREFIX, "a BATCH that does not fill up");
      long length = Frames.u32(plaintext, at);
      at += Frames.BATCH_ITEM_PREFIX;
      require(length <= plaintextLength - at, "a BATCH that does not fill up");
      at += (int) length;
    }
    require(at > 0, "an empty BATCH");
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "authentic but malformed: " + problem);
    }
  }

  /** Holds the plaintext of the last frame, up to {@link #plaintextLength()}. */
  byte[] plaintext() {
    return plaintext;
  }

  int plaintextLength() {
    return plaintextLength;
  }

  void destroy() {
    EpochKeys last = keys;
    if (last != null) {
      last.destroy();
      keys = null;
    }
    Arrays.fill(plaintext, (byte) 0);
  }
}
