package io.hydrasync.tests.security;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Looks for keys in a dump of this JVM's heap: what has been closed keeps none, although it is
 * still referred to.
 */
public class KeysInMemoryIT {
  private static final byte MASK = 0x77;

  @TempDir private Path directory;

  /** Kept masked, so that this copy of the secret does not count. */
  private static byte[] masked(byte[] secret) {
    byte[] masked = secret.clone();
    for (int i = 0; i < masked.length; i++) {
      masked[i] ^= MASK;
    }
    return masked;
  }

  @Test
  void noSessionKeyIsLeftOnceProducerAndConsumerAreClosed() throws Exception {
    byte[] id = new byte[64];
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(id);
    new SecureRandom().nextBytes(key);
    byte[] masked = masked(key);
    try (HydraServer relay = HydraServer.bindDefault()) {
      HydraProducer producer = HydraProducer.connect(relay.address(), id, key);
      HydraConsumer consumer = HydraConsumer.connect(relay.address(), id, key);
      Arrays.fill(key, (byte) 0);
      producer.broadcast(new byte[100]);
      assertThat(consumer.receive().remaining()).isEqualTo(100);
      assertThat(occurrences(masked)).as("while in use").isPositive();

      producer.close();
      consumer.close();

      assertThat(occurrences(masked)).as("after close").isZero();
      assertThat(producer.relayKey()).isEqualTo(consumer.relayKey()); // both are still reachable
    }
  }

  @Test
  void noKeyIsLeftOfAClassicSession() throws Exception {
    SessionSecrets session = plain();
    byte[] masked = masked(session.key().secretBytes());
    try (HydraServer relay = HydraServer.bindDefault()) {
      HydraProducer producer =
          HydraProducer.builder(relay.address(), session).wire(Wire.CLASSIC).connect();
      HydraConsumer consumer =
          HydraConsumer.builder(relay.address(), session).wire(Wire.CLASSIC).connect();
      producer.broadcast(new byte[100]);
      assertThat(consumer.receive().remaining()).isEqualTo(100);
      producer.close();
      consumer.close();
      session.key().destroy(); // the application's own

      assertThat(occurrences(masked)).isZero();
      assertThat(consumer.isEnded()).isFalse();
    }
  }

  /**
   * Not only what is reachable: the dump holds garbage, too, as whoever reads memory finds it. What
   * is looked for is computed once the dump is written.
   */
  @Test
  void nothingOfTheWayToTheKeysIsLeftOfAHandshake() throws Exception {
    SecureRandom random = new SecureRandom();
    byte[] relayKey = X25519.newPrivateKey(random);
    byte[] clientEphemeral = X25519.newPrivateKey(random);
    byte[] relayEphemeral = X25519.newPrivateKey(random);
    byte[] client = clientEphemeral.clone();
    byte[] relay = relayEphemeral.clone();
    byte[] prologue = Magic.bytes();
    Handshake.Initiator initiator = new Handshake.Initiator(prologue, client);
    Handshake.Responder responder =
        new Handshake.Responder(prologue, relayKey, X25519.publicKey(relayKey), relay);
    responder.readMessage1(initiator.writeMessage1(new byte[0]));
    Handshake.Finished answer = responder.writeMessage2(new byte[0]);
    Handshake.Result result = initiator.readMessage2(answer.bytes()).result();
    result.destroy();
    answer.result().destroy();
    Path dump = dump(false);

    assertThat(client).as("the ephemeral keys").containsOnly(0).isEqualTo(relay);
    List<byte[]> secrets = new ArrayList<>();
    byte[] chainingKey = Arrays.copyOf("Noise_NX_25519_AESGCM_SHA256".getBytes(US_ASCII), 32);
    byte[][] peers = {X25519.publicKey(relayEphemeral), X25519.publicKey(relayKey)};
    for (byte[] peer : peers) {
      byte[] shared = X25519.sharedSecret(clientEphemeral, peer);
      byte[] temporary = Hashes.hmac(chainingKey, shared);
      chainingKey = Hashes.hmac(temporary, new byte[] {1});
      secrets.addAll(List.of(shared, temporary, chainingKey));
    }
    secrets.add(Hashes.hmac(chainingKey, new byte[0]));
    for (int i = 0; i < secrets.size(); i++) {
      assertThat(occurrences(dump, masked(secrets.get(i)))).as("secret " + i).isZero();
    }
    assertThat(occurrences(dump, masked(answer.bytes()))).as("what is no secret").isPositive();
    Files.delete(dump);
  }

  @Test
  void nothingIsLeftOfSecretsThatTheCommandLineHasRead() throws Exception {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    byte[] masked = masked(secret);
    Path file = directory.resolve("credential");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, HexFormat.of().formatHex(secret));
    Arrays.fill(secret, (byte) 0);

    SecretsRead.credential(file).destroy();
    SecretsRead.admin(file).destroy();

    Path dump = dump(false);
    assertThat(occurrences(dump, masked)).isZero();
    Files.delete(dump);
  }

  private static SessionSecrets plain() {
    byte[] id = new byte[64];
    SecureRandom random = new SecureRandom();
    random.nextBytes(id);
    return new SessionSecrets(SessionId.of(id), SessionKey.generate(random));
  }

  private int occurrences(byte[] masked) throws IOException {
    Path dump = dump(true);
    try {
      return occurrences(dump, masked);
    } finally {
      Files.delete(dump);
    }
  }

  private Path dump(boolean onlyReachable) throws IOException {
    Path dump = directory.resolve("heap-" + System.nanoTime() + ".hprof");
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpHeap(dump.toString(), onlyReachable);
    return dump;
  }

  private static int occurrences(Path dump, byte[] masked) throws IOException {
    int found = 0;
    byte[] buffer = new byte[1 << 20];
    int held = 0;
    try (InputStream in = Files.newInputStream(dump)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer, held, buffer.length - held)) {
        int end = held + n;
        found += count(buffer, end, masked);
        held = Math.min(end, masked.length - 1);
        System.arraycopy(buffer, end - held, buffer, 0, held);
      }
    }
    return found;
  }

  private static int count(byte[] buffer, int end, byte[] masked) {
    int found = 0;
    for (int at = 0; at + masked.length <= end; at++) {
      int i = 0;
      while (i < masked.length && buffer[at + i] == (byte) (masked[i] ^ MASK)) {
        i++;
      }
      found += i == masked.length ? 1 : 0;
    }
    return found;
  }
}
