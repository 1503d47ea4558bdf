package io.hydrasync.protocol.noise;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Bits;
import io.hydrasync.protocol.KnownAnswers;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class CipherStateTest {
  private static final byte[] PLAINTEXT = {1, 2, 3, 4, 5};

  private final CipherState sender = CipherPair.fresh().sender();
  private final CipherState receiver = CipherPair.fresh().receiver();

  @Test
  void rekeysToTheKnownAnswer() {
    sender.rekey();

    assertThat(hex(sender.keyBytes())).isEqualTo(KnownAnswers.REKEYED_CLIENT_TO_RELAY_KEY);
  }

  @Test
  void countsMessagesInTheLast8BytesOfTheNonce() throws Exception {
    for (long n = 0; n < 300; n++) {
      assertThat(sealed(sender)).isEqualTo(sealedByJdk(KnownAnswers.CLIENT_TO_RELAY_KEY, n));
    }
  }

  @Test
  void countsOnThroughRekey() throws Exception {
    sealed(sender);
    sealed(sender);

    sender.rekey();

    assertThat(sealed(sender)).isEqualTo(sealedByJdk(KnownAnswers.REKEYED_CLIENT_TO_RELAY_KEY, 2));
  }

  @Test
  void opensAfterBothEndsHaveRekeyed() {
    assertThat(opens(receiver, sealed(sender))).isTrue();
    sender.rekey();
    receiver.rekey();

    assertThat(opens(receiver, sealed(sender))).isTrue();
  }

  @Test
  void refusesMessageSealedWithTheKeyBeforeRekey() {
    receiver.rekey();

    assertThat(opens(receiver, sealed(sender))).isFalse();
  }

  @Test
  void refusesMessageThatComesTwice() {
    byte[] message = sealed(sender);

    assertThat(opens(receiver, message)).isTrue();
    assertThat(opens(receiver, message)).isFalse();
  }

  @Test
  void refusesMessageThatComesEarly() {
    sealed(sender);

    assertThat(opens(receiver, sealed(sender))).isFalse();
  }

  @Test
  void refusesEveryFlippedBitAndEveryTruncation() {
    byte[] message = sealed(sender);

    for (int bit = 0; bit < Bits.count(message); bit++) {
      assertThat(opens(CipherPair.fresh().receiver(), Bits.flipped(message, bit)))
          .as("bit %d", bit)
          .isFalse();
    }
    for (int length = 0; length < message.length; length++) {
      assertThat(opens(CipherPair.fresh().receiver(), Arrays.copyOf(message, length)))
          .as("%d bytes", length)
          .isFalse();
    }
    assertThat(opens(CipherPair.fresh().receiver(), message)).isTrue();
  }

  private static byte[] sealed(CipherState state) {
    byte[] out = new byte[PLAINTEXT.length + 16];
    state.seal(PLAINTEXT, 0, PLAINTEXT.length, out, 0);
    return out;
  }

  private static boolean opens(CipherState state, byte[] message) {
    byte[] out = new byte[PLAINTEXT.length];
    return state.open(message, 0, message.length, out, 0) && Arrays.equals(out, PLAINTEXT);
  }

  private static byte[] sealedByJdk(String key, long n) throws Exception {
    byte[] nonce = hex("00000000" + "%016x".formatted(n));
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(hex(key), "AES"), new GCMParameterSpec(128, nonce));
    return cipher.doFinal(PLAINTEXT);
  }
}
