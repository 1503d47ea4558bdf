package io.hydrasync.protocol.wire;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Bits;
import io.hydrasync.protocol.KnownAnswers;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.SessionId;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class OwnerProofTest {
  private static final byte[] H = hex(KnownAnswers.H);
  private static final byte[] PROOF = hex(KnownAnswers.OWNER_PROOF);

  private final SessionId session = KnownAnswers.sessionId();

  @Test
  void isTheKnownAnswer() {
    assertThat(hex(OwnerProof.sign(KnownAnswers.ownerKey(), H, session)))
        .isEqualTo(KnownAnswers.OWNER_PROOF);
    assertThat(OwnerProof.verify(PROOF, H, session)).isTrue();
  }

  @Test
  void holdsForNoOtherConnection() {
    for (int bit = 0; bit < Bits.count(H); bit++) {
      assertThat(OwnerProof.verify(PROOF, Bits.flipped(H, bit), session)).as("%d", bit).isFalse();
    }
  }

  @Test
  void holdsForNoOtherSessionOfTheOwner() {
    SessionId other = SessionId.owned(KnownAnswers.ownerKey(), new SecureRandom());

    assertThat(OwnerProof.verify(PROOF, H, other)).isFalse();
  }

  @Test
  void holdsForNoOtherOwner() {
    OwnerKey stranger = OwnerKey.generate(new SecureRandom());

    assertThat(OwnerProof.verify(OwnerProof.sign(stranger, H, session), H, session)).isFalse();
  }

  @Test
  void isRefusedWithAnyBitFlipped() {
    for (int bit = 0; bit < Bits.count(PROOF); bit++) {
      assertThat(OwnerProof.verify(Bits.flipped(PROOF, bit), H, session)).as("%d", bit).isFalse();
    }
    assertThat(OwnerProof.verify(new byte[OwnerProof.LENGTH], H, session)).isFalse();
  }
}
