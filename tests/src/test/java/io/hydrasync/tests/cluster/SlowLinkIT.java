package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.Gap;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** To the owner a link is a consumer: what happens when it is slow is the session's policy. */
@Timeout(60)
class SlowLinkIT extends ClusterScene {
  private static final int SIZE = 16 << 10;
  private static final int MESSAGES = 1_000;

  private static HydraServer.Builder small(HydraServer.Builder relay) {
    return relay
        .maxFrame(128 << 10)
        .capacity(1 << 20)
        .retention(64 << 10)
        .segmentSize(64 << 10)
        .sendBuffer(64 << 10);
  }

  /** What a consumer has seen. */
  private record Seen(List<Long> messages, List<Gap> gaps) {
    /** Every message was delivered once and in order, or was announced to be missing. */
    void isAccountedFor(long sent) {
      assertThat(messages).isSorted().doesNotHaveDuplicates();
      long missing = sent - messages.size();

      long announced = gaps.stream().mapToLong(gap -> gap.to() - gap.from()).sum();
      assertThat(announced)
          .as("frames in gaps, of %s messages", missing)
          .isGreaterThanOrEqualTo(missing);
      if (missing > 0) {
        assertThat(gaps).isNotEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Overflow.class,
      names = {"BACKPRESSURE", "GROW", "SPILL", "DROP", "SKIP"})
  void whatALinkCannotTakeIsDealtWithByThePolicy(Overflow policy) throws Exception {
    RelayProxy proxy =
        opened(
            RelayProxy.builder(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1))
                .socketBuffer(64 << 10)
                .start());
    TestCluster.Node a = cluster.startBehind(proxy, SlowLinkIT::small);
    TestCluster.Node b = cluster.start(SlowLinkIT::small);
    SessionSecrets session = SessionSecrets.generate();
    HydraProducer producer = producer(session, policy, a);
    producer.broadcast(bytes(0));
    producer.flush();
    List<Gap> gaps = new ArrayList<>();
    HydraConsumer consumer =
        opened(HydraConsumer.builder(List.of(b.where()), session).onGap(gaps::add).connect());
    List<Long> messages = new ArrayList<>();
    Future<Seen> all =
        Fixture.async(
            () -> {
              for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
                messages.add(view.getLong());
              }
              return new Seen(messages, gaps);
            });
    Await.until("it is counted", () -> producer.consumers() == 1);

    proxy.hold(Link.Direction.TO_CLIENT);
    Future<Void> sending =
        Fixture.async(
            () -> {
              for (int i = 1; i < MESSAGES; i++) {
                producer.broadcast(bytes(i));
              }
              producer.flush();
              return null;
            });
    boolean waits = policy == Overflow.BACKPRESSURE || policy == Overflow.GROW;
    if (!waits) {
      Fixture.join(sending);
    }
    proxy.release();
    Fixture.join(sending);
    producer.close();

    Seen seen = Fixture.join(all);
    seen.isAccountedFor(MESSAGES);
    if (policy == Overflow.SKIP) {
      assertThat(seen.gaps).isNotEmpty();
    } else if (policy != Overflow.DROP) {
      assertThat(seen.messages.size()).isEqualTo(MESSAGES);
    }
  }

  private static byte[] bytes(long number) {
    return ByteBuffer.allocate(SIZE).putLong(number).array();
  }
}
