package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.tests.peer.RawPeer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A cluster in this JVM, and clients that count. */
abstract class ClusterScene {
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration BEAT = Duration.ofSeconds(1);

  @TempDir Path directory;

  private final List<AutoCloseable> open = new ArrayList<>();
  TestCluster cluster;

  @BeforeEach
  final void begin() {
    cluster = opened(new TestCluster(directory));
  }

  @AfterEach
  final void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  final <T extends AutoCloseable> T opened(T what) {
    open.add(0, what);
    return what;
  }

  static SessionSecrets session(boolean owned) {
    return owned
        ? SessionSecrets.generate()
        : new SessionSecrets(RawPeer.plainSession(), SessionKey.generate(new SecureRandom()));
  }

  /** A consumer that knows these nodes, in this order. */
  final HydraConsumer consumer(SessionSecrets session, TestCluster.Node... nodes) {
    return opened(HydraConsumer.builder(where(nodes), session).heartbeat(BEAT).connect());
  }

  /** A producer that knows these nodes, in this order. */
  final HydraProducer producer(SessionSecrets session, TestCluster.Node... nodes) {
    return producer(session, Overflow.DEFAULT, nodes);
  }

  /** The same, for a session with a policy. */
  final HydraProducer producer(SessionSecrets session, Overflow policy, TestCluster.Node... nodes) {
    HydraProducer producer =
        HydraProducer.builder(where(nodes), session).heartbeat(BEAT).overflow(policy).connect();
    opened(producer::abort);
    return producer;
  }

  private static List<RelayAddress> where(TestCluster.Node... nodes) {
    return Arrays.stream(nodes).map(TestCluster.Node::where).toList();
  }

  static byte[] message(long number) {
    return ByteBuffer.allocate(100).putLong(number).array();
  }

  /** Takes all messages up to the end; a gap, a repetition and what is out of order throw. */
  static long takeAll(HydraConsumer consumer) {
    long next = 0;
    for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
      assertThat(view.getLong()).isEqualTo(next++);
    }
    return next;
  }
}
