package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.crypto.AesGcm;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Seals the frames of one epoch. The only owner of the epoch's sequence: it advances before the
 * sealed bytes leave, so that no key ever seals two frames with one nonce. Not thread-safe: the
 * producer's lock covers it.
 */
public final class FrameSealer {
  private AesGcm gcm = new AesGcm();
  private final EpochKeys keys;
  private final byte[] head;

  /** Written under the producer's lock, read by the thread that checks acknowledgments. */
  private volatile long next;

  /**
   * A sealer in the middle of an epoch.
   *
   * @param keys the epoch's keys, owned by this sealer from now on
   * @param head the epoch's HEAD frame
   * @param next sequence of the next frame; no frame from there on has been sealed with these keys
   */
  public FrameSealer(EpochKeys keys, byte[] head, long next) {
    this.keys = keys;
    this.head = head;
    this.next = next;
  }

  /**
   * Opens an epoch.
   *
   * @param session the session's id
   * @param sessionKey its key, borrowed
   * @param owner the owner's key iff the id is owned
   * @param epoch the epoch's number
   * @param stream the stream's name
   * @param first sequence of the first frame
   * @param flags of the HEAD
   * @param salt 32 fresh random bytes
   */
  public static FrameSealer open(
      SessionId session,
      SessionKey sessionKey,
      Optional<OwnerKey> owner,
      long epoch,
      long stream,
      long first,
      int flags,
      byte[] salt) {
    byte[] prefix = Head.prefix(epoch, stream, first, flags, salt, owner.isPresent());
    byte[] transcript = Head.transcript(session, prefix);
    EpochKeys keys = new EpochKeys(sessionKey, salt, transcript);
    byte[] commit = keys.commit();
    byte[] signature =
        owner.map(key -> key.sign(Head.signedMessage(transcript, commit))).orElse(new byte[0]);
    byte[] head =
        ByteBuffer.allocate(prefix.length + commit.length + signature.length)
            .put(prefix)
            .put(commit)
            .put(signature)
            .array();
    return new FrameSealer(keys, head, first);
  }

  /** The HEAD frame that opens this epoch; not to be changed. */
  public byte[] head() {
    return head;
  }

  /** Sequence of the next frame. */
  public long next() {
    return next;
  }

  /**
   * Seals one frame.
   *
   * @param type DATA, BATCH, TICK or END
   * @param in holds the plaintext
   * @param offset where it begins
   * @param length its length
   * @param out takes {@code length + 29} bytes; not the same array as {@code in}
   * @param outOffset where it begins
   * @return the length of the frame
   */
  public int seal(int type, byte[] in, int offset, int length, byte[] out, int outOffset) {
    long seq = next;
    next = seq + 1;
    Frames.putHeader(out, outOffset, type, seq, length);
    gcm.seal(
        keys.key(seq),
        keys.nonce(seq),
        out,
        outOffset,
        Frames.HEADER,
        in,
        offset,
        length,
        out,
        outOffset + Frames.HEADER);
    return length + Frames.OVERHEAD;
  }

  /**
   * Opens a frame that this sealer sealed, so that it can be sealed anew in another epoch.
   *
   * @param frame holds the frame
   * @param offset where it begins
   * @param length its length, the length field included
   * @param out takes {@code length - 29} bytes
   */
  public void reopen(byte[] frame, int offset, int length, byte[] out) {
    long seq = Frames.u64(frame, offset + Frames.SEQ_OFFSET);
    boolean opened =
        gcm.open(
            keys.key(seq),
            keys.nonce(seq),
            frame,
            offset,
            Frames.HEADER,
            frame,
            offset + Frames.HEADER,
            length - Frames.HEADER,
            out,
            0);
    if (!opened) {
      throw new IllegalStateException("a frame of this producer's ring does not open");
    }
  }

  /** Zeroes the keys; nothing is sealed or reopened any more. */
  void destroy() {
    keys.destroy();
    gcm = new AesGcm(); // the JDK's cipher has copies of the last key, which are garbage now
  }
}
