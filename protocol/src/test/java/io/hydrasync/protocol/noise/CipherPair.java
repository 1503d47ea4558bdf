package io.hydrasync.protocol.noise;

import static io.hydrasync.protocol.KnownAnswers.hex;

import io.hydrasync.protocol.KnownAnswers;

/**
 * Both ends of the direction from client to relay, right after the handshake of the known answers.
 *
 * @param sender the client's
 * @param receiver the relay's
 */
public record CipherPair(CipherState sender, CipherState receiver) {
  public static CipherPair fresh() {
    byte[] key = hex(KnownAnswers.CLIENT_TO_RELAY_KEY);
    return new CipherPair(new CipherState(key, 0), new CipherState(key, 0));
  }
}
