package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.GapMessage;
import org.jspecify.annotations.Nullable;

/**
 * Which frame may come next on one connection ({@code wire2.md} section 6, "Within an epoch"). What
 * the relay says in JOINED and GAP only permits a jump; what the jump leaves out is told by whoever
 * knows what was due. Not thread-safe.
 */
final class FrameOrder {
  private static final long UNKNOWN = -1;

  private final Beginning.Request asked;
  private final long joinedStream;
  private final long joinedSeq;

  /** What follows the frame opened last; unknown behind a HEAD. */
  private long expected = UNKNOWN;

  private boolean anyFrame;
  private @Nullable GapMessage gap;

  /**
   * A connection begins.
   *
   * @param request what JOIN asked for
   * @param stream what JOINED answered, 0 if there was no HEAD yet
   * @param seq the same
   */
  FrameOrder(Beginning.Request request, long stream, long seq) {
    asked = request;
    joinedStream = stream;
    joinedSeq = seq;
  }

  /** The relay says that frames will not be delivered. */
  void gap(GapMessage announced) {
    gap = announced;
  }

  /** A HEAD that has not come on this connection yet. */
  void head() {
    expected = UNKNOWN;
  }

  /** A frame has opened, or is passed over. */
  void opened(long seq) {
    expected = seq + 1;
    anyFrame = true;
    gap = null;
  }

  /**
   * Whether a frame may come here without anything being wrong.
   *
   * @param head the HEAD that it is under
   * @throws AuthenticationException CORRUPT or REPLAY if it cannot, whatever was lost
   */
  boolean permits(Head head, long seq) {
    if (seq < 0 || seq >= Frames.SEQ_LIMIT) {
      throw new AuthenticationException(ErrorCode.CORRUPT, "a frame with an impossible sequence");
    }
    if (expected != UNKNOWN ? seq == expected : isExpectedFirst(head, seq)) {
      return true;
    }
    GapMessage announced = gap;
    if (announced != null
        && announced.stream() == head.stream()
        && announced.to() == seq
        && seq > expected) {
      return true;
    }
    if (seq < due(head)) {
      throw new AuthenticationException(
          ErrorCode.REPLAY, "frame " + seq + " came again where frame " + due(head) + " is due");
    }
    return false;
  }

  private boolean isExpectedFirst(Head head, long seq) {
    return seq == head.first() || (isJoinedIn(head) && seq == joinedSeq);
  }

  /**
   * Whether JOINED says where to begin under this HEAD. Which HEAD it meant cannot be known, so in
   * every one of its stream until a frame has come; but not where that would be a jump from the
   * very place that was asked for: there GAP has to say so.
   */
  private boolean isJoinedIn(Head head) {
    return head.stream() == joinedStream
        && !anyFrame
        && !(asked.isAt(joinedStream) && joinedSeq > asked.seq());
  }

  /** The first frame that is due, for what is said about another one. */
  long due(Head head) {
    if (expected != UNKNOWN) {
      return expected;
    }
    return isJoinedIn(head) ? joinedSeq : head.first();
  }
}
