package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.check.ClockText;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.Head;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The checks of a HEAD, in the order of {@code wire2.md} section 6. Keeps no state between HEADs.
 */
public final class HeadVerifier {
  private static final long MAX_AHEAD_MS = TimeUnit.HOURS.toMillis(48);

  private final SessionId session;
  private final SessionKey sessionKey;
  private final LongSupplier clockMs;

  /**
   * A HEAD that is fresh and the owner's.
   *
   * @param head the HEAD
   * @param transcript its T
   */
  public record Checked(Head head, byte[] transcript) {}

  public HeadVerifier(SessionId session, SessionKey sessionKey, LongSupplier clockMs) {
    this.session = session;
    this.sessionKey = sessionKey;
    this.clockMs = clockMs;
  }

  /**
   * Checks all that needs no key.
   *
   * @param frame the whole frame
   * @param stream the newest stream seen
   * @param epoch the newest epoch seen
   * @param transcript the T of that epoch's HEAD, or empty if not known
   * @throws AuthenticationException CORRUPT, STALE_EPOCH, BAD_SIGNATURE or NOT_RECIPIENT
   */
  public Checked check(byte[] frame, long stream, long epoch, byte[] transcript) {
    Head head = parse(frame);
    byte[] t = head.transcript(session);
    if (head.epoch() < epoch) {
      throw older("an epoch", head.epoch(), epoch);
    }
    if (head.stream() < stream) {
      throw older("a stream", head.stream(), stream);
    }
    if (head.epoch() == epoch && transcript.length > 0 && !Arrays.equals(t, transcript)) {
      throw new AuthenticationException(
          ErrorCode.STALE_EPOCH, "another epoch with the number of one already seen: a replay");
    }
    checkAhead(head.epoch());
    if (session.isOwned() && !head.isSignedBy(session)) {
      throw new AuthenticationException(
          ErrorCode.BAD_SIGNATURE, "an epoch without the owner's signature");
    }
    if (head.hasStanzas()) {
      throw new AuthenticationException(
          ErrorCode.NOT_RECIPIENT, "this epoch is sealed to recipients, and this is none of them");
    }
    if (head.isSigned()) {
      throw new ProtocolException(
          ErrorCode.UNSUPPORTED,
          "this epoch is signed frame by frame, which this version cannot check");
    }
    return new Checked(head, t);
  }

  private static AuthenticationException older(String what, long number, long seen) {
    return new AuthenticationException(
        ErrorCode.STALE_EPOCH,
        what
            + " from "
            + ClockText.utc(number)
            + ", older than one already seen, from "
            + ClockText.utc(seen)
            + ": a replay, or the producer's clock has been set back by at least "
            + ClockText.apart(number, seen));
  }

  private void checkAhead(long epoch) {
    long now = clockMs.getAsLong();
    if (epoch > now + MAX_AHEAD_MS) {
      throw new AuthenticationException(
          ErrorCode.STALE_EPOCH,
          "an epoch from the future: the producer's clock says "
              + ClockText.utc(epoch)
              + ", this machine's "
              + ClockText.utc(now)
              + ", "
              + ClockText.apart(epoch, now)
              + " behind it; one of the two is wrong");
    }
  }

  /** Whether a flipped bit can be the cause. */
  static boolean isDamage(ErrorCode code) {
    return code == ErrorCode.CORRUPT
        || code == ErrorCode.BAD_SIGNATURE
        || code == ErrorCode.WRONG_KEY;
  }

  private Head parse(byte[] frame) {
    try {
      return Head.parse(frame, session);
    } catch (ProtocolException e) {
      throw new AuthenticationException(ErrorCode.CORRUPT, "a malformed HEAD", e);
    }
  }

  /**
   * Derives the epoch's keys and checks that they are those that the HEAD commits to.
   *
   * @throws AuthenticationException WRONG_KEY
   */
  EpochKeys open(Checked checked) {
    Head head = checked.head;
    EpochKeys keys = new EpochKeys(sessionKey, head.salt(), checked.transcript);
    if (!Hashes.constantTimeEquals(keys.commit(), head.commit())) {
      throw new AuthenticationException(
          ErrorCode.WRONG_KEY, "the session key does not open this session");
    }
    return keys;
  }
}
