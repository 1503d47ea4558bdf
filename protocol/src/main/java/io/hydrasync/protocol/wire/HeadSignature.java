package io.hydrasync.protocol.wire;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Ed25519;
import io.hydrasync.protocol.crypto.Hashes;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;

/**
 * The owner's signature of a HEAD that lies in pieces of memory, checked without a copy of it
 * ({@code wire2.md} section 5). Not thread-safe.
 */
public final class HeadSignature {
  private static final int END = Head.COMMIT_LENGTH + Ed25519.SIGNATURE_LENGTH;

  private final MessageDigest whole = Hashes.newSha256();
  private final MessageDigest transcript;
  private final byte[] end = new byte[END];
  private final byte[] digest;

  /**
   * Takes in a HEAD.
   *
   * @param session an owned session
   * @param pieces the whole frame, its length field included, as {@link Head#fields} accepts it;
   *     positions and limits are left as they are
   */
  public HeadSignature(SessionId session, List<ByteBuffer> pieces) {
    transcript = Head.newTranscript(session);
    int length = pieces.stream().mapToInt(ByteBuffer::remaining).sum();
    int at = 0;
    for (ByteBuffer piece : pieces) {
      take(piece, at, length - END);
      at += piece.remaining();
    }
    digest = Arrays.copyOf(whole.digest(), Head.DIGEST_LENGTH);
  }

  /** A piece that begins at an offset of the frame. */
  private void take(ByteBuffer piece, int offset, int stanzasEnd) {
    whole.update(piece.duplicate());
    int from = Math.max(Frames.TYPE_OFFSET - offset, 0);
    int to = Math.min(stanzasEnd - offset, piece.remaining());
    if (from < to) {
      transcript.update(piece.slice(piece.position() + from, to - from));
    }
    int rest = Math.max(to, 0);
    if (rest < piece.remaining()) {
      piece.get(piece.position() + rest, end, offset + rest - stanzasEnd, piece.remaining() - rest);
    }
  }

  /**
   * The name of this HEAD in ACK.
   *
   * @return {@link Head#DIGEST_LENGTH} bytes, a copy
   */
  public byte[] digest() {
    return digest.clone();
  }

  /**
   * Whether the owner made it; once only.
   *
   * @param owner the key of the session's owner
   * @return true if the signature verifies
   */
  public boolean verifies(Ed25519.Verifier owner) {
    return owner.verify(
        Arrays.copyOfRange(end, Head.COMMIT_LENGTH, END),
        Head.signedMessage(transcript.digest(), Arrays.copyOf(end, Head.COMMIT_LENGTH)));
  }
}
