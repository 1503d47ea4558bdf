package io.hydrasync.bench.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/**
 * What the messages of every benchmark hold: their sequence, and then bytes of a fixed random table
 * from a place that depends on it, so that a message that is damaged, lost, repeated or out of
 * order is noticed. A message has 8 bytes to 64 KiB.
 *
 * <p>Comparing costs every peer the same few nanoseconds; what the fastest of them costs is not
 * much more, so this is done a vector at a time.
 */
public final class Payload {
  private static final int MOST_BYTES = 64 << 10;
  private static final int STARTS = 1 << 9;
  private static final byte[] TABLE = new byte[STARTS * Long.BYTES + MOST_BYTES];
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  static {
    new Random(42).nextBytes(TABLE);
  }

  private Payload() {}

  private static int start(long seq) {
    return ((int) seq & STARTS - 1) * Long.BYTES;
  }

  /** Writes the message of a sequence. */
  public static void fill(byte[] message, int length, long seq) {
    LONG.set(message, 0, seq);
    System.arraycopy(TABLE, start(seq), message, Long.BYTES, length - Long.BYTES);
  }

  /** Whether bytes are the message of a sequence, and no more. */
  public static boolean matches(byte[] bytes, int offset, int length, int wanted, long seq) {
    int start = start(seq);
    return length == wanted
        && (long) LONG.get(bytes, offset) == seq
        && Arrays.equals(
            bytes, offset + Long.BYTES, offset + length, TABLE, start, start + length - Long.BYTES);
  }

  /** Compares buffers; for one thread. */
  public static final class Check {
    private final byte[] copy;

    /** For messages of up to {@code mostBytes}. */
    public Check(int mostBytes) {
      copy = new byte[mostBytes];
    }

    /** Whether what remains in a buffer is the message of a sequence, and no more; reads it. */
    public boolean matches(ByteBuffer bytes, int wanted, long seq) {
      if (bytes.remaining() != wanted) {
        return false;
      }
      bytes.get(copy, 0, wanted); // one call is cheaper than looking at a buffer several times
      return Payload.matches(copy, 0, wanted, wanted, seq);
    }
  }
}
