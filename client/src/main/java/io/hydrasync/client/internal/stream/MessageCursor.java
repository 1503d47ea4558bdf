package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Frames;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Hands out the messages of an opened frame, one after the other, without copying. Not thread-safe.
 */
public final class MessageCursor {
  private byte[] viewed = new byte[0];
  private ByteBuffer view = ByteBuffer.allocate(0).asReadOnlyBuffer();
  private boolean pending;
  private boolean batch;
  private int at;
  private int end;
  private int handedOut;

  /**
   * Takes a frame.
   *
   * @param plaintext holds it from 0; borrowed until the last message has been handed out
   * @param length its length
   * @param isBatch whether each message stands behind its length
   * @param skip how many messages are not to be handed out
   * @throws ProtocolException if it does not hold more than those
   */
  public void take(byte[] plaintext, int length, boolean isBatch, int skip) {
    if (viewed != plaintext) {
      view = ByteBuffer.wrap(plaintext).asReadOnlyBuffer(); // first: there may be no memory for it
      viewed = plaintext;
    }
    at = 0;
    end = length;
    batch = isBatch;
    pending = true;
    handedOut = 0;
    for (int i = 0; i < skip; i++) {
      if (pending) {
        next();
      }
    }
    if (!pending) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL,
          "the position that was given does not fit: its frame holds fewer messages");
    }
  }

  /** Whether the frame has more messages. */
  public boolean isPending() {
    return pending;
  }

  /** How many messages of the frame have been handed out or skipped. */
  public int handedOut() {
    return handedOut;
  }

  /** The next message; the view is the same object each time. */
  public ByteBuffer next() {
    int from = 0;
    int to = end;
    if (batch) {
      from = at + Frames.BATCH_ITEM_PREFIX;
      to = from + (int) Frames.u32(viewed, at);
      at = to;
    }
    handedOut++;
    pending = to != end;
    return view.clear().limit(to).position(from).order(ByteOrder.BIG_ENDIAN);
  }
}
