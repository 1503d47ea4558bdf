package io.hydrasync.protocol.noise;

import static io.hydrasync.protocol.KnownAnswers.CLIENT_EPHEMERAL;
import static io.hydrasync.protocol.KnownAnswers.MESSAGE_1;
import static io.hydrasync.protocol.KnownAnswers.MESSAGE_2;
import static io.hydrasync.protocol.KnownAnswers.RELAY_EPHEMERAL;
import static io.hydrasync.protocol.KnownAnswers.RELAY_STATIC;
import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hydrasync.protocol.Bits;
import io.hydrasync.protocol.KnownAnswers;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.wire.Magic;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The handshake of wire 2: the magic as prologue and empty payloads. */
class HandshakeTest {
  private static final byte[] EMPTY = new byte[0];

  @Test
  void agreesWithTheKnownAnswers() throws Exception {
    Handshake.Initiator client = client();
    Handshake.Responder relay = relay();

    byte[] message1 = client.writeMessage1(EMPTY);
    byte[] payload1 = relay.readMessage1(message1);
    Handshake.Finished relayEnd = relay.writeMessage2(EMPTY);
    Handshake.Finished clientEnd = client.readMessage2(relayEnd.bytes());

    assertThat(hex(message1)).isEqualTo(MESSAGE_1);
    assertThat(message1).hasSize(Handshake.MESSAGE_1_LENGTH);
    assertThat(payload1).isEmpty();
    assertThat(hex(relayEnd.bytes())).isEqualTo(MESSAGE_2);
    assertThat(relayEnd.bytes()).hasSize(Handshake.MESSAGE_2_LENGTH);
    assertThat(clientEnd.bytes()).isEmpty();
    assertAnswers(clientEnd.result(), clientEnd.result().sender(), clientEnd.result().receiver());
    assertAnswers(relayEnd.result(), relayEnd.result().receiver(), relayEnd.result().sender());
  }

  private static void assertAnswers(
      Handshake.Result result, CipherState clientToRelay, CipherState relayToClient) {
    assertThat(hex(result.hash())).isEqualTo(KnownAnswers.H);
    assertThat(hex(clientToRelay.keyBytes())).isEqualTo(KnownAnswers.CLIENT_TO_RELAY_KEY);
    assertThat(hex(relayToClient.keyBytes())).isEqualTo(KnownAnswers.RELAY_TO_CLIENT_KEY);
    assertThat(result.relayKey()).isEqualTo(X25519.publicKey(hex(RELAY_STATIC)));
  }

  @Test
  void clientRefusesMessage2WithAnyBitFlipped() throws Exception {
    byte[] message2 = hex(MESSAGE_2);

    for (int bit = 0; bit < Bits.count(message2); bit++) {
      assertClientRefuses(Bits.flipped(message2, bit), "bit " + bit);
    }
    assertThat(clientAfterMessage1().readMessage2(message2).result().hash()).hasSize(32);
  }

  @Test
  void clientRefusesMessage2OfAnyOtherLength() {
    byte[] message2 = hex(MESSAGE_2);

    for (int length = 0; length < message2.length; length++) {
      assertClientRefuses(Arrays.copyOf(message2, length), length + " bytes");
    }
    assertClientRefuses(Arrays.copyOf(message2, message2.length + 1), "one byte more");
  }

  @Test
  void clientRefusesMessage2ToAnotherMessage1() {
    for (int bit = 0; bit < 8 * X25519.LENGTH; bit++) {
      // The bits that X25519 ignores in a public key count all the same: both hash the message.
      byte[] message1 = Bits.flipped(hex(MESSAGE_1), bit);
      assertThatExceptionOfType(NoiseException.class)
          .as("bit %d of message 1", bit)
          .isThrownBy(() -> clientAfterMessage1().readMessage2(answer(relay(), message1)));
    }
  }

  @Test
  void relayRefusesMessage1ThatIsTooShort() {
    byte[] message1 = hex(MESSAGE_1);

    for (int length = 0; length < message1.length; length++) {
      byte[] cut = Arrays.copyOf(message1, length);
      assertThatExceptionOfType(NoiseException.class)
          .as("%d bytes", length)
          .isThrownBy(() -> relay().readMessage1(cut));
    }
  }

  @Test
  void clientRefusesAnotherPrologue() {
    for (int bit = 0; bit < 8 * Magic.LENGTH; bit++) {
      Handshake.Responder relay = relay(Bits.flipped(Magic.bytes(), bit));
      assertThatExceptionOfType(NoiseException.class)
          .as("prologue bit %d", bit)
          .isThrownBy(() -> clientAfterMessage1().readMessage2(answer(relay, hex(MESSAGE_1))));
    }
  }

