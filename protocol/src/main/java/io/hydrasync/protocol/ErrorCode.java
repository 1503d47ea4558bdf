package io.hydrasync.protocol;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong, as the relay says it in an ERROR frame ({@code wire2.md} section 7) or as a
 * client finds out by itself. Thread-safe, as every enum.
 */
public enum ErrorCode {
  /** A frame that the protocol does not allow: malformed, out of place or out of order. */
  PROTOCOL(1, 0),
  /** A frame or message larger than the relay takes. */
  TOO_BIG(2, 0),
  /** The handshake or join took too long, or the peer fell silent. */
  TIMEOUT(3, 1_000),
  /** The relay asks for a credential and got none, or one that does not allow this role. */
  UNAUTHORIZED(4, ErrorCode.NEVER),
  /** The proof that the producer owns the session id is missing or wrong. */
  NOT_OWNER(5, ErrorCode.NEVER),
  /** The session has a producer already. */
  PRODUCER_EXISTS(6, 1_000),
  /** No producer has opened the session, and the consumer asked not to wait. */
  NO_SESSION(7, 1_000),
  /** The consumer did not take its data in time and others were waiting for it. */
  TOO_SLOW(8, 0),
  /** A limit of the relay is reached: connections, memory, handshakes. */
  LIMIT(9, 5_000),
  /** Another connection of the same producer, or another producer of the owner, took over. */
  REPLACED(10, ErrorCode.NEVER),
  /** An operator closed the connection. */
  KICKED(11, ErrorCode.NEVER),
  /** The relay is shutting down. */
  SHUTDOWN(12, 1_000),
  /** A request that this relay or endpoint does not support or permit. */
  UNSUPPORTED(13, ErrorCode.NEVER),
  /** A fault inside the relay, or inside this library. */
  INTERNAL(14, 1_000),

  /**
   * The relay's static key is not the pinned one, or that cannot be read. Found by the client;
   * never retried.
   */
  RELAY_KEY_MISMATCH(ErrorCode.LOCAL, ErrorCode.NEVER),
  /** The peer speaks another version of the protocol. Found by the client. */
  VERSION(ErrorCode.LOCAL, ErrorCode.NEVER),
  /** The session key does not belong to this session. Found by the consumer. */
  WRONG_KEY(ErrorCode.LOCAL, 0),
  /** The epoch is sealed for other recipients. Found by the consumer; never retried. */
  NOT_RECIPIENT(ErrorCode.LOCAL, ErrorCode.NEVER),
  /** Bytes were changed on the way. Found by the client. */
  CORRUPT(ErrorCode.LOCAL, 0),
  /** A frame came a second time. Found by the consumer. */
  REPLAY(ErrorCode.LOCAL, 0),
  /** Frames are missing. Found by or announced to the consumer. */
  GAP(ErrorCode.LOCAL, 0),
  /** An epoch older than one already seen, or one from the future. Found by the client. */
  STALE_EPOCH(ErrorCode.LOCAL, 0),
  /** The owner's signature under an epoch does not verify. Found by the consumer. */
  BAD_SIGNATURE(ErrorCode.LOCAL, 0),
  /** The session stopped without the producer's authenticated end. Found by the consumer. */
  TRUNCATED(ErrorCode.LOCAL, ErrorCode.NEVER),
  /** Nothing has come for a long time although the producer is said to be live. */
  STALLED(ErrorCode.LOCAL, 0),
  /** The connection could not be made, or broke. Found by the client. */
  DISCONNECTED(ErrorCode.LOCAL, 0),
  /** The thread was interrupted in a call that would have waited. Found by the client. */
  INTERRUPTED(ErrorCode.LOCAL, 0),
  /** The application has closed what it calls. Found by the client. */
  CLOSED(ErrorCode.LOCAL, ErrorCode.NEVER);

  /** Do not try again. */
  private static final int NEVER = -1;

  private static final int LOCAL = 0;

  private final int wireCode;
  private final @Nullable Duration defaultRetryAfter;

  ErrorCode(int wireCode, int retryMs) {
    this.wireCode = wireCode;
    defaultRetryAfter = retryMs == ErrorCode.NEVER ? null : Duration.ofMillis(retryMs);
  }

  /**
   * The number of this error in an ERROR frame.
   *
   * @return 1 to 14, or 0 for an error that only a client can find and that is never sent
   */
  public int wireCode() {
    return wireCode;
  }

  /**
   * How long to wait before another attempt, where the relay did not say.
   *
   * @return 0 or more; empty if no other attempt will do
   */
  public Optional<Duration> defaultRetryAfter() {
    return Optional.ofNullable(defaultRetryAfter);
  }

  /**
   * Whether what went wrong may be right at another attempt with the same arguments. Not what
   * {@link #defaultRetryAfter()} says: a client tries again by itself where damage on the way could
   * look like a wrong key or a stale epoch, but once it has told its application, only another key
   * or clock helps.
   *
   * @return false for what will come again
   */
  boolean isTransient() {
    return switch (this) {
      case PROTOCOL, TOO_BIG, WRONG_KEY, STALE_EPOCH, BAD_SIGNATURE -> false;
      default -> defaultRetryAfter != null;
    };
  }

  /**
   * The error of an ERROR frame.
   *
   * @param wireCode the number that the relay sent
   * @return the error, or empty for a number that this version does not know
   */
  public static Optional<ErrorCode> ofWireCode(int wireCode) {
    for (ErrorCode code : values()) {
      if (code.wireCode == wireCode && wireCode != LOCAL) {
        return Optional.of(code);
      }
    }
    return Optional.empty();
  }
}
