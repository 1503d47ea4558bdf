package io.hydrasync.protocol.crypto;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hydrasync.protocol.Bits;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HashesTest {
  private static final byte[] EMPTY = new byte[0];

  @Test
  void hashesAbcAsInFips180() {
    assertThat(hex(Hashes.sha256("abc".getBytes(US_ASCII))))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void hashesPartsAsOneString() {
    byte[] whole = ascending(0x00, 70);

    byte[] inParts =
        Hashes.sha256(Arrays.copyOf(whole, 1), EMPTY, Arrays.copyOfRange(whole, 1, whole.length));

    assertThat(inParts).isEqualTo(Hashes.sha256(whole));
  }

  static Object[] casesOfRfc4231() {
    return new Object[] {
      Arguments.of(
          "1",
          filled(0x0b, 20),
          "Hi There".getBytes(US_ASCII),
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
      Arguments.of(
          "2",
          "Jefe".getBytes(US_ASCII),
          "what do ya want for nothing?".getBytes(US_ASCII),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
      Arguments.of(
          "3",
          filled(0xaa, 20),
          filled(0xdd, 50),
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
      Arguments.of(
          "4",
          ascending(0x01, 25),
          filled(0xcd, 50),
          "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
      Arguments.of(
          "5, whose answer is truncated to 128 bits",
          filled(0x0c, 20),
          "Test With Truncation".getBytes(US_ASCII),
          "a3b6167473100ee06e0c796c2955552b"),
      Arguments.of(
          "6",
          filled(0xaa, 131),
          "Test Using Larger Than Block-Size Key - Hash Key First".getBytes(US_ASCII),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
      Arguments.of(
          "7",
          filled(0xaa, 131),
          ("This is a test using a larger than block-size key and a larger than block-size data."
                  + " The key needs to be hashed before being used by the HMAC algorithm.")
              .getBytes(US_ASCII),
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
      Arguments.of(
          "with an empty key",
          EMPTY,
          EMPTY,
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    };
  }

  @ParameterizedTest(name = "case {0}")
  @MethodSource("casesOfRfc4231")
  void authenticatesAsInRfc4231(String name, byte[] key, byte[] data, String expected) {
    assertThat(hex(Hashes.hmac(key, data))).hasSize(2 * Hashes.LENGTH).startsWith(expected);
  }

  @Test
  void authenticatesPartsAsOneString() {
    byte[] key = filled(0xaa, 20);
    byte[] data = filled(0xdd, 50);

    assertThat(Hashes.hmac(key, Arrays.copyOf(data, 7), EMPTY, Arrays.copyOf(data, 43)))
        .isEqualTo(Hashes.hmac(key, data));
  }

  static Object[] casesOfRfc5869() {
    return new Object[] {
      Arguments.of(
          "A.1",
          filled(0x0b, 22),
          ascending(0x00, 13),
          ascending(0xf0, 10),
          "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
      Arguments.of(
          "A.2",
          ascending(0x00, 80),
          ascending(0x60, 80),
          ascending(0xb0, 80),
          "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
          "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
              + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
              + "cc30c58179ec3e87c14c01d5c1f3434f1d87"),
      Arguments.of(
          "A.3",
          filled(0x0b, 22),
          EMPTY,
          EMPTY,
          "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
          "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
    };
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("casesOfRfc5869")
  void derivesAsInRfc5869(
      String name, byte[] keyMaterial, byte[] salt, byte[] info, String prk, String okm) {
    byte[] extracted = Hashes.hkdfExtract(salt, keyMaterial);

    assertThat(hex(extracted)).isEqualTo(prk);
    assertThat(hex(Hashes.hkdfExpand(extracted, info, okm.length() / 2))).isEqualTo(okm);
  }

  @Test
  void extractsFromPartsAsFromOneString() {
    byte[] keyMaterial = filled(0x0b, 22);
    byte[] half = Arrays.copyOf(keyMaterial, 11);

    assertThat(Hashes.hkdfExtract(ascending(0x00, 13), half, half))
        .isEqualTo(Hashes.hkdfExtract(ascending(0x00, 13), keyMaterial));
  }

  @Test
  void expandsToTheLargestLengthOfRfc5869AndNoFurther() {
    byte[] prk = filled(0x0b, 32);

    byte[] largest = Hashes.hkdfExpand(prk, EMPTY, 255 * 32);

    assertThat(largest).hasSize(8160).startsWith(Hashes.hkdfExpand(prk, EMPTY, 100));
    byte[] lastBlock = Arrays.copyOfRange(largest, 254 * 32, 255 * 32);
    byte[] blockBefore = Arrays.copyOfRange(largest, 253 * 32, 254 * 32);
    assertThat(lastBlock).isEqualTo(Hashes.hmac(prk, blockBefore, new byte[] {(byte) 255}));
    assertThatIllegalArgumentException().isThrownBy(() -> Hashes.hkdfExpand(prk, EMPTY, 8161));
    assertThatIllegalArgumentException().isThrownBy(() -> Hashes.hkdfExpand(prk, EMPTY, -1));
    assertThat(Hashes.hkdfExpand(prk, EMPTY, 0)).isEmpty();
  }

  @Test
  void labelsWithTheVersionAndAZeroByte() {
    assertThat(Hashes.label("owner")).isEqualTo("hydra-sync/2 owner\0".getBytes(US_ASCII));
  }

  @Test
  void comparesEveryBit() {
    byte[] bytes = ascending(0x00, 32);

    assertThat(Hashes.constantTimeEquals(bytes, bytes.clone())).isTrue();
    assertThat(Hashes.constantTimeEquals(bytes, Arrays.copyOf(bytes, 31))).isFalse();
    for (int bit = 0; bit < Bits.count(bytes); bit++) {
      assertThat(Hashes.constantTimeEquals(bytes, Bits.flipped(bytes, bit))).isFalse();
    }
  }

  private static byte[] filled(int value, int length) {
    return HexFormat.of().parseHex("%02x".formatted(value).repeat(length));
  }

  private static byte[] ascending(int first, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (first + i);
    }
    return bytes;
  }
}
