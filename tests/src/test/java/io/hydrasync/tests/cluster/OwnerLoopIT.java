package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.MemoryCluster;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A session is decided on by one loop at a time, also while its producer comes to another. */
@Timeout(60)
class OwnerLoopIT {
  private static final int PRODUCERS = 4;

  @TempDir Path directory;

  private final InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** The first write behind this waits until a producer has been answered, or a second. */
  private final AtomicBoolean armed = new AtomicBoolean();

  /** Whether it waits: the loop that was the owner is in the middle of a decision. */
  private final AtomicBoolean deciding = new AtomicBoolean();

  private volatile CountDownLatch answered = new CountDownLatch(1);

  /** Connections stay on the loops that they come to there, which are others in turn. */
  private HydraServer bind(MemoryCluster store) {
    Directory view = watched(store.node(NodeId.random(new SecureRandom())));
    ClusterOptions options =
        ClusterOptions.of(view, ClusterKey.of(new byte[ClusterKey.LENGTH]).linkCredential(), any);
    try {
      return HydraServer.builder()
          .address(any)
          .transport(Transport.IO_URING)
          .eventLoopThreads(2)
          .keyFile(directory.resolve("relay.key"))
          .cluster(options)
          .bind();
    } catch (IllegalArgumentException e) {
      return abort("only there do connections stay where they are: " + e.getMessage());
    }
  }

  private Directory watched(Directory view) {
    return (Directory)
        Proxy.newProxyInstance(
            Directory.class.getClassLoader(),
            new Class<?>[] {Directory.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("write") && armed.getAndSet(false)) {
                deciding.set(true);
                answered.await(1, TimeUnit.SECONDS);
                deciding.set(false);
              }
              try {
                return method.invoke(view, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void aLoopHasDecidedBeforeTheNextOneBegins() throws Exception {
    SessionSecrets session = ClusterScene.session(true);
    try (MemoryCluster store = new MemoryCluster();
        HydraServer relay = bind(store)) {
      for (int i = 0; i < PRODUCERS; i++) {
        answered = new CountDownLatch(1);
        armed.set(i > 0); // the first one waits for its claim, and is answered on another way
        try (RawPeer producer = RawPeer.produce(relay, session)) {
          producer.joined();
          assertThat(armed).as("the write is still to come").isFalse();
          assertThat(deciding).as("somebody else decides beside the producer's loop").isFalse();
          answered.countDown();
        }
        Await.until(
            "it is away",
            () ->
                store.content().sessions().values().stream()
                    .noneMatch(entry -> entry.value().live()));
      }
    }
  }
}
