package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.check.ClockText;
import io.hydrasync.protocol.wire.Head;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The epoch that a producer's frames are sealed in.
 *
 * @param sealer its keys and its sequence
 * @param epoch its number
 * @param stream the stream that it belongs to
 * @param first sequence of its first frame
 * @param digest the name of its HEAD in ACK
 */
public record ProducerEpoch(
    FrameSealer sealer, long epoch, long stream, long first, byte[] digest) {
  private static final long MAX_AHEAD_MS = TimeUnit.HOURS.toMillis(24);
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * Opens epochs, each with a number above all that went before.
   *
   * @param session the session, borrowed
   * @param numbers remembers the last one
   * @param clockMs the time of day
   */
  public record Opener(SessionSecrets session, EpochNumbers numbers, LongSupplier clockMs) {
    /** The first epoch of a new stream. */
    public ProducerEpoch newStream(long relayEpoch) {
      long epoch = nextNumber(relayEpoch);
      return open(epoch, epoch, 0);
    }

    /** Another epoch of a stream, from a sequence on. */
    ProducerEpoch continuing(long relayEpoch, long stream, long first) {
      return open(nextNumber(relayEpoch), stream, first);
    }

    private long nextNumber(long relayEpoch) {
      long now = clockMs.getAsLong();
      checkAhead(relayEpoch, now, "the relay has an epoch of this session");
      checkAhead(numbers.last(), now, numbers.describe());
      return Math.max(now, Math.max(numbers.last(), relayEpoch) + 1);
    }

    private static void checkAhead(long epoch, long now, String what) {
      if (epoch > now + MAX_AHEAD_MS) {
        throw new AuthenticationException(
            ErrorCode.STALE_EPOCH,
            what
                + " from "
                + ClockText.utc(epoch)
                + ", but this machine's clock says "
                + ClockText.utc(now)
                + ", "
                + ClockText.apart(epoch, now)
                + " behind that: put this clock right; or, if it is, another one was wrong when that"
                + " epoch was opened, and only another session is of use until then");
      }
    }

    private ProducerEpoch open(long epoch, long stream, long first) {
      numbers.note(epoch);
      byte[] salt = new byte[Head.SALT_LENGTH];
      RANDOM.nextBytes(salt);
      FrameSealer sealer =
          FrameSealer.open(
              session.id(), session.key(), session.owner(), epoch, stream, first, 0, salt);
      byte[] digest = Head.parse(sealer.head(), session.id()).digest();
      return new ProducerEpoch(sealer, epoch, stream, first, digest);
    }
  }
}
