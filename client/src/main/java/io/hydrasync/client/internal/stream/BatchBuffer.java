package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.wire.Frames;
import java.util.Arrays;

/**
 * The plaintext of a BATCH while messages are written into it: each behind its u32 length. Grows to
 * 64 KiB and no further. Not thread-safe.
 */
public final class BatchBuffer {
  /** Largest plaintext of a BATCH. */
  static final int MAX_BYTES = 64 << 10;

  private static final int INITIAL = 4 << 10;

  private byte[] bytes = new byte[INITIAL];
  private int length;
  private int count;

  /** Whether a message of this size can ever stand in a batch. */
  public static boolean takes(int messageBytes) {
    return messageBytes <= MAX_BYTES - Frames.BATCH_ITEM_PREFIX;
  }

  public boolean hasRoom(int messageBytes) {
    return length + Frames.BATCH_ITEM_PREFIX + messageBytes <= MAX_BYTES;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /** Whether there is one message. */
  public boolean isSingle() {
    return count == 1;
  }

  public void add(byte[] message, int offset, int messageBytes) {
    int needed = length + Frames.BATCH_ITEM_PREFIX + messageBytes;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.min(MAX_BYTES, Math.max(needed, 2 * bytes.length)));
    }
    System.arraycopy(message, offset, bytes, length + Frames.BATCH_ITEM_PREFIX, messageBytes);
    Frames.putU32(bytes, length, messageBytes);
    length = needed;
    count++;
  }

  /** DATA for one message, which then needs no length, BATCH for more. */
  public int type() {
    return isSingle() ? Frames.DATA : Frames.BATCH;
  }

  public byte[] bytes() {
    return bytes;
  }

  public int plaintextOffset() {
    return isSingle() ? Frames.BATCH_ITEM_PREFIX : 0;
  }

  public int plaintextLength() {
    return length - plaintextOffset();
  }

  public void clear() {
    length = 0;
    count = 0;
  }
}
