package io.hydrasync.protocol.classic;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import java.util.Arrays;
import java.util.Optional;

/**
 * The join of the classic wires, the only thing that a client ever sends under a transport key. Its
 * plaintext is {@code role u8 || id[64]}. Up to beta.6 it is a frame and has a length field, from
 * beta.7 on it has none.
 *
 * @param role what the client is to the session
 * @param session the session; an observer's token stands in its place
 */
public record ClassicJoin(ClassicRole role, SessionId session) {
  /** Bytes of the sealed join without a length field, which is what the length field says. */
  public static final int LEN = 1 + SessionId.LENGTH + ClassicCipher.PART_OVERHEAD;

  /** Bytes of the sealed frame, its length field included. */
  public static final int FRAME_LENGTH = LEN + Frames.LEN_BYTES;

  /**
   * Bytes of a join.
   *
   * @param version that the client names
   * @return 97, or 93 on the later wire
   */
  public static int length(ClassicVersion version) {
    return version.isLater() ? LEN : FRAME_LENGTH;
  }

  /**
   * Seals the join.
   *
   * @param transport with the transport key of that version
   * @param version decides the form and the number of the role
   * @return {@link #length} bytes
   * @throws IllegalArgumentException if that version has no such role
   */
  public byte[] seal(ClassicCipher transport, ClassicVersion version) {
    byte[] plaintext = new byte[1 + SessionId.LENGTH];
    plaintext[0] = (byte) version.number(role);
    System.arraycopy(session.toBytes(), 0, plaintext, 1, SessionId.LENGTH);
    byte[] join = new byte[length(version)];
    if (version.isLater()) {
      transport.sealPart(plaintext, 0, plaintext.length, join, 0);
    } else {
      transport.seal(plaintext, 0, plaintext.length, join, 0);
    }
    return join;
  }

  /**
   * Opens a join.
   *
   * @param transport with the transport key of that version
   * @param version decides the form and what the number of the role means
   * @param join {@link #length} bytes; a length field is not looked at
   * @return the join; empty if it does not verify
   */
  public static Optional<ClassicJoin> open(
      ClassicCipher transport, ClassicVersion version, byte[] join) {
    byte[] plaintext = new byte[1 + SessionId.LENGTH];
    int begin = join.length - LEN;
    if (join.length != length(version) || !transport.openPart(join, begin, LEN, plaintext)) {
      return Optional.empty();
    }
    SessionId session = SessionId.of(Arrays.copyOfRange(plaintext, 1, plaintext.length));
    return Optional.of(new ClassicJoin(version.role(plaintext[0] & 0xFF), session));
  }
}
