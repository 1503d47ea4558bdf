package io.hydrasync.protocol.classic;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;

/**
 * The answer to a join on the later wire: one byte, sealed under the transport key. The numbers
 * depend on the version: {@link ClassicVersion}.
 */
public enum ClassicStatus {
  /** The packet length follows. */
  SUCCESS,

  /** There is no such role. */
  INVALID_ROLE,

  /** The session has no producer. */
  SESSION_NOT_FOUND,

  /** The session has a producer. */
  SESSION_OCCUPIED,

  /** Not the observers' token: from beta.9 on. */
  INVALID_TOKEN,

  /** Anything else. */
  INTERNAL_ERROR;

  /** Bytes of a sealed status. */
  public static final int LENGTH = 1 + ClassicCipher.PART_OVERHEAD;

  /**
   * Seals this status.
   *
   * @param transport with the transport key
   * @param version what its numbers are
   * @return 29 bytes
   * @throws IllegalArgumentException if that version has no such status
   */
  public byte[] seal(ClassicCipher transport, ClassicVersion version) {
    byte[] sealed = new byte[LENGTH];
    transport.sealPart(new byte[] {(byte) version.number(this)}, 0, 1, sealed, 0);
    return sealed;
  }

  /**
   * Opens a status.
   *
   * @param transport with the transport key
   * @param sealed 29 bytes
   * @return its number, 0 to 255, which {@link ClassicVersion#status} may know
   * @throws AuthenticationException CORRUPT if it does not verify
   */
  public static int open(ClassicCipher transport, byte[] sealed) {
    byte[] plaintext = new byte[1];
    if (sealed.length != LENGTH || !transport.openPart(sealed, 0, LENGTH, plaintext)) {
      throw new AuthenticationException(
          ErrorCode.CORRUPT, "the relay's answer to the join does not verify");
    }
    return plaintext[0] & 0xFF;
  }
}
