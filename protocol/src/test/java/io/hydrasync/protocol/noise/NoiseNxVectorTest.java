package io.hydrasync.protocol.noise;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.crypto.X25519;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The vector {@code Noise_NX_25519_AESGCM_SHA256} of the Noise implementation cacophony. */
class NoiseNxVectorTest {
  private static final String PROLOGUE = "4a6f686e2047616c74";
  private static final String INITIATOR_EPHEMERAL =
      "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
  private static final String RESPONDER_STATIC =
      "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
  private static final String RESPONDER_EPHEMERAL =
      "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
  private static final String HANDSHAKE_HASH =
      "3011330d120f21c20d157acf436e8ae24828bee5376bc97108575beb04563b45";

  private record Message(String payload, String ciphertext) {}

  private static final Message MESSAGE_1 =
      new Message(
          "4c756477696720766f6e204d69736573",
          "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
              + "4c756477696720766f6e204d69736573");
  private static final Message MESSAGE_2 =
      new Message(
          "4d757272617920526f746862617264",
          "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
              + "5783d9758cb7e00c45a7d00ddc333aae968443c64f650b54a2ea7e0c1b67c275"
              + "53968441fb058c1e460d676214dfbca9a3d5a445439da611c7a5697b6e6d4883"
              + "32952854c05202c76277d5e02b374d");
  private static final Message FIRST_TO_RESPONDER =
      new Message(
          "462e20412e20486179656b", "019b4087a1fa140e05486824cbdf79ef1744271ffd2124feb93d97");
  private static final Message FIRST_TO_INITIATOR =
      new Message(
          "4361726c204d656e676572", "c8f304c719ab66533a42878b47b23dc8dfc839b962c675ef2bd383");
  private static final Message SECOND_TO_RESPONDER =
      new Message(
          "4a65616e2d426170746973746520536179",
          "e9c0a2537d92e85b88fe153d731f7590b8d112e75e465aeaf91339d68392ed7fcb");
  private static final Message SECOND_TO_INITIATOR =
      new Message(
          "457567656e2042f6686d20766f6e2042617765726b",
          "1a882961b52d92829830cfa356571bc32efb9075c43c7e87940464c939755bc9637253e7e7");

  private Handshake.Initiator initiator;
  private Handshake.Responder responder;

  @BeforeEach
  void startsBothSides() {
    byte[] staticPrivate = hex(RESPONDER_STATIC);
    initiator = new Handshake.Initiator(hex(PROLOGUE), hex(INITIATOR_EPHEMERAL));
    responder =
        new Handshake.Responder(
            hex(PROLOGUE),
            staticPrivate,
            X25519.publicKey(staticPrivate),
            hex(RESPONDER_EPHEMERAL));
  }

  @Test
  void writesTheHandshakeAsPublished() throws Exception {
    byte[] message1 = initiator.writeMessage1(hex(MESSAGE_1.payload));
    byte[] payload1 = responder.readMessage1(hex(MESSAGE_1.ciphertext));
    Handshake.Finished responderEnd = responder.writeMessage2(hex(MESSAGE_2.payload));
    Handshake.Finished initiatorEnd = initiator.readMessage2(hex(MESSAGE_2.ciphertext));

    assertThat(hex(message1)).isEqualTo(MESSAGE_1.ciphertext);
    assertThat(hex(payload1)).isEqualTo(MESSAGE_1.payload);
    assertThat(hex(responderEnd.bytes())).isEqualTo(MESSAGE_2.ciphertext);
    assertThat(hex(initiatorEnd.bytes())).isEqualTo(MESSAGE_2.payload);
    assertThat(hex(responderEnd.result().hash())).isEqualTo(HANDSHAKE_HASH);
    assertThat(hex(initiatorEnd.result().hash())).isEqualTo(HANDSHAKE_HASH);
    byte[] relayKey = X25519.publicKey(hex(RESPONDER_STATIC));
    assertThat(initiatorEnd.result().relayKey()).isEqualTo(relayKey);
    assertThat(responderEnd.result().relayKey()).isEqualTo(relayKey);
  }

  @Test
  void transportsAsPublished() throws Exception {
    initiator.writeMessage1(hex(MESSAGE_1.payload));
    responder.readMessage1(hex(MESSAGE_1.ciphertext));
    Handshake.Result relay = responder.writeMessage2(hex(MESSAGE_2.payload)).result();
    Handshake.Result client = initiator.readMessage2(hex(MESSAGE_2.ciphertext)).result();

    assertTransports(FIRST_TO_RESPONDER, client.sender(), relay.receiver());
    assertTransports(FIRST_TO_INITIATOR, relay.sender(), client.receiver());
    assertTransports(SECOND_TO_RESPONDER, client.sender(), relay.receiver());
    assertTransports(SECOND_TO_INITIATOR, relay.sender(), client.receiver());
  }

  private static void assertTransports(Message message, CipherState sender, CipherState receiver) {
    byte[] payload = hex(message.payload);
    byte[] sealed = new byte[payload.length + 16];
    byte[] opened = new byte[payload.length];

    sender.seal(payload, 0, payload.length, sealed, 0);
    boolean verified = receiver.open(hex(message.ciphertext), 0, sealed.length, opened, 0);

    assertThat(hex(sealed)).isEqualTo(message.ciphertext);
    assertThat(verified).isTrue();
    assertThat(hex(opened)).isEqualTo(message.payload);
  }
}
