package io.hydrasync.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.HydraPeer;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.PythonPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A relay's new key, between our ends and those of an independent implementation. */
@Tag("foreign")
@Timeout(60)
class NextKeyIT {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final SessionSecrets session = SessionSecrets.generate();

  @TempDir private Path directory = Path.of("");

  @BeforeAll
  static void needsPython() {
    PythonPeer.assumeInstalled();
  }

  private Path file(String name, byte[] key) throws Exception {
    Path file = directory.resolve(name);
    Files.writeString(file, HexFormat.of().formatHex(key) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  @Test
  void theirClientsFollowOurRelayToItsNewKey() throws Exception {
    Path old = file("old", X25519.newPrivateKey(RANDOM));
    byte[] secret = X25519.newPrivateKey(RANDOM);
    Path fresh = file("new", secret);
    RelayKey next = RelayKey.of(X25519.publicKey(secret));
    try (HydraServer relay = HydraServer.builder().keyFile(old).keyFileAlso(fresh).bind();
        HydraProducer producer =
            HydraProducer.builder(relay.address(), session).relayKey(relay.relayKey()).connect();
        PeerProcess theirs =
            HydraPeer.consume(
                HydraPeer.ours(relay), session, "--reconnect", "30", "--count", "2")) {
      RelayKey first = relay.relayKey();
      assertThat(theirs.awaitAfter("\"event\": \"keys\"")).contains(first + "\", \"" + next);
      producer.broadcast(HydraPeer.message(0, 10));
      relay.operator().relayKey(fresh, Optional.empty());
      producer.broadcast(HydraPeer.message(1, 10));
      theirs.assertEndsWell();
      try (PeerProcess later =
          HydraPeer.consume(
              HydraPeer.at(relay.address(), first), session, "--reconnect", "1", "--count", "2")) {
        assertThat(later.awaitAfter("RELAY_KEY_MISMATCH")).isNotNull();
      }
    }
  }

  @Test
  void ourClientsFollowTheirRelayToItsNewKey() throws Exception {
    byte[] secret = X25519.newPrivateKey(RANDOM);
    RelayKey next = RelayKey.of(X25519.publicKey(secret));
    KnownRelays known = new KnownRelays(directory.resolve("known"));
    HydraPeer.Relay relay = HydraPeer.relay("--listen", "127.0.0.1:0", "--next-key=" + next);
    String name = KnownRelays.nameOf(RelayAddress.of(relay.address()));
    HydraProducer producer =
        HydraProducer.builder(relay.address(), session).relayKey(relay.key()).connect();
    try (HydraConsumer consumer =
        HydraConsumer.builder(relay.address(), session).knownRelays(known).connect()) {
      producer.broadcast(new byte[1]);
      assertThat(consumer.receive()).isNotNull();
      assertThat(known.keys(name)).contains(RelayKeys.of(relay.key(), next));
      relay.close();
      try (HydraPeer.Relay after =
          HydraPeer.relay(
              "--listen",
              HydraPeer.hostPort(relay.address()),
              "--key",
              HexFormat.of().formatHex(secret))) {
        producer.broadcast(new byte[2]);
        assertThat(consumer.receive()).isNotNull();
        assertThat(producer.relayKey()).isEqualTo(after.key()).isEqualTo(next);
        assertThat(known.keys(name)).as("the old one is dropped").contains(RelayKeys.of(next));
      }
    } finally {
      producer.abort(); // its relay is gone
    }
  }
}
