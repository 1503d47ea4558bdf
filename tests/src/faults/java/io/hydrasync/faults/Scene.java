package io.hydrasync.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.RelayProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A relay in this JVM, a gate before it, a session, and clients. Ends with the JVM. */
final class Scene {
  /** Little, so that whoever sends on is soon stuck in the socket. */
  private static final int SOCKET_BUFFER = 64 << 10;

  private static final SecureRandom RANDOM = new SecureRandom();

  /** Longer than the default: the machine may be busy, and how fast it is does not matter here. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final byte[] keyBytes = random(32);
  private final SessionSecrets session = plain(SessionKey.of(keyBytes));
  private final Path scratch;
  private HydraServer relay;
  private RelayProxy gate;

  Scene(Path scratch) {
    this.scratch = scratch;
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  private static SessionSecrets plain(SessionKey key) {
    return new SessionSecrets(SessionId.of(random(64)), key);
  }

  /** The bytes of the session's key. */
  byte[] keyBytes() {
    return keyBytes.clone();
  }

  /** A key of no session here. */
  static SessionKey otherKey() {
    return SessionKey.of(random(32));
  }

  SessionSecrets session() {
    return session;
  }

  Path file(String name) throws IOException {
    Files.createDirectories(scratch);
    return scratch.resolve(name);
  }

  HydraServer relay() {
    return relay(builder -> {});
  }

  HydraServer relay(Consumer<HydraServer.Builder> options) {
    if (relay == null) {
      relay = another(options);
    }
    return relay;
  }

  static HydraServer another(Consumer<HydraServer.Builder> options) {
    HydraServer.Builder builder = HydraServer.builder().handshakeTimeout(PATIENCE);
    options.accept(builder);
    return builder.bind();
  }

  RelayProxy gate() throws IOException {
    if (gate == null) {
      gate = RelayProxy.builder(relay().address()).socketBuffer(SOCKET_BUFFER).start();
    }
    return gate;
  }

  /** A producer's builder at the gate. */
  HydraProducer.Builder producer() throws IOException {
    return producer(gate().address());
  }

  HydraProducer.Builder producer(InetSocketAddress where) {
    return HydraProducer.builder(where, session).connectTimeout(PATIENCE);
  }

  /** A consumer's builder at the gate, with all that there is. */
  HydraConsumer.Builder consumer() throws IOException {
    return consumer(gate().address());
  }

  HydraConsumer.Builder consumer(InetSocketAddress where) {
    return HydraConsumer.builder(where, session)
        .connectTimeout(PATIENCE)
        .start(HydraConsumer.Start.OLDEST);
  }

  /** A consumer beside the gate that takes what comes. */
  Collector collector() {
    return new Collector(consumer(relay().address()).connect());
  }

  /** A message with a number. */
  static byte[] message(long number, int bytes) {
    return ByteBuffer.allocate(Math.max(Long.BYTES, bytes)).putLong(0, number).array();
  }

  static void await(BooleanSupplier condition, double seconds, String what)
      throws InterruptedException {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException(what + " has not come within " + seconds + " s");
      }
      Thread.sleep(10);
    }
  }

  static void awaitConsumers(HydraProducer producer, int count) throws InterruptedException {
    if (!producer.awaitConsumers(count, Duration.ofSeconds(10))) {
      throw new IllegalStateException("no consumer came");
    }
  }
}
