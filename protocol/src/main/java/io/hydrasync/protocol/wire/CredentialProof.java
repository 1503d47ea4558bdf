package io.hydrasync.protocol.wire;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Hashes;

/**
 * JOIN.credMac: {@code HMAC(key, L("cred") || h || role || sid)}, the proof that a client has its
 * credential ({@code wire2.md} section 4, step 3). Stateless.
 */
public final class CredentialProof {
  private static final byte[] LABEL = Hashes.label("cred");

  private CredentialProof() {}

  /**
   * Makes the proof, for one handshake.
   *
   * @param credential the credential
   * @param handshakeHash the connection's h, 32 bytes
   * @param role the role that the client asks for
   * @param session the session that it joins
   * @return 32 bytes
   */
  public static byte[] mac(
      Credential credential, byte[] handshakeHash, Role role, SessionId session) {
    return credential.mac(
        LABEL, handshakeHash, new byte[] {(byte) WireCodes.of(role)}, session.toBytes());
  }
}
