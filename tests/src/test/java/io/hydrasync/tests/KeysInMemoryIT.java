package io.hydrasync.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Looks for keys in a dump of this JVM's heap: what has been closed keeps none, although it is
 * still referred to.
 */
class KeysInMemoryIT {
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
    Session session = plain();
    byte[] masked = masked(session.key().secretBytes());
    try (HydraServer relay = HydraServer.bindDefault()) {
      HydraProducer producer =
          HydraProducer.builder(relay.address(), session).wire(Wire.CLASSIC).connect();
      HydraConsumer consumer =
          HydraConsumer.builder(relay.address(), session.id(), session.key())
              .wire(Wire.CLASSIC)
              .connect();
      producer.broadcast(new byte[100]);
      assertThat(consumer.receive().remaining()).isEqualTo(100);
      producer.close();
      consumer.close();
      session.key().destroy(); // the application's own

      assertThat(occurrences(masked)).isZero();
      assertThat(consumer.isEnded()).isFalse();
    }
  }

  private static Session plain() {
    byte[] id = new byte[64];
    SecureRandom random = new SecureRandom();
    random.nextBytes(id);
    return new Session(SessionId.of(id), SessionKey.generate(random), Optional.empty());
  }

  private int occurrences(byte[] masked) throws IOException {
    Path dump = directory.resolve("heap-" + System.nanoTime() + ".hprof");
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpHeap(dump.toString(), true);
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
    } finally {
      Files.delete(dump);
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
