package io.hydrasync.protocol.classic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.ClassicVersions;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.wire.Frames;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassicWireTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final ClassicVersion EARLIER = ClassicVersion.of("1.0.0-beta.6");

  /**
   * Private keys 10..2f and 50..6f, nonces 00..5f and 64..c3, by Python's cryptography; the second
   * is beta.2's but for its hello.
   */
  @ParameterizedTest
  @CsvSource({
    "1.0.0-beta.6, 0000005da0a1a2a3a4a5a6a7a8a9aaab394caad4c856df0694e04bedd4be9c53b343c6294bf879"
        + "a246ff6ae7e3a0a64d2ebfc7046eb845abc5836321c2bc9dca7b69113dc95481913e1af1b1d9239310e48317"
        + "435d72e9dd4e07959dda49fcc685",
    "1.0.0-beta.2, 0000005da0a1a2a3a4a5a6a7a8a9aaab48ac8ee0fcb1994b897b84ab91724764709bd83293107d"
        + "3019b92006bbc671dcfe8c737adbfc63c8928f7e9210f3d182877bbbbb9797cb8136c84c5b84c3c2c9bc1d9e"
        + "3f5d79e86fef15775f1900742540"
  })
  void opensTheKnownAnswersOfAJoin(String version, String hex) throws Exception {
    ClassicHandshake client = new ClassicHandshake(ClassicHello.BETA_3, run(0x10, 32), run(0, 96));
    ClassicHandshake server =
        new ClassicHandshake(ClassicHello.BETA_3, run(0x50, 32), run(100, 96));
    byte[] frame = HexFormat.of().parseHex(hex);

    ClassicJoin join =
        ClassicJoin.open(server.withClient(client.hello()).transport(version), EARLIER, frame)
            .orElseThrow();

    assertThat(join.role()).isEqualTo(ClassicRole.CONSUMER);
    assertThat(join.session().toBytes()).containsOnly(7);
    assertThat(
            ClassicJoin.open(client.withServer(server.hello()).transport(version), EARLIER, frame))
        .contains(join);
  }

  @Test
  void opensAJoinUnderItsVersionOnly() throws Exception {
    ClassicHandshake client = new ClassicHandshake(ClassicHello.BETA_3, RANDOM);
    ClassicHandshake server = new ClassicHandshake(ClassicHello.BETA_3, RANDOM);
    SessionId id = SessionId.of(run(9, SessionId.LENGTH));
    ClassicJoin join = new ClassicJoin(ClassicRole.PRODUCER, id);

    byte[] frame = join.seal(client.withServer(server.hello()).transport("1.0.0-beta.4"), EARLIER);

    ClassicHandshake.Agreement agreement = server.withClient(client.hello());
    assertThat(frame).hasSize(97);
    assertThat(Frames.u32(frame, 0)).isEqualTo(93);
    assertThat(ClassicJoin.open(agreement.transport("1.0.0-beta.4"), EARLIER, frame))
        .contains(join);
    assertThat(ClassicJoin.open(agreement.transport("1.0.0-beta.5"), EARLIER, frame)).isEmpty();
  }

  @Test
  void opensNoJoinWithAFlippedBit() throws Exception {
    ClassicHandshake client = new ClassicHandshake(ClassicHello.BETA_3, RANDOM);
    ClassicHandshake server = new ClassicHandshake(ClassicHello.BETA_3, RANDOM);
    ClassicJoin join =
        new ClassicJoin(ClassicRole.PRODUCER, SessionId.of(run(9, SessionId.LENGTH)));
    byte[] frame = join.seal(client.withServer(server.hello()).transport("v"), EARLIER);
    ClassicCipher transport = server.withClient(client.hello()).transport("v");

    for (int bit = 8 * Frames.LEN_BYTES; bit < 8 * frame.length; bit++) {
      byte[] damaged = frame.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(ClassicJoin.open(transport, EARLIER, damaged)).isEmpty();
    }
    assertThat(ClassicJoin.open(transport, EARLIER, Arrays.copyOf(frame, 96))).isEmpty();
    assertThat(ClassicJoin.open(transport, EARLIER, Arrays.copyOf(frame, 98))).isEmpty();
  }

  @Test
  void refusesAPointOfLowOrder() {
    byte[] hello = new byte[ClassicHello.BETA_3.length()];

    assertThatThrownBy(() -> new ClassicHandshake(ClassicHello.BETA_3, RANDOM).withClient(hello))
        .isInstanceOf(X25519.LowOrderPointException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 200, 65_536})
  void opensWhatItSealed(int size) {
    ClassicCipher cipher = new ClassicCipher(run(3, 32));
    byte[] message = run(5, size);
    byte[] frame = new byte[size + ClassicCipher.OVERHEAD];
    byte[] again = new byte[frame.length];
    byte[] opened = new byte[size];

    cipher.seal(message, 0, size, frame, 0);
    cipher.seal(message, 0, size, again, 0);

    assertThat(Frames.u32(frame, 0)).isEqualTo(size + 28);
    assertThat(again).as("another nonce").isNotEqualTo(frame);
    assertThat(cipher.open(frame, 0, frame.length, opened)).isTrue();
    assertThat(opened).isEqualTo(message);
    assertThat(cipher.open(frame, 0, ClassicCipher.OVERHEAD - 1, opened)).isFalse();
  }

  @Test
  void neverUsesANonceTwiceInALongRun() {
    ClassicCipher cipher = new ClassicCipher(run(3, 32));
    byte[] frame = new byte[ClassicCipher.OVERHEAD];
    java.util.Set<String> seen = new java.util.HashSet<>();

    for (int i = 0; i < 1_000; i++) {
      cipher.seal(frame, 0, 0, frame, 0);
      assertThat(seen.add(new String(frame, 4, 12, java.nio.charset.StandardCharsets.ISO_8859_1)))
          .isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1.0 beta", "é"})
  void refusesWhatIsNoVersion(String version) {
    assertThatThrownBy(() -> ClassicVersions.check(version))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(ClassicVersions.check("1.0.0-beta.7").getBytes(UTF_8)).hasSize(12);
  }

  private static byte[] run(int from, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (from + i);
    }
    return bytes;
  }
}
