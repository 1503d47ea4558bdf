package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.CredentialProof;
import io.hydrasync.server.internal.log.TestFrames;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CredentialPolicyTest {
  private static final SessionId SESSION = TestFrames.plainSession();
  private static final byte[] HASH = new byte[32];

  private final Credential credential = credential(1);
  private final Credential other = credential(2);

  private static Credential credential(int value) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) value);
    return Credential.of(key);
  }

  private static boolean admits(CredentialPolicy policy, Credential shown, Role role) {
    return policy.admits(
        shown.id(), CredentialProof.mac(shown, HASH, role, SESSION), HASH, role, SESSION);
  }

  @Test
  void admitsProducersAndConsumersWhereNothingIsIssued() {
    CredentialPolicy policy = new CredentialPolicy(Map.of());

    assertThat(policy.admits(new byte[8], new byte[32], HASH, Role.PRODUCER, SESSION)).isTrue();
    assertThat(policy.admits(new byte[8], new byte[32], HASH, Role.CONSUMER, SESSION)).isTrue();
  }

  @Test
  void neverAdmitsAnAdminWithoutCredential() {
    CredentialPolicy policy = new CredentialPolicy(Map.of());

    assertThat(policy.admits(new byte[8], new byte[32], HASH, Role.ADMIN, SESSION)).isFalse();
  }

  @Test
  void demandsACredentialForARoleThatOneIsIssuedFor() {
    CredentialPolicy policy =
        new CredentialPolicy(Map.of(credential, Set.of(Role.PRODUCER), other, Set.of(Role.ADMIN)));

    assertThat(admits(policy, credential, Role.PRODUCER)).isTrue();
    assertThat(admits(policy, other, Role.PRODUCER)).isFalse();
    assertThat(admits(policy, credential(3), Role.PRODUCER)).isFalse();
    assertThat(admits(policy, credential(3), Role.CONSUMER)).isTrue();
    assertThat(admits(policy, other, Role.ADMIN)).isTrue();
    assertThat(admits(policy, credential, Role.ADMIN)).isFalse();
  }

  @Test
  void bindsTheMacToHandshakeRoleAndSession() {
    CredentialPolicy policy =
        new CredentialPolicy(Map.of(credential, Set.of(Role.PRODUCER, Role.CONSUMER)));
    byte[] id = credential.id();
    byte[] mac = CredentialProof.mac(credential, HASH, Role.PRODUCER, SESSION);
    byte[] otherHash = HASH.clone();
    otherHash[0] = 1;
    SessionId otherSession = SessionId.of(new byte[SessionId.LENGTH]);

    assertThat(policy.admits(id, mac, HASH, Role.PRODUCER, SESSION)).isTrue();
    assertThat(policy.admits(id, mac, otherHash, Role.PRODUCER, SESSION)).isFalse();
    assertThat(policy.admits(id, mac, HASH, Role.CONSUMER, SESSION)).isFalse();
    assertThat(policy.admits(id, mac, HASH, Role.PRODUCER, otherSession)).isFalse();
    mac[31] ^= 1;
    assertThat(policy.admits(id, mac, HASH, Role.PRODUCER, SESSION)).isFalse();
  }
}
