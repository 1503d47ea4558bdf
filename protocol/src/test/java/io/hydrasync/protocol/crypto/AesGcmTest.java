package io.hydrasync.protocol.crypto;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Bits;
import java.security.Key;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The cases with 256-bit keys and 96-bit nonces of McGrew and Viega, "The Galois/Counter Mode". */
class AesGcmTest {
  private static final String PLAINTEXT =
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
  private static final String CIPHERTEXT =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";
  private static final String KEY = "feffe9928665731c6d6a8f9467308308".repeat(2);
  private static final String NONCE = "cafebabefacedbaddecaf888";

  record Vector(String name, String key, String nonce, String ad, String plaintext, String sealed) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final Vector LAST =
      new Vector(
          "test case 16",
          KEY,
          NONCE,
          "feedfacedeadbeeffeedfacedeadbeefabaddad2",
          PLAINTEXT.substring(0, 120),
          CIPHERTEXT.substring(0, 120) + "76fc6ece0f4e1768cddf8853bb2d551b");

  static final Vector[] VECTORS = {
    new Vector(
        "test case 13",
        "00".repeat(32),
        "00".repeat(12),
        "",
        "",
        "530f8afbc74536b9a963b4f1c4cb738b"),
    new Vector(
        "test case 14",
        "00".repeat(32),
        "00".repeat(12),
        "",
        "00".repeat(16),
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
    new Vector(
        "test case 15", KEY, NONCE, "", PLAINTEXT, CIPHERTEXT + "b094dac5d93471bdec1a502270e3cc6c"),
    LAST,
  };

  @ParameterizedTest
  @FieldSource("VECTORS")
  void sealsAsPublished(Vector vector) {
    byte[] plaintext = hex(vector.plaintext);
    byte[] ad = hex(vector.ad);
    byte[] out = new byte[plaintext.length + AesGcm.TAG_LENGTH];

    new AesGcm()
        .seal(
            AesGcm.key(hex(vector.key), 0),
            hex(vector.nonce),
            ad,
            0,
            ad.length,
            plaintext,
            0,
            plaintext.length,
            out,
            0);

    assertThat(hex(out)).isEqualTo(vector.sealed);
  }

  @ParameterizedTest
  @FieldSource("VECTORS")
  void opensWhatWasPublished(Vector vector) {
    byte[] out = new byte[vector.plaintext.length() / 2];

    boolean opened = open(vector, hex(vector.nonce), hex(vector.ad), hex(vector.sealed), out);

    assertThat(opened).isTrue();
    assertThat(hex(out)).isEqualTo(vector.plaintext);
  }

  @Test
  void sealsAndOpensAtOffsets() {
    AesGcm gcm = new AesGcm();
    Key key = AesGcm.key(Bits.join(new byte[5], hex(LAST.key)), 5);
    byte[] ad = Bits.join(new byte[3], hex(LAST.ad), new byte[2]);
    byte[] plaintext = Bits.join(new byte[7], hex(LAST.plaintext), new byte[2]);
    byte[] sealed = new byte[1 + 76 + 4];

    gcm.seal(key, hex(NONCE), ad, 3, 20, plaintext, 7, 60, sealed, 1);

    assertThat(hex(sealed)).isEqualTo("00" + LAST.sealed + "00000000");
    byte[] opened = new byte[9 + 60 + 1];
    assertThat(gcm.open(key, hex(NONCE), ad, 3, 20, sealed, 1, 76, opened, 9)).isTrue();
    assertThat(hex(opened)).isEqualTo("00".repeat(9) + LAST.plaintext + "00");
  }

  @Test
  void refusesEveryFlippedBit() {
    byte[] sealed = hex(LAST.sealed);
    byte[] ad = hex(LAST.ad);
    byte[] nonce = hex(LAST.nonce);

    for (int bit = 0; bit < Bits.count(sealed); bit++) {
      assertThat(opens(nonce, ad, Bits.flipped(sealed, bit))).as("sealed bit %d", bit).isFalse();
    }
    for (int bit = 0; bit < Bits.count(ad); bit++) {
      assertThat(opens(nonce, Bits.flipped(ad, bit), sealed)).as("ad bit %d", bit).isFalse();
    }
    for (int bit = 0; bit < Bits.count(nonce); bit++) {
      assertThat(opens(Bits.flipped(nonce, bit), ad, sealed)).as("nonce bit %d", bit).isFalse();
    }
    assertThat(opens(nonce, ad, sealed)).isTrue();
  }

  @Test
  void refusesEveryTruncation() {
    byte[] sealed = hex(LAST.sealed);

    for (int length = 0; length < sealed.length; length++) {
      assertThat(opens(hex(NONCE), hex(LAST.ad), Arrays.copyOf(sealed, length)))
          .as("%d bytes", length)
          .isFalse();
    }
  }

  @Test
  void opensAgainAfterARefusal() {
    AesGcm gcm = new AesGcm();
    Key key = AesGcm.key(hex(KEY), 0);
    byte[] ad = hex(LAST.ad);
    byte[] sealed = hex(LAST.sealed);
    byte[] out = new byte[60];

    boolean damaged =
        gcm.open(key, hex(NONCE), ad, 0, 20, Bits.flipped(sealed, 0), 0, sealed.length, out, 0);
    boolean whole = gcm.open(key, hex(NONCE), ad, 0, 20, sealed, 0, sealed.length, out, 0);

    assertThat(damaged).isFalse();
    assertThat(whole).isTrue();
  }

  private static boolean opens(byte[] nonce, byte[] ad, byte[] sealed) {
    return open(LAST, nonce, ad, sealed, new byte[60]);
  }

  private static boolean open(Vector vector, byte[] nonce, byte[] ad, byte[] sealed, byte[] out) {
    Key key = AesGcm.key(hex(vector.key), 0);
    return new AesGcm().open(key, nonce, ad, 0, ad.length, sealed, 0, sealed.length, out, 0);
  }
}
