package io.hydrasync.protocol.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.ClassicVersions;
import io.hydrasync.protocol.crypto.X25519;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The wires of all versions. The known answers: private keys 00..1f and 20..3f, byte i of the
 * client's nonce i, of the server's 255 - i, as two implementations have them, one of which talks
 * to the crate in all versions.
 */
class LaterWireTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final ClassicVersion BETA_9 = ClassicVersion.of("1.0.0-beta.9");
  private static final ClassicVersion BETA_8 = ClassicVersion.of("1.0.0-beta.8");
  private static final byte[] KEY_OF_BETA_9 =
      HEX.parseHex("a99f704aad24c891ae4744ea805ddf95457c2b9e6a7eea7a90dbbe47d223a43e");

  private static final String JOIN =
      "a0a1a2a3a4a5a6a7a8a9aaaba0f1057b8552f6873332940dc01ab56421b4961a3b13dfd8c1b99c818118c33b405800"
          + "fa4c2eeb7b699c2d3d1a32cbeea5aad6a066f9028be45b76c1a86b824c5a8e280cb9cba66f4883ed0aecfd"
          + "427549";
  private static final String STATUS = "b0b1b2b3b4b5b6b7b8b9babba8172081f543810b1960d06df673e5c347";
  private static final String LENGTH =
      "c0c1c2c3c4c5c6c7c8c9cacb5c3ce582606835249f8fd2ad3939b36659894f5571ea6a1b";
  private static final String METRICS =
      "d0d1d2d3d4d5d6d7d8d9dadbc5b52f501a6277825845e49276af8f50c241165d540aad85b94aeb6a57d9a5237f6d29"
          + "1f0f16dc73d6319a8ce0af2936";
  private static final String PACKET =
      "e0e1e2e3e4e5e6e7e8e9eaebafd9cb6ade0ab2d79dcafcecc6b21967e80d941f0c5dd0bdaa2fba310d491b9e";

  /** Gives bytes that count up. */
  private static final class Counting extends SecureRandom {
    private static final long serialVersionUID = 1;
    private int next;

    Counting(int first) {
      next = first;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) next++;
      }
    }
  }

  private static byte[] run(int from, int step, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (from + step * i);
    }
    return bytes;
  }

  private static ClassicHandshake client(ClassicHello kind) {
    return new ClassicHandshake(kind, run(0, 1, 32), run(0, 1, kind.nonceLength()));
  }

  private static ClassicHandshake server(ClassicHello kind) {
    return new ClassicHandshake(kind, run(0x20, 1, 32), run(255, -1, kind.nonceLength()));
  }

  @ParameterizedTest
  @CsvSource({
    "1.0.0-beta.9, 160, a99f704aad24c891ae4744ea805ddf95457c2b9e6a7eea7a90dbbe47d223a43e",
    "1.0.0-beta.8, 160, e6fb2bc6f48b1f13f6f5bc70968b601a6028ce3541e7bb6f6714d4c496fe4d01",
    "1.0.0-beta.7, 160, b23ded00e0e530b4b8bf7da815cc8d6718b6f8acff357d018815c17c7f00a013",
    "1.0.0-beta.6, 128, df58d58e3fc31422806856993bc96219077632c04aea5ab2a5bf6593c24c9205",
    "1.0.0-beta.2, 104, 17ef231eae83a812d9db5e7808c68f87e4b782af810c8b265e6eca8a83242560"
  })
  void hasTheKnownTransportKeyOfEachWire(String version, int length, String key) throws Exception {
    ClassicHello kind = ClassicVersion.of(version).hello();
    ClassicHandshake client = client(kind);
    ClassicHandshake server = server(kind);
    byte[] sealed = new byte[1 + ClassicCipher.PART_OVERHEAD];
    new ClassicCipher(HEX.parseHex(key)).sealPart(new byte[] {7}, 0, 1, sealed, 0);
    byte[] byClient = new byte[1];
    byte[] byServer = new byte[1];

    byte[] hello = client.hello();
    boolean opens =
        client.withServer(server.hello()).transport(version).openPart(sealed, 0, 29, byClient)
            && server.withClient(hello).transport(version).openPart(sealed, 0, 29, byServer);

    assertThat(opens).isTrue();
    assertThat(byClient).containsExactly(7).isEqualTo(byServer);
    assertThat(hello).hasSize(length);
    assertThat(HEX.formatHex(hello))
        .endsWith("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f");
    assertThat(HEX.formatHex(server.hello()))
        .endsWith("358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254");
  }

  @Test
  void agreesOnTheKnownSecret() throws Exception {
    assertThat(X25519.sharedSecret(run(0, 1, 32), X25519.publicKey(run(0x20, 1, 32))))
        .isEqualTo(
            HEX.parseHex("9663aa1da97e848a914a436d04163dfbb89178f107f1b5b77ed3854203382854"));
  }

  private static ClassicCipher transport(int firstNonceByte) {
    return new ClassicCipher(KEY_OF_BETA_9, new Counting(firstNonceByte));
  }

  @Test
  void sealsAndOpensTheKnownJoin() {
    SessionId session = SessionId.of(run(0, 1, 64));
    ClassicJoin join = new ClassicJoin(ClassicRole.CONSUMER, session);

    assertThat(HEX.formatHex(join.seal(transport(0xa0), BETA_9))).isEqualTo(JOIN);
    assertThat(ClassicJoin.open(transport(0), BETA_9, HEX.parseHex(JOIN))).contains(join);
  }

  @Test
  void sealsAndOpensTheKnownAnswers() {
    ClassicMetrics metrics = new ClassicMetrics(1.5, 7, 2, 123_456_789);
    byte[] sealed = new byte[ClassicMetrics.LENGTH];
    metrics.seal(transport(0xd0), sealed, 0);

    assertThat(HEX.formatHex(ClassicStatus.SUCCESS.seal(transport(0xb0), BETA_9)))
        .isEqualTo(STATUS);
    assertThat(ClassicStatus.open(transport(0), HEX.parseHex(STATUS))).isZero();
    assertThat(HEX.formatHex(ClassicPackets.seal(transport(0xc0), 16_384))).isEqualTo(LENGTH);
    assertThat(ClassicPackets.open(transport(0), HEX.parseHex(LENGTH))).isEqualTo(16_384);
    assertThat(HEX.formatHex(sealed)).isEqualTo(METRICS);
    assertThat(ClassicMetrics.open(transport(0), HEX.parseHex(METRICS))).contains(metrics);
  }

  @Test
  void sealsAndOpensTheKnownPacket() {
    ClassicCipher cipher = new ClassicCipher(run(0x40, 1, 32), new Counting(0xe0));
    byte[] packet = new byte[16 + ClassicCipher.PART_OVERHEAD];
    byte[] opened = new byte[16];

    cipher.sealPart(run(0, 1, 16), 0, 16, packet, 0);

    assertThat(HEX.formatHex(packet)).isEqualTo(PACKET);
    assertThat(cipher.openPart(packet, 0, packet.length, opened)).isTrue();
    assertThat(opened).isEqualTo(run(0, 1, 16));
  }

  @Test
  void opensNothingWithAFlippedBitOrOfAnotherLength() {
    ClassicCipher cipher = transport(0);
    for (String hex : List.of(JOIN, STATUS, LENGTH, METRICS)) {
      byte[] whole = HEX.parseHex(hex);
      for (int bit = 0; bit < 8 * whole.length; bit++) {
        byte[] damaged = whole.clone();
        damaged[bit / 8] ^= (byte) (1 << bit % 8);
        assertOpensNothing(cipher, damaged);
      }
      assertOpensNothing(cipher, Arrays.copyOf(whole, whole.length - 1));
      assertOpensNothing(cipher, Arrays.copyOf(whole, whole.length + 1));
    }
  }

  private static void assertOpensNothing(ClassicCipher cipher, byte[] sealed) {
    assertThat(ClassicJoin.open(cipher, BETA_9, sealed)).isEmpty();
    assertThat(ClassicMetrics.open(cipher, sealed)).isEmpty();
    assertThatThrownBy(() -> ClassicStatus.open(cipher, sealed))
        .isInstanceOf(AuthenticationException.class);
    assertThatThrownBy(() -> ClassicPackets.open(cipher, sealed))
        .isInstanceOf(AuthenticationException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE, 1L << 44, 1L << 32, ClassicPackets.MAX_PAYLOAD + 1L})
  void refusesAPacketLengthThatCannotBe(long length) {
    ClassicCipher cipher = transport(0);
    byte[] plaintext = new byte[8];
    for (int i = 0; i < 8; i++) {
      plaintext[i] = (byte) (length >>> 8 * i);
    }
    byte[] sealed = new byte[ClassicPackets.LENGTH];
    cipher.sealPart(plaintext, 0, 8, sealed, 0);

    assertThatThrownBy(() -> ClassicPackets.open(cipher, sealed))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining(Long.toUnsignedString(length))
        .extracting(e -> ((HydraException) e).code())
        .isEqualTo(ErrorCode.PROTOCOL);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, ClassicPackets.MAX_PAYLOAD})
  void opensThePacketLengthThatItSealed(int length) {
    ClassicCipher cipher = transport(0);

    assertThat(ClassicPackets.open(cipher, ClassicPackets.seal(cipher, length))).isEqualTo(length);
  }

  @Test
  void hasTheRolesOfEachVersion() {
    for (String name : ClassicVersions.KNOWN) {
      ClassicVersion version = ClassicVersion.of(name);
      int first = name.equals("1.0.0-beta.9") ? 0 : 1;
      assertThat(version.number(ClassicRole.PRODUCER)).isEqualTo(first);
      assertThat(version.number(ClassicRole.CONSUMER)).isEqualTo(first + 1);
      for (int number = 0; number < 256; number++) {
        ClassicRole role = version.role(number);
        if (number == first) {
          assertThat(role).isEqualTo(ClassicRole.PRODUCER);
        } else if (number == first + 1) {
          assertThat(role).isEqualTo(ClassicRole.CONSUMER);
        } else {
          boolean observes = first == 0 && number == 2;
          assertThat(role).isEqualTo(observes ? ClassicRole.OBSERVER : ClassicRole.OTHER);
        }
      }
      assertThatThrownBy(() -> version.number(ClassicRole.OTHER))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> BETA_8.number(ClassicRole.OBSERVER))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void hasTheStatusesOfEachVersion() {
    ClassicCipher cipher = transport(0);
    for (ClassicVersion version : List.of(BETA_8, BETA_9)) {
      int known = 0;
      for (int number = 0; number < 256; number++) {
        ClassicStatus status = version.status(number).orElse(null);
        if (status != null) {
          known++;
          assertThat(ClassicStatus.open(cipher, status.seal(cipher, version))).isEqualTo(number);
        }
      }
      assertThat(known).isEqualTo(version == BETA_8 ? 5 : 6);
    }
    assertThat(BETA_8.status(4)).contains(ClassicStatus.INTERNAL_ERROR);
    assertThat(BETA_9.status(4)).contains(ClassicStatus.INVALID_TOKEN);
    assertThat(BETA_9.status(5)).contains(ClassicStatus.INTERNAL_ERROR);
    assertThatThrownBy(() -> ClassicStatus.INVALID_TOKEN.seal(cipher, BETA_8))
        .isInstanceOf(IllegalArgumentException.class);
    ClassicVersion earlier = ClassicVersion.of("1.0.0-beta.6");
    assertThatThrownBy(() -> ClassicStatus.SUCCESS.seal(cipher, earlier))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void takesAnUnknownVersionForOneOfTheLaterWire() {
    ClassicVersion unknown = ClassicVersion.of("1.0.0-beta.10");

    assertThat(unknown.isLater()).isTrue();
    assertThat(unknown.number(ClassicRole.PRODUCER)).isZero();
    assertThat(ClassicVersion.of("1.0.0-beta.6").isLater()).isFalse();
  }

  @Test
  void triesTheVersionsThatCanHaveSaidAHello() {
    List<String> names = List.of("2.0", "1.0.0-beta.9", "1.0.0-beta.6", "1.0.0-beta.2");

    assertThat(ClassicVersion.thatSay(ClassicHello.BETA_7, names))
        .extracting(ClassicVersion::name)
        .containsExactly("2.0", "1.0.0-beta.9");
    assertThat(ClassicVersion.thatSay(ClassicHello.BETA_3, names))
        .extracting(ClassicVersion::name)
        .containsExactly("2.0", "1.0.0-beta.6");
    assertThat(ClassicVersion.thatSay(ClassicHello.BETA_2, names))
        .containsExactly(
            new ClassicVersion("2.0", ClassicHello.BETA_2),
            new ClassicVersion("1.0.0-beta.2", ClassicHello.BETA_2));
  }

  @ParameterizedTest
  @ValueSource(ints = {104, 128})
  void goesOnWithAHelloThatWasTooShort(int length) throws Exception {
    ClassicHello taken = length == 104 ? ClassicHello.BETA_2 : ClassicHello.BETA_3;
    byte[] said = new ClassicHandshake(taken, RANDOM).hello();
    ClassicHandshake client = new ClassicHandshake(ClassicHello.BETA_7, RANDOM);
    byte[] clientHello = client.hello();

    ClassicHandshake server = ClassicHandshake.goingOn(ClassicHello.BETA_7, said, RANDOM);
    byte[] hello = server.hello();

    assertThat(hello).hasSize(160).startsWith(said);
    ClassicCipher ofClient = client.withServer(hello).transport("v");
    ClassicCipher ofServer = server.withClient(clientHello).transport("v");
    assertThat(ClassicPackets.open(ofClient, ClassicPackets.seal(ofServer, 5))).isEqualTo(5);
    assertThatThrownBy(() -> client.withServer(new byte[128]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
