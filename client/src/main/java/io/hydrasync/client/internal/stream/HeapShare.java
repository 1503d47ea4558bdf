package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one client may take of the heap: a ring by default, an asked-for ring at most, and a message
 * (decision 30). Immutable.
 *
 * @param heapBytes the JVM's largest heap
 */
public record HeapShare(long heapBytes) {
  /** This JVM's, as it was started. */
  public static final HeapShare OF_THIS_JVM = new HeapShare(Runtime.getRuntime().maxMemory());

  private static final long USUAL_RING = 64L << 20;

  /** Chunks may be filled by half, so that the default ring takes a quarter at most. */
  private static final int RING_SHARE = 8;

  /**
   * How often a message is in the heap at its worst: with the application, in the ring together
   * with the one before it, and in plaintext while the ring is sealed anew. A consumer has it in
   * the buffer that it came in, twice while that grows, and in plaintext.
   */
  private static final int COPIES = 4;

  /** How many bytes of frames a ring keeps where nothing else was asked for. */
  public long defaultRing() {
    return Math.min(USUAL_RING, heapBytes / RING_SHARE);
  }

  /**
   * Refuses a ring that would end in an OutOfMemoryError, on whichever thread.
   *
   * @throws IllegalArgumentException if it takes more than three quarters of the heap
   */
  public void checkRing(long ringBytes) {
    long most = heapBytes / 4 * 3;
    if (ringBytes > most) {
      throw new IllegalArgumentException(
          "a ring of "
              + size(mebibytes(ringBytes))
              + " is too large: this JVM's heap of "
              + size(heapBytes >> 20)
              + " (-Xmx) has room for one of "
              + size(most >> 20)
              + " at most");
    }
  }

  /** The largest message that can be sent or received. */
  public int largestMessage() {
    return (int) Math.min(Integer.MAX_VALUE, heapBytes / COPIES);
  }

  /**
   * What is told where a message is larger than that, or there is no memory for it at present.
   *
   * @param what the message, such as {@code a message}
   * @param bytes how long it is
   * @param cause that there was no memory, or null
   */
  public ProtocolException tooBig(String what, long bytes, @Nullable OutOfMemoryError cause) {
    String text =
        String.format(
            Locale.ROOT,
            "%s of %d bytes needs %d MiB of heap, and this JVM has %d MiB (-Xmx)%s",
            what,
            bytes,
            mebibytes(bytes * COPIES),
            heapBytes >> 20,
            cause == null ? "" : ", much of it in use");
    ProtocolException problem = new ProtocolException(ErrorCode.TOO_BIG, text);
    if (cause != null) {
      problem.addSuppressed(cause);
    }
    return problem;
  }

  /**
   * An array for a message.
   *
   * @param what the message, such as {@code a message}
   * @throws ProtocolException TOO_BIG if there is no memory for it
   */
  public byte[] array(String what, int length) {
    try {
      return new byte[length];
    } catch (OutOfMemoryError e) {
      throw tooBig(what, length, e);
    }
  }

  /** Rounded up. */
  private static long mebibytes(long bytes) {
    return (bytes >> 20) + ((bytes & (1 << 20) - 1) == 0 ? 0 : 1);
  }

  /** As people write it. */
  private static String size(long mebibytes) {
    return mebibytes % 1024 == 0 || mebibytes >= 100 << 10
        ? (mebibytes >> 10) + " GiB"
        : mebibytes + " MiB";
  }
}
