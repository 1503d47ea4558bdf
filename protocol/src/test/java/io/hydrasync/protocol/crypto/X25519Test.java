package io.hydrasync.protocol.crypto;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hydrasync.protocol.crypto.X25519.LowOrderPointException;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 7748, and what its section 6.1 says of points of low order. */
class X25519Test {
  private static final String BASE_POINT = "09" + "00".repeat(31);

  @ParameterizedTest
  @CsvSource({
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
        + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
        + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
        + "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
        + "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
  })
  void multipliesAsInSection52(String scalar, String point, String product) throws Exception {
    assertThat(hex(X25519.sharedSecret(hex(scalar), hex(point)))).isEqualTo(product);
  }

  @Test
  void iteratesAThousandTimesAsInSection52() throws Exception {
    byte[] k = hex(BASE_POINT);
    byte[] u = hex(BASE_POINT);

    for (int i = 1; i <= 1_000; i++) {
      byte[] product = X25519.sharedSecret(k, u);
      u = k;
      k = product;
      if (i == 1) {
        assertThat(hex(k))
            .isEqualTo("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
      }
    }

    assertThat(hex(k))
        .isEqualTo("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
  }

  @Test
  void agreesAsInSection61() throws Exception {
    byte[] alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    byte[] bob = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");

    byte[] alicePublic = X25519.publicKey(alice);
    byte[] bobPublic = X25519.publicKey(bob);

    assertThat(hex(alicePublic))
        .isEqualTo("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    assertThat(hex(bobPublic))
        .isEqualTo("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    String secret = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    assertThat(hex(X25519.sharedSecret(alice, bobPublic))).isEqualTo(secret);
    assertThat(hex(X25519.sharedSecret(bob, alicePublic))).isEqualTo(secret);
  }

  @ParameterizedTest
  @MethodSource("io.hydrasync.protocol.crypto.LowOrderPoints#all")
  void refusesPointOfLowOrder(String point) {
    byte[] privateKey = X25519.newPrivateKey(new SecureRandom());

    assertThatExceptionOfType(LowOrderPointException.class)
        .isThrownBy(() -> X25519.sharedSecret(privateKey, hex(point)));
  }

  @ParameterizedTest
  @MethodSource("io.hydrasync.protocol.crypto.LowOrderPoints#onlyWithoutMasking")
  void masksTheHighestBitOfTheOtherListedPoints(String point) throws Exception {
    byte[] privateKey = hex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d");
    byte[] masked = hex(point);
    masked[31] &= 0x7f;

    assertThat(X25519.sharedSecret(privateKey, hex(point)))
        .isEqualTo(X25519.sharedSecret(privateKey, masked))
        .isNotEqualTo(new byte[X25519.LENGTH]);
  }

  @ParameterizedTest
  @CsvSource({"0", "31", "33"})
  void refusesKeyOfWrongLength(int length) {
    byte[] right = hex(BASE_POINT);
    byte[] wrong = new byte[length];

    assertThatIllegalArgumentException().isThrownBy(() -> X25519.sharedSecret(right, wrong));
    assertThatIllegalArgumentException().isThrownBy(() -> X25519.sharedSecret(wrong, right));
    assertThatIllegalArgumentException().isThrownBy(() -> X25519.publicKey(wrong));
  }

  @Test
  void leavesItsArgumentsAlone() throws Exception {
    byte[] privateKey = hex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d");
    byte[] publicKey = hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493");

    X25519.sharedSecret(privateKey, publicKey);

    assertThat(hex(privateKey))
        .isEqualTo("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d");
    assertThat(hex(publicKey))
        .isEqualTo("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493");
  }
}
