package io.hydrasync.protocol.wire;

import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Ed25519;
import io.hydrasync.protocol.crypto.Hashes;

/**
 * JOIN.owner: {@code Sig(L("owner") || h || sid)}, the proof that a producer owns its session id
 * ({@code wire2.md} section 4, step 3). Stateless.
 */
public final class OwnerProof {
  /** Bytes of the proof. */
  public static final int LENGTH = Ed25519.SIGNATURE_LENGTH;

  private static final byte[] LABEL = Hashes.label("owner");

  private OwnerProof() {}

  /**
   * Makes the proof.
   *
   * @param owner the owner's key
   * @param handshakeHash the connection's h, 32 bytes
   * @param session the session
   * @return 64 bytes
   */
  public static byte[] sign(OwnerKey owner, byte[] handshakeHash, SessionId session) {
    return owner.sign(LABEL, handshakeHash, session.toBytes());
  }

  /**
   * Checks the proof.
   *
   * @param proof 64 bytes
   * @param handshakeHash the connection's h, 32 bytes
   * @param session an owned session
   * @return true if the owner made it for this connection
   */
  public static boolean verify(byte[] proof, byte[] handshakeHash, SessionId session) {
    return Ed25519.verify(
        session.ownerKey().orElseThrow(), proof, LABEL, handshakeHash, session.toBytes());
  }
}