  @Test
  void clientRefusesPayloadThatWasChanged() throws Exception {
    byte[] payload = {1, 2, 3};
    Handshake.Responder relay = relay();
    relay.readMessage1(hex(MESSAGE_1));
    byte[] message2 = relay.writeMessage2(payload).bytes();

    assertThat(message2).hasSize(Handshake.MESSAGE_2_LENGTH + payload.length);
    assertThat(clientAfterMessage1().readMessage2(message2).bytes()).isEqualTo(payload);
    for (int bit = 8 * 80; bit < Bits.count(message2); bit++) {
      assertClientRefuses(Bits.flipped(message2, bit), "bit " + bit);
    }
  }

  @Test
  void relayRefusesToAnswerBeforeMessage1() {
    assertThatIllegalArgumentException().isThrownBy(() -> relay().writeMessage2(EMPTY));
  }

  @ParameterizedTest
  @MethodSource("io.hydrasync.protocol.crypto.LowOrderPoints#all")
  void relayEndsTheHandshakeAtPointOfLowOrder(String point) throws Exception {
    Handshake.Responder relay = relay();
    relay.readMessage1(hex(point));

    assertThatExceptionOfType(NoiseException.class).isThrownBy(() -> relay.writeMessage2(EMPTY));
  }

  @ParameterizedTest
  @MethodSource("io.hydrasync.protocol.crypto.LowOrderPoints#all")
  void clientEndsTheHandshakeAtPointOfLowOrder(String point) {
    byte[] message2 = Bits.replaced(hex(MESSAGE_2), 0, hex(point));

    assertThatExceptionOfType(NoiseException.class)
        .isThrownBy(() -> clientAfterMessage1().readMessage2(message2))
        .withMessageContaining("low order");
  }

  @Test
  void zeroesTheEphemeralKeysAtTheEnd() throws Exception {
    byte[] clientEphemeral = hex(CLIENT_EPHEMERAL);
    byte[] relayEphemeral = hex(RELAY_EPHEMERAL);
    byte[] relayStatic = hex(RELAY_STATIC);
    Handshake.Initiator client = new Handshake.Initiator(Magic.bytes(), clientEphemeral);
    Handshake.Responder relay =
        new Handshake.Responder(
            Magic.bytes(), relayStatic, X25519.publicKey(relayStatic), relayEphemeral);

    relay.readMessage1(client.writeMessage1(EMPTY));
    client.readMessage2(relay.writeMessage2(EMPTY).bytes());

    assertThat(clientEphemeral).containsOnly(0);
    assertThat(relayEphemeral).containsOnly(0);
    assertThat(hex(relayStatic)).as("the static key is borrowed").isEqualTo(RELAY_STATIC);
  }

  @Test
  void clientZeroesTheEphemeralKeyWhenTheHandshakeFails() {
    byte[] ephemeral = hex(CLIENT_EPHEMERAL);
    Handshake.Initiator client = new Handshake.Initiator(Magic.bytes(), ephemeral);
    client.writeMessage1(EMPTY);

    assertThatExceptionOfType(NoiseException.class)
        .isThrownBy(() -> client.readMessage2(Bits.flipped(hex(MESSAGE_2), 300)));

    assertThat(ephemeral).containsOnly(0);
  }

  @Test
  void relayZeroesTheEphemeralKeyWhenTheHandshakeFails() throws Exception {
    byte[] ephemeral = hex(RELAY_EPHEMERAL);
    byte[] relayStatic = hex(RELAY_STATIC);
    Handshake.Responder relay =
        new Handshake.Responder(
            Magic.bytes(), relayStatic, X25519.publicKey(relayStatic), ephemeral);
    relay.readMessage1(new byte[X25519.LENGTH]);

    assertThatExceptionOfType(NoiseException.class).isThrownBy(() -> relay.writeMessage2(EMPTY));

    assertThat(ephemeral).containsOnly(0);
  }

  private static void assertClientRefuses(byte[] message2, String what) {
    assertThatExceptionOfType(NoiseException.class)
        .as(what)
        .isThrownBy(() -> clientAfterMessage1().readMessage2(message2));
  }

  private static byte[] answer(Handshake.Responder relay, byte[] message1) throws NoiseException {
    relay.readMessage1(message1);
    return relay.writeMessage2(EMPTY).bytes();
  }

  private static Handshake.Initiator clientAfterMessage1() {
    Handshake.Initiator client = client();
    client.writeMessage1(EMPTY);
    return client;
  }

  private static Handshake.Initiator client() {
    return new Handshake.Initiator(Magic.bytes(), hex(CLIENT_EPHEMERAL));
  }

  private static Handshake.Responder relay() {
    return relay(Magic.bytes());
  }

  private static Handshake.Responder relay(byte[] prologue) {
    byte[] relayStatic = hex(RELAY_STATIC);
    return new Handshake.Responder(
        prologue, relayStatic, X25519.publicKey(relayStatic), hex(RELAY_EPHEMERAL));
  }
}
