package io.hydrasync.tests.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.operator.AdminRequests;
import io.hydrasync.operator.RelayLifecycle;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.AdmissionLimits;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator can do to the sessions of a cluster, and how many may wait for them. */
@Timeout(60)
class OperatorIT extends ClusterScene {
  private static final AdminRequests REQUESTS =
      new AdminRequests(
          new RelayLifecycle() {
            @Override
            public Duration drainDelay() {
              return Duration.ZERO;
            }

            @Override
            public Duration drainTimeout() {
              return Duration.ZERO;
            }

            @Override
            public void drain(Duration delay, Duration bound) {
              throw new UnsupportedOperationException();
            }

            @Override
            public String reload() {
              throw new UnsupportedOperationException();
            }
          });

  private static String end(TestCluster.Node node, SessionSecrets session) {
    String request = "{\"op\":\"end-session\",\"session\":\"" + session.id().logName() + "\"}";
    return new String(REQUESTS.answer(node.relay().operator(), request.getBytes(UTF_8)), UTF_8);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSessionIsEndedAtItsOwnerWhichTheEdgeNames(boolean owned) throws Exception {
    TestCluster.Node a = cluster.start();
    TestCluster.Node b = cluster.start();
    SessionSecrets session = session(owned);
    HydraProducer producer = producer(session, a);
    HydraConsumer there = consumer(session, a);
    HydraConsumer behind = consumer(session, b);
    Await.until("both are counted", () -> producer.consumers() == 2);

    assertThat(end(b, session))
        .contains(
            "\"ok\":false", "\"owner\":\"" + a.where() + "\"", a.id().toString().substring(0, 8));
    assertThat(end(a, session)).contains("\"ok\":true", "\"ended\":1");

    for (HydraConsumer each : List.of(there, behind)) {
      assertThatThrownBy(each::receive).isInstanceOf(HydraException.class);
    }
    Await.until("its producer hears of it", () -> ErrorCode.KICKED.equals(problem(producer)));
    Await.until("the directory forgets it", () -> cluster.store().content().sessions().isEmpty());
    Await.until("and so does the owner", () -> a.status().here().isEmpty());
  }

  private static @Nullable ErrorCode problem(HydraProducer producer) {
    try {
      producer.broadcast(message(0));
      return null;
    } catch (HydraException e) {
      return e.code();
    }
  }

  /** Those who wait count as those who have a place. */
  @Test
  void whoWaitsForALinkCountsAsAConsumerOfTheSession() throws Exception {
    TestCluster.Node edge =
        cluster.start(
            options -> options.admission(AdmissionLimits.DEFAULT.withConsumersPerSession(3)));
    SessionSecrets session = session(true);
    opened(cluster.scriptedOwner()).claim(session.id(), true); // it never answers
    List<Future<String>> all = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      all.add(Fixture.async(() -> refusal(edge, session)));
    }
    List<String> told = new ArrayList<>();
    for (Future<String> each : all) {
      told.add(Fixture.join(each));
    }
    assertThat(told.stream().filter(text -> text.contains("does not have the session yet")))
        .hasSize(3);
    assertThat(told.stream().filter(text -> text.contains("too many consumers"))).hasSize(9);
  }

  private String refusal(TestCluster.Node node, SessionSecrets session) {
    try {
      consumer(session, node);
      return "let in";
    } catch (HydraException e) {
      return e.getMessage();
    }
  }
}
