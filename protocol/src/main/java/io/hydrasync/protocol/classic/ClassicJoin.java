package io.hydrasync.protocol.classic;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.WireCodes;
import java.util.Arrays;
import java.util.Optional;

/**
 * The join frame of the classic wire, the only thing that is ever sent under a transport key. Its
 * plaintext is {@code role u8 || session id[64]}.
 *
 * @param role what the client is to the session
 * @param session the session
 */
public record ClassicJoin(Role role, SessionId session) {
  /** Bytes of the sealed frame, its length field included. */
  public static final int FRAME_LENGTH = 1 + SessionId.LENGTH + ClassicCipher.OVERHEAD;

  /** What the length field says. */
  public static final int LEN = FRAME_LENGTH - Frames.LEN_BYTES;

  /**
   * Seals the join.
   *
   * @param transport with the transport key
   * @return the frame, 97 bytes
   */
  public byte[] seal(ClassicCipher transport) {
    byte[] plaintext = new byte[1 + SessionId.LENGTH];
    plaintext[0] = (byte) WireCodes.of(role);
    System.arraycopy(session.toBytes(), 0, plaintext, 1, SessionId.LENGTH);
    byte[] frame = new byte[FRAME_LENGTH];
    transport.seal(plaintext, 0, plaintext.length, frame, 0);
    return frame;
  }

  /**
   * Opens a join.
   *
   * @param transport with the transport key of one version
   * @param frame 97 bytes
   * @return the join; empty if it does not verify, or names a role that does not exist
   */
  public static Optional<ClassicJoin> open(ClassicCipher transport, byte[] frame) {
    byte[] plaintext = new byte[1 + SessionId.LENGTH];
    if (frame.length != FRAME_LENGTH || !transport.open(frame, 0, frame.length, plaintext)) {
      return Optional.empty();
    }
    SessionId session = SessionId.of(Arrays.copyOfRange(plaintext, 1, plaintext.length));
    return WireCodes.role(plaintext[0]).map(role -> new ClassicJoin(role, session));
  }
}
