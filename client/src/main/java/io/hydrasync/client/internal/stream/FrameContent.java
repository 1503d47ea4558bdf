package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Frames;

/** What an authentic plaintext has to look like. Stateless. */
public final class FrameContent {
  private FrameContent() {}

  /**
   * Checks an authentic plaintext.
   *
   * @param type of the frame
   * @param plaintext holds it, from 0
   * @param length its length
   * @return what it is
   * @throws ProtocolException if it is malformed, which only the producer can have done: fatal
   */
  public static StreamVerifier.Outcome check(int type, byte[] plaintext, int length) {
    switch (type) {
      case Frames.DATA:
        return StreamVerifier.Outcome.MESSAGE;
      case Frames.BATCH:
        checkBatch(plaintext, length);
        return StreamVerifier.Outcome.BATCH;
      case Frames.TICK:
        require(length == Frames.TICK_PLAINTEXT, "a TICK of wrong length");
        return StreamVerifier.Outcome.TICK;
      case Frames.END:
        require(length == Frames.END_PLAINTEXT, "an END of wrong length");
        return end(plaintext) == StreamEnd.SESSION
            ? StreamVerifier.Outcome.END
            : StreamVerifier.Outcome.NOTHING;
      default:
        throw new ProtocolException(
            ErrorCode.PROTOCOL, "a frame of type 0x" + Integer.toHexString(type));
    }
  }

  /**
   * What an END says of its stream: that the session is over, that another stream may follow, or
   * that this one goes on under another epoch.
   *
   * @param plaintext of an END of the right length
   * @throws ProtocolException if it says anything else
   */
  static StreamEnd end(byte[] plaintext) {
    return switch (plaintext[Frames.END_PLAINTEXT - 1]) {
      case Frames.END_LEAVES -> StreamEnd.STREAM;
      case Frames.END_FINAL -> StreamEnd.SESSION;
      case Frames.END_ROTATES -> StreamEnd.NONE;
      default ->
          throw new ProtocolException(
              ErrorCode.PROTOCOL, "authentic but malformed: an END of a kind that does not exist");
    };
  }

  private static void checkBatch(byte[] plaintext, int length) {
    int at = 0;
    while (at < length) {
      require(length - at >= Frames.BATCH_ITEM_PREFIX, "a BATCH that does not fill up");
      long item = Frames.u32(plaintext, at);
      at += Frames.BATCH_ITEM_PREFIX;
      require(item <= length - at, "a BATCH that does not fill up");
      at += (int) item;
    }
    require(at > 0, "an empty BATCH");
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "authentic but malformed: " + problem);
    }
  }
}
