package io.hydrasync.cli.pipe;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.Wire;
import java.security.SecureRandom;
import java.util.List;

/**
 * How long a relay's packets are on the later classic wire. Only who joins a session is told: so
 * one is joined that nobody has, and nobody hears of it. Stateless.
 */
final class PacketLength {
  private PacketLength() {}

  /**
   * Refuses what could not be sent to its end.
   *
   * @param version of the later wire
   * @param size of what is to be sent, in bytes
   * @throws UnsupportedByWireException if it is no multiple of the relay's packets
   * @throws io.hydrasync.protocol.HydraException if the relay does not say
   */
  static void check(List<RelayAddress> relays, String version, long size) {
    int packet = of(relays, version);
    if (size % packet != 0) {
      throw new UnsupportedByWireException(
          "a file of "
              + size
              + " bytes; this relay's packets carry "
              + packet
              + ", and on this wire a file is one or more whole packets; pad it, or use wire 2");
    }
  }

  /** The crate's relay tells consumers nothing before a session has a producer; ours does. */
  private static int of(List<RelayAddress> relays, String version) {
    SecureRandom random = new SecureRandom();
    byte[] id = new byte[SessionId.LENGTH];
    random.nextBytes(id);
    SessionSecrets nobodys = new SessionSecrets(SessionId.of(id), SessionKey.generate(random));
    try (HydraConsumer consumer =
        HydraConsumer.builder(relays, nobodys)
            .wire(Wire.CLASSIC)
            .classicVersion(version)
            .connect()) {
      return consumer.packetBytes().orElseThrow();
    } catch (RelayException e) {
      if (e.code() != ErrorCode.NO_SESSION) {
        throw e;
      }
    }
    try (HydraProducer producer =
        HydraProducer.builder(relays, nobodys)
            .wire(Wire.CLASSIC)
            .classicVersion(version)
            .connect()) {
      return producer.packetBytes().orElseThrow();
    }
  }
}
