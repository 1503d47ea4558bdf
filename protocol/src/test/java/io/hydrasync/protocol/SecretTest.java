package io.hydrasync.protocol;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hydrasync.protocol.wire.CredentialProof;
import java.security.SecureRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What session keys, owners' seeds and credentials have in common, and what each is for. */
class SecretTest {
  private static final String BYTES =
      "d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60";
  private static final byte[] H = hex(KnownAnswers.H);

  enum Kind {
    SESSION_KEY(SessionKey::of, SessionKey::generate),
    OWNER_KEY(OwnerKey::of, OwnerKey::generate),
    CREDENTIAL(Credential::of, Credential::generate);

    final Function<byte[], Secret> of;
    final Function<SecureRandom, Secret> generate;

    Kind(Function<byte[], Secret> of, Function<SecureRandom, Secret> generate) {
      this.of = of;
      this.generate = generate;
    }
  }

  @ParameterizedTest
  @EnumSource
  void copiesBytesInAndOut(Kind kind) {
    byte[] given = hex(BYTES);
    Secret secret = kind.of.apply(given);

    given[0]++;
    secret.secretBytes()[1]++;

    assertThat(hex(secret.secretBytes())).isEqualTo(BYTES);
  }

  @ParameterizedTest
  @EnumSource
  void refusesWrongLengthWithoutQuoting(Kind kind) {
    for (String digits : new String[] {"", BYTES.substring(2), BYTES + "00"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> kind.of.apply(hex(digits)))
          .withMessageContaining("has 32 bytes, not " + digits.length() / 2)
          .withMessageNotContaining("d1e2");
    }
  }

  @ParameterizedTest
  @EnumSource
  void neverShowsItsBytes(Kind kind) {
    Secret secret = kind.of.apply(hex(BYTES));

    assertThat(secret).hasToString(secret.getClass().getSimpleName() + "[secret]");
  }

  @ParameterizedTest
  @EnumSource
  void zeroesItsBytesWhenDestroyed(Kind kind) {
    Secret secret = kind.of.apply(hex(BYTES));
    byte[] inside = secret.bytes();
    assertThat(secret.isDestroyed()).isFalse();

    secret.destroy();

    assertThat(secret.isDestroyed()).isTrue();
    assertThat(inside).containsOnly(0);
    assertThatIllegalStateException()
        .isThrownBy(secret::secretBytes)
        .withMessageContaining("destroyed");
    assertThat(secret.toString()).endsWith("[secret]");
    secret.destroy();
    assertThat(secret.isDestroyed()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void comparesEveryBit(Kind kind) {
    Secret secret = kind.of.apply(hex(BYTES));

    assertThat(secret)
        .isEqualTo(kind.of.apply(hex(BYTES)))
        .hasSameHashCodeAs(kind.of.apply(hex(BYTES)));
    for (int bit = 0; bit < Bits.count(hex(BYTES)); bit++) {
      assertThat(kind.of.apply(Bits.flipped(hex(BYTES), bit))).isNotEqualTo(secret);
    }
  }

  @ParameterizedTest
  @EnumSource
  void isNotEqualToAnotherKindWithTheSameBytes(Kind kind) {
    Secret secret = kind.of.apply(hex(BYTES));

    for (Kind other : Kind.values()) {
      assertThat(other.of.apply(hex(BYTES)).equals(secret)).isEqualTo(other == kind);
    }
    assertThat(secret.equals(null)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void generatesAllItsBytesFromTheSource(Kind kind) {
    SecureRandom random = new SecureRandom();

    Secret one = kind.generate.apply(random);
    Secret other = kind.generate.apply(random);

    assertThat(one).isNotEqualTo(other);
    byte[] tail = new byte[16];
    System.arraycopy(one.secretBytes(), 16, tail, 0, 16);
    assertThat(tail).isNotEqualTo(new byte[16]);
  }

  @Test
  void credentialNamesAndProvesItselfAsInTheKnownAnswers() {
    Credential credential = KnownAnswers.credential();
    SessionId session = KnownAnswers.sessionId();

    assertThat(hex(credential.id())).isEqualTo(KnownAnswers.CREDENTIAL_ID);
    assertThat(hex(CredentialProof.mac(credential, H, Role.PRODUCER, session)))
        .isEqualTo(KnownAnswers.CREDENTIAL_MAC);
  }

  @Test
  void credentialProvesItselfForOneHandshakeRoleAndSession() {
    Credential credential = KnownAnswers.credential();
    SessionId session = KnownAnswers.sessionId();

    assertThat(hex(CredentialProof.mac(credential, Bits.flipped(H, 0), Role.PRODUCER, session)))
        .isNotEqualTo(KnownAnswers.CREDENTIAL_MAC);
    assertThat(hex(CredentialProof.mac(credential, H, Role.CONSUMER, session)))
        .isNotEqualTo(KnownAnswers.CREDENTIAL_MAC);
    assertThat(
            hex(CredentialProof.mac(credential, H, Role.PRODUCER, KnownAnswers.plainSessionId())))
        .isNotEqualTo(KnownAnswers.CREDENTIAL_MAC);
  }

  @Test
  void destroyedCredentialProvesNothing() {
    Credential credential = KnownAnswers.credential();
    SessionId session = KnownAnswers.sessionId();
    credential.destroy();

    assertThatIllegalStateException().isThrownBy(credential::id);
    assertThatIllegalStateException()
        .isThrownBy(() -> CredentialProof.mac(credential, H, Role.ADMIN, session));
  }

  @Test
  void destroyedOwnerKeySignsNothing() {
    OwnerKey owner = KnownAnswers.ownerKey();
    owner.destroy();

    assertThatIllegalStateException().isThrownBy(owner::publicKey);
    assertThatIllegalStateException().isThrownBy(() -> owner.sign(H));
  }

  @Test
  void ownerKeyHasThePublicKeyOfItsSeed() {
    assertThat(hex(KnownAnswers.ownerKey().publicKey())).isEqualTo(KnownAnswers.OWNER_PUBLIC_KEY);
  }

  @Test
  void ticketOfDestroyedKeyCannotBeWritten() {
    Ticket ticket =
        KnownAnswers.session().ticket(new RelayAddress("relay", 4711), KnownAnswers.relayKey());
    ticket.sessionKey().destroy();

    assertThatIllegalStateException().isThrownBy(ticket::format);
  }
}
