package io.hydrasync.server.internal.admission;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.CredentialProof;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who may join in which role ({@code wire2.md} section 4, step 2). Without any credential producers
 * and consumers join freely; a role that some credential is issued for demands one. The admin role
 * always does. Immutable and thread-safe.
 */
public final class CredentialPolicy {
  private record Entry(Credential credential, Set<Role> roles) {}

  private final Map<Long, Entry> byId = new HashMap<>();
  private final Set<Role> demanded;

  /**
   * A policy.
   *
   * @param credentials the credentials issued, each with the roles that it allows
   */
  public CredentialPolicy(Map<Credential, Set<Role>> credentials) {
    credentials.forEach(
        (credential, roles) -> byId.put(number(credential.id()), new Entry(credential, roles)));
    demanded = new HashSet<>(Set.of(Role.ADMIN));
    credentials.values().forEach(demanded::addAll);
  }

  public boolean admits(
      byte[] credId, byte[] credMac, byte[] handshakeHash, Role role, SessionId id) {
    if (!demanded.contains(role)) {
      return true;
    }
    Entry entry = byId.get(number(credId));
    return entry != null
        && entry.roles.contains(role)
        && Hashes.constantTimeEquals(
            credMac, CredentialProof.mac(entry.credential, handshakeHash, role, id));
  }

  private static Long number(byte[] id) {
    return ByteBuffer.wrap(id).getLong();
  }
}
