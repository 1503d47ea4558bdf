package io.hydrasync.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/**
 * What the messages of every benchmark hold: their sequence, and then words of a fixed random table
 * that depend on it, so that a message that is damaged, lost, repeated or out of order is noticed.
 * Stateless; a message has at least 8 bytes.
 */
final class Payload {
  private static final int TABLE = 1 << 13;
  private static final long[] WORDS = new Random(42).longs(TABLE).toArray();
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Payload() {}

  /** Writes the message of a sequence. */
  static void fill(byte[] message, int length, long seq) {
    LONG.set(message, 0, seq);
    int at = (int) seq;
    int i = Long.BYTES;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      LONG.set(message, i, WORDS[++at & TABLE - 1]);
    }
    for (; i < length; i++) {
      message[i] = (byte) WORDS[++at & TABLE - 1];
    }
  }

  /** Whether bytes are the message of a sequence, and no more. */
  static boolean matches(byte[] bytes, int offset, int length, int wanted, long seq) {
    if (length != wanted) {
      return false;
    }
    long difference = (long) LONG.get(bytes, offset) ^ seq;
    int at = (int) seq;
    int i = Long.BYTES;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      difference |= (long) LONG.get(bytes, offset + i) ^ WORDS[++at & TABLE - 1];
    }
    for (; i < length; i++) {
      difference |= bytes[offset + i] ^ (byte) WORDS[++at & TABLE - 1];
    }
    return difference == 0;
  }

  /** Whether what remains in a buffer is the message of a sequence, and no more. */
  static boolean matches(ByteBuffer bytes, int wanted, long seq) {
    int offset = bytes.position();
    if (bytes.remaining() != wanted) {
      return false;
    }
    long difference = bytes.getLong(offset) ^ seq;
    int at = (int) seq;
    int i = Long.BYTES;
    for (; i + Long.BYTES <= wanted; i += Long.BYTES) {
      difference |= bytes.getLong(offset + i) ^ WORDS[++at & TABLE - 1];
    }
    for (; i < wanted; i++) {
      difference |= bytes.get(offset + i) ^ (byte) WORDS[++at & TABLE - 1];
    }
    return difference == 0;
  }
}
