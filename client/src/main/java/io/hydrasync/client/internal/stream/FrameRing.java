package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.wire.Frames;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedList;
import org.jspecify.annotations.Nullable;

/**
 * The sealed bytes of a producer's last frames, acknowledged or not, so that they can be sent again
 * ({@code wire2.md} section 6, "Producer").
 *
 * <p>Frames are sealed straight into chunks; a chunk holds whole frames of one epoch, in order. The
 * oldest chunk goes when the ring is over its size, all of its frames are acknowledged, and two
 * frames remain behind it. Chunks of the usual size are used again, so that nothing is allocated
 * once the ring is full. Not thread-safe: the producer's link lock covers it.
 */
public final class FrameRing {
  private static final int FIRST_CHUNK = 64 << 10;
  private static final int LARGEST_CHUNK = 1 << 20;
  private static final int CHUNKS = 16;
  private static final int GROWTH = 4;

  private final long capacity;

  /** The usual size of a chunk; less in a small ring, which goes by whole chunks. */
  private final int usualChunk;

  /** A list that is as it was where there is no memory for one more; ArrayDeque is not. */
  private final LinkedList<Chunk> chunks = new LinkedList<>();

  private @Nullable Chunk spare;
  private int nextChunk = FIRST_CHUNK;
  private long bytes;

  /** Frames of one epoch, one behind the other. */
  public static final class Chunk {
    public final byte[] data;
    private FrameSealer epoch;
    private long first;
    private int count;
    private int length;
    // Where offsetOf was asked for last: it is asked for later and later frames.
    private long knownSeq;
    private int knownOffset;

    private Chunk(int size, FrameSealer epoch) {
      data = new byte[size];
      this.epoch = epoch;
    }

    /** Sequence of its first frame. */
    long first() {
      return first;
    }

    /** Sequence behind its last frame. */
    long next() {
      return first + count;
    }

    /** Bytes of its frames. */
    public int length() {
      return length;
    }

    /** Where the frame of a sequence begins; {@link #length()} for {@link #next()}. */
    int offsetOf(long seq) {
      if (seq < knownSeq || knownSeq < first) {
        knownSeq = first;
        knownOffset = 0;
      }
      while (knownSeq < seq) {
        knownOffset += frameLength(knownOffset);
        knownSeq++;
      }
      return knownOffset;
    }

    /** Bytes of the frame that begins at an offset. */
    int frameLength(int offset) {
      return Frames.LEN_BYTES + (int) Frames.u32(data, offset);
    }
  }

  /**
   * A ring.
   *
   * @param capacity bytes of frames that are kept, and that may be unacknowledged; a frame that is
   *     larger is taken all the same, once what is before it is acknowledged
   */
  FrameRing(long capacity) {
    this.capacity = capacity;
    usualChunk = (int) Math.max(FIRST_CHUNK, Math.min(LARGEST_CHUNK, capacity / CHUNKS));
  }

  /**
   * Whether a frame may be added; lets go of acknowledged ones as far as that takes.
   *
   * @param acknowledged all frames below may go
   */
  boolean makeRoom(int frameBytes, long acknowledged) {
    while (bytes + frameBytes > capacity && chunks.size() > 1) {
      Chunk oldest = chunks.getFirst();
      long framesBehind = chunks.getLast().next() - oldest.next();
      if (oldest.next() > acknowledged || framesBehind < 2) {
        break;
      }
      chunks.removeFirst();
      bytes -= oldest.length;
      if (oldest.data.length == usualChunk) {
        spare = oldest;
      }
    }
    return bytes + frameBytes <= capacity
        || chunks.isEmpty()
        || chunks.getLast().next() <= acknowledged;
  }

  /**
   * Seals a frame into the ring.
   *
   * @param sealer the current epoch
   * @return the chunk that it is in, at the end
   */
  Chunk seal(FrameSealer sealer, int type, byte[] plaintext, int offset, int length) {
    int frameBytes = length + Frames.OVERHEAD;
    Chunk chunk = chunkFor(sealer, frameBytes);
    long seq = sealer.next();
    sealer.seal(type, plaintext, offset, length, chunk.data, chunk.length);
    if (chunk.count == 0) {
      chunk.first = seq;
      chunk.knownSeq = seq;
      chunk.knownOffset = 0;
    }
    chunk.count++;
    chunk.length += frameBytes;
    bytes += frameBytes;
    return chunk;
  }

  private Chunk chunkFor(FrameSealer sealer, int frameBytes) {
    Chunk last = chunks.peekLast();
    if (last != null && last.epoch == sealer && last.data.length - last.length >= frameBytes) {
      return last;
    }
    Chunk chunk;
    Chunk used = spare;
    if (used != null && frameBytes <= usualChunk) {
      chunk = used;
      chunk.epoch = sealer;
      chunk.count = 0;
      chunk.length = 0;
    } else {
      chunk = new Chunk(Math.max(frameBytes, nextChunk), sealer);
    }
    chunks.addLast(chunk); // or there is no memory, and nothing has changed
    if (chunk == used) {
      spare = null;
    } else {
      nextChunk = Math.min(usualChunk, nextChunk * GROWTH);
    }
    return chunk;
  }

  /** Bytes of the frames from {@code acknowledged} on. */
  long unacknowledgedBytes(long acknowledged) {
    long sum = 0;
    for (var newest = chunks.descendingIterator(); newest.hasNext(); ) {
      Chunk chunk = newest.next();
      if (chunk.next() <= acknowledged) {
        break;
      }
      sum += chunk.length - chunk.offsetOf(Math.max(acknowledged, chunk.first));
    }
    return sum;
  }

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  /** Sequence of the oldest frame kept; the ring is not empty. */
  long first() {
    return chunks.getFirst().first;
  }

  /** The chunks, oldest first. */
  Iterator<Chunk> iterator() {
    return chunks.iterator();
  }

  /** Lets everything go. */
  void clear() {
    chunks.clear();
    bytes = 0;
    spare = null;
  }

  /**
   * Seals everything anew into another epoch, under the old sequences. Each frame takes the place
   * of the old one, which is as long, so that this needs memory for one plaintext only; where there
   * is none for it, nothing has changed.
   *
   * <p>One epoch does for all of it: the wire asks for more where an END that does not end the
   * stream lies inside, but here an END is always the last frame. Only leaving and closing send
   * one, nothing is taken after that, and this producer never changes keys by itself.
   *
   * @param fresh the epoch; its next sequence is that of the oldest frame
   */
  void reseal(FrameSealer fresh) {
    byte[] plaintext = new byte[longestPlaintext()];
    for (Chunk chunk : chunks) {
      for (int at = 0; at < chunk.length; at += chunk.frameLength(at)) {
        int frameBytes = chunk.frameLength(at);
        int type = chunk.data[at + Frames.TYPE_OFFSET] & 0xFF;
        chunk.epoch.reopen(chunk.data, at, frameBytes, plaintext);
        fresh.seal(type, plaintext, 0, frameBytes - Frames.OVERHEAD, chunk.data, at);
      }
      chunk.epoch = fresh;
    }
    Arrays.fill(plaintext, (byte) 0);
  }

  private int longestPlaintext() {
    int longest = Frames.OVERHEAD;
    for (Chunk chunk : chunks) {
      for (int at = 0; at < chunk.length; at += chunk.frameLength(at)) {
        longest = Math.max(longest, chunk.frameLength(at));
      }
    }
    return longest - Frames.OVERHEAD;
  }
}
