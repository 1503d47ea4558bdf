package io.hydrasync.protocol;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.SecureRandom;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class SessionSecretsTest {
  @Test
  void generatesOwnedSessionWhoseKeyBelongsToItsId() {
    SessionSecrets session = SessionSecrets.generate();

    assertThat(session.id().isOwned()).isTrue();
    OwnerKey owner = session.owner().orElseThrow();
    assertThat(session.id().ownerKey())
        .hasValueSatisfying(key -> assertThat(key).isEqualTo(owner.publicKey()));
  }

  @Test
  void generatesAnotherSessionEachTime() {
    SessionSecrets one = SessionSecrets.generate();
    SessionSecrets other = SessionSecrets.generate();

    assertThat(one.id()).isNotEqualTo(other.id());
    assertThat(one.key()).isNotEqualTo(other.key());
    assertThat(one.owner()).isNotEqualTo(other.owner());
    assertThat(one.key().secretBytes()).isNotEqualTo(one.owner().orElseThrow().secretBytes());
  }

  @Test
  void refusesOwnerOfAnotherSession() {
    OwnerKey stranger = OwnerKey.generate(new SecureRandom());

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new SessionSecrets(KnownAnswers.sessionId(), KnownAnswers.sessionKey(), stranger));
  }

  @Test
  void refusesOwnerOfPlainSession() {
    OwnerKey owner = KnownAnswers.ownerKey();

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new SessionSecrets(
                    KnownAnswers.plainSessionId(), KnownAnswers.sessionKey(), owner));
  }

  @Test
  void holdsPlainSessionAndOwnedSessionWithoutItsOwner() {
    SessionKey key = KnownAnswers.sessionKey();

    assertThat(new SessionSecrets(KnownAnswers.plainSessionId(), key).owner()).isEmpty();
    assertThat(new SessionSecrets(KnownAnswers.sessionId(), key).owner()).isEmpty();
  }

  @Test
  void givesConsumersTicketWithoutTheOwnersSeed() {
    SessionSecrets session = KnownAnswers.session();

    Ticket ticket =
        session.ticket(new RelayAddress("relay.example", 4711), KnownAnswers.relayKey());

    assertThat(ticket.sessionId()).isEqualTo(session.id());
    assertThat(ticket.sessionKey()).isEqualTo(session.key());
    assertThat(ticket.relayKey()).contains(KnownAnswers.relayKey());
    assertThat(ticket.addresses()).containsExactly(new RelayAddress("relay.example", 4711));
    assertThat(ticket.format())
        .doesNotContain(
            Base64.getUrlEncoder().withoutPadding().encodeToString(hex(KnownAnswers.OWNER_SEED)));
  }

  @Test
  void neverShowsItsKeys() {
    assertThat(KnownAnswers.session())
        .hasToString(
            "SessionSecrets[session %s, with the owner's key]"
                .formatted(KnownAnswers.sessionId().logName()));
  }
}
