package io.hydrasync.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Every primitive of the wire, as it is wired here, against the Wycheproof project's vectors. */
class WycheproofTest {
  private static final byte[] NOTHING = new byte[0];

  private static List<Wycheproof.Vector> vectors(String file, Predicate<Wycheproof.Vector> of)
      throws IOException {
    return Wycheproof.vectors(file).stream().filter(of).toList();
  }

  @Test
  void sealsAndOpensAes256GcmWithNoncesOf96AndTagsOf128Bits() throws IOException {
    List<Wycheproof.Vector> vectors =
        vectors(
            "aes_gcm_test.json",
            vector ->
                vector.groupNumber("keySize") == 256
                    && vector.groupNumber("ivSize") == 96
                    && vector.groupNumber("tagSize") == 128);

    assertThat(vectors).hasSizeGreaterThanOrEqualTo(66).allSatisfy(WycheproofTest::gcm);
  }

  private static void gcm(Wycheproof.Vector vector) {
    AesGcm gcm = new AesGcm(); // refuses a nonce that it has sealed with before
    byte[] message = vector.bytes("msg");
    byte[] aad = vector.bytes("aad");
    byte[] sealed = X25519.concat(vector.bytes("ct"), vector.bytes("tag"));
    byte[] out = new byte[message.length + AesGcm.TAG_LENGTH];
    byte[] opened = new byte[message.length];
    var key = AesGcm.key(vector.bytes("key"), 0);
    byte[] nonce = vector.bytes("iv");

    gcm.seal(key, nonce, aad, 0, aad.length, message, 0, message.length, out, 0);
    boolean opens = gcm.open(key, nonce, aad, 0, aad.length, sealed, 0, sealed.length, opened, 0);

    assertThat(opens).isEqualTo(vector.isValid());
    assertThat(Arrays.equals(out, sealed)).isEqualTo(vector.isValid());
    if (vector.isValid()) {
      assertThat(opened).isEqualTo(message);
    }
  }

  @Test
  void agreesAboutX25519AndRefusesPointsOfLowOrder() throws IOException {
    List<Wycheproof.Vector> vectors = vectors("x25519_test.json", vector -> true);

    assertThat(vectors).hasSizeGreaterThanOrEqualTo(518).allSatisfy(WycheproofTest::x25519);
    assertThat(vectors).filteredOn(WycheproofTest::isZeroSecret).hasSizeGreaterThan(20);
  }

  private static boolean isZeroSecret(Wycheproof.Vector vector) {
    return Arrays.equals(vector.bytes("shared"), new byte[X25519.LENGTH]);
  }

  private static void x25519(Wycheproof.Vector vector) throws Exception {
    byte[] own = vector.bytes("private");
    byte[] peer = vector.bytes("public");
    if (isZeroSecret(vector)) {
      assertThatThrownBy(() -> X25519.sharedSecret(own, peer))
          .isInstanceOf(X25519.LowOrderPointException.class);
    } else {
      assertThat(X25519.sharedSecret(own, peer)).isEqualTo(vector.bytes("shared"));
    }
  }

  @Test
  void verifiesEd25519() throws IOException {
    List<Wycheproof.Vector> vectors = vectors("ed25519_test.json", vector -> true);

    assertThat(vectors)
        .hasSizeGreaterThanOrEqualTo(151)
        .allSatisfy(
            vector -> {
              String key = (String) ((Map<?, ?>) vector.group().get("publicKey")).get("pk");
              byte[] publicKey = HexFormat.of().parseHex(key);
              assertThat(Ed25519.verify(publicKey, vector.bytes("sig"), vector.bytes("msg")))
                  .isEqualTo(vector.isValid());
            });
  }

  @Test
  void makesHmacSha256() throws IOException {
    List<Wycheproof.Vector> vectors = vectors("hmac_sha256_test.json", vector -> true);

    assertThat(vectors)
        .hasSizeGreaterThanOrEqualTo(174)
        .allSatisfy(
            vector -> {
              byte[] tag =
                  Arrays.copyOf(
                      Hashes.hmac(vector.bytes("key"), vector.bytes("msg")),
                      vector.groupNumber("tagSize") / 8);
              assertThat(Hashes.constantTimeEquals(tag, vector.bytes("tag")))
                  .isEqualTo(vector.isValid());
            });
  }

  @Test
  void derivesWithHkdfSha256() throws IOException {
    List<Wycheproof.Vector> vectors = vectors("hkdf_sha256_test.json", vector -> true);

    assertThat(vectors).hasSizeGreaterThanOrEqualTo(86).allSatisfy(WycheproofTest::hkdf);
  }

  private static void hkdf(Wycheproof.Vector vector) {
    byte[] prk = Hashes.hkdfExtract(vector.bytes("salt"), NOTHING, vector.bytes("ikm"));
    byte[] info = vector.bytes("info");
    int size = vector.number("size");
    if (vector.isInvalid()) {
      assertThatThrownBy(() -> Hashes.hkdfExpand(prk, info, size))
          .isInstanceOf(IllegalArgumentException.class);
    } else {
      assertThat(Hashes.hkdfExpand(prk, info, size)).isEqualTo(vector.bytes("okm"));
    }
  }
}
