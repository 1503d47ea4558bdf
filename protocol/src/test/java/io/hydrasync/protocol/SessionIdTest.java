package io.hydrasync.protocol;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hydrasync.protocol.crypto.Hashes;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionIdTest {
  @Test
  void ownedIdIsTheKnownAnswer() {
    SessionId id = SessionId.owned(KnownAnswers.ownerKey(), hex(KnownAnswers.SESSION_RANDOM));

    assertThat(hex(id.toBytes())).isEqualTo(KnownAnswers.SID);
    assertThat(id.isOwned()).isTrue();
    assertThat(id.ownerKey().map(KnownAnswers::hex)).contains(KnownAnswers.OWNER_PUBLIC_KEY);
  }

  @Test
  void bytesOfOwnedIdAreSeenToBeOwned() {
    SessionId id = SessionId.of(hex(KnownAnswers.SID));

    assertThat(id.isOwned()).isTrue();
    assertThat(id.ownerKey().map(KnownAnswers::hex)).contains(KnownAnswers.OWNER_PUBLIC_KEY);
    assertThat(id).isEqualTo(KnownAnswers.sessionId());
  }

  @Test
  void anyFlippedBitMakesOwnedIdPlain() {
    byte[] owned = hex(KnownAnswers.SID);

    for (int bit = 0; bit < Bits.count(owned); bit++) {
      SessionId id = SessionId.of(Bits.flipped(owned, bit));
      assertThat(id.isOwned()).as("bit %d", bit).isFalse();
      assertThat(id.ownerKey()).as("bit %d", bit).isEmpty();
    }
  }

  @Test
  void otherBytesArePlain() {
    assertThat(KnownAnswers.plainSessionId().isOwned()).isFalse();
    assertThat(KnownAnswers.plainSessionId().ownerKey()).isEmpty();
    assertThat(SessionId.of(new byte[SessionId.LENGTH]).isOwned()).isFalse();
  }

  @Test
  void freshIdsOfOneOwnerDiffer() {
    SecureRandom random = new SecureRandom();

    SessionId one = SessionId.owned(KnownAnswers.ownerKey(), random);
    SessionId other = SessionId.owned(KnownAnswers.ownerKey(), random);

    assertThat(one).isNotEqualTo(other);
    assertThat(one.isOwned()).isTrue();
    assertThat(other.ownerKey().map(KnownAnswers::hex)).contains(KnownAnswers.OWNER_PUBLIC_KEY);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 32, 63, 65})
  void refusesWrongLength(int length) {
    assertThatIllegalArgumentException().isThrownBy(() -> SessionId.of(new byte[length]));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, 17, 32})
  void refusesRandomPartOfWrongLength(int length) {
    OwnerKey owner = KnownAnswers.ownerKey();

    assertThatIllegalArgumentException().isThrownBy(() -> SessionId.owned(owner, new byte[length]));
  }

  @Test
  void copiesBytesInAndOut() {
    byte[] given = hex(KnownAnswers.SID);
    SessionId id = SessionId.of(given);

    given[0]++;
    id.toBytes()[1]++;
    id.ownerKey().orElseThrow()[2]++;

    assertThat(hex(id.toBytes())).isEqualTo(KnownAnswers.SID);
  }

  @Test
  void differsInEveryBit() {
    byte[] bytes = hex(KnownAnswers.SID);
    SessionId id = SessionId.of(bytes);

    assertThat(id).isEqualTo(SessionId.of(bytes)).hasSameHashCodeAs(SessionId.of(bytes));
    for (int bit = 0; bit < Bits.count(bytes); bit++) {
      assertThat(SessionId.of(Bits.flipped(bytes, bit))).as("bit %d", bit).isNotEqualTo(id);
    }
    assertThat(id).isNotEqualTo(KnownAnswers.SID);
  }

  @Test
  void logsOnlyTheFirst4BytesOfItsDigest() {
    SessionId id = SessionId.of(hex(KnownAnswers.SID));
    String name = hex(Hashes.sha256(hex(KnownAnswers.SID))).substring(0, 8);

    assertThat(id.logName()).isEqualTo(name);
    assertThat(id).hasToString("SessionId[" + name + "]");
  }
}
