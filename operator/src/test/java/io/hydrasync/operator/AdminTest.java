package io.hydrasync.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.LocalDirectory;
import io.hydrasync.server.cluster.NodeId;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminTest {
  private final OperatedRelay relay = new OperatedRelay();

  @AfterEach
  void close() {
    relay.close();
  }

  private String name() {
    return relay.session.id().logName();
  }

  private static void assertFails(ErrorCode code, Runnable step) {
    assertThatThrownBy(step::run)
        .isInstanceOfSatisfying(
            HydraException.class, problem -> assertThat(problem.code()).isEqualTo(code));
  }

  @Test
  void letsNobodyInWithoutAnAdminsCredential() {
    Credential other = Credential.generate(new SecureRandom());

    assertFails(
        ErrorCode.UNAUTHORIZED, () -> HydraAdmin.builder(relay.server.address(), other).connect());
    assertThat(relay.server.operator().status().rejected()).containsEntry("unauthorized", 1L);
  }

  @Test
  void hasNoAdminsWhereThereIsNoHandler() {
    try (HydraServer plain =
        HydraServer.builder().credential(relay.credential, Set.of(Role.ADMIN)).bind()) {
      assertFails(
          ErrorCode.UNSUPPORTED,
          () -> HydraAdmin.builder(plain.address(), relay.credential).connect());
    }
  }

  @Test
  void tellsHowTheRelayIs() throws InterruptedException {
    HydraProducer producer = relay.producer();
    producer.broadcast(new byte[1000]);
    producer.flush(Duration.ofSeconds(10));
    HydraAdmin admin = relay.admin();

    long before = System.currentTimeMillis();
    JsonObject reply = OperatedRelay.ask(admin, "{\"op\":\"status\"}");
    long after = System.currentTimeMillis();

    assertThat(reply.get("timeMs").getAsLong()).isBetween(before, after);
    JsonObject status = reply.getAsJsonObject("status");
    assertThat(status.get("state").getAsString()).isEqualTo("running");
    assertThat(status.get("sessions").getAsInt()).isEqualTo(1);
    assertThat(status.getAsJsonObject("connections").get("producer").getAsInt()).isEqualTo(1);
    assertThat(status.getAsJsonObject("connections").get("admin").getAsInt()).isEqualTo(1);
    assertThat(status.get("receivedBytes").getAsLong()).isGreaterThan(1000);
    assertThat(status.getAsJsonObject("handshakes").get("ok").getAsLong()).isEqualTo(2);
  }

  @Test
  void showsASessionWithItsConsumersAndTheirLag() {
    HydraProducer producer = relay.producer();
    HydraConsumer reads = relay.consumer();
    relay.consumer();
    byte[] message = new byte[64 << 10];
    for (int i = 0; i < 400; i++) { // more than the socket of the one that does not read takes
      producer.broadcast(message);
      reads.receive();
    }
    HydraAdmin admin = relay.admin();

    JsonObject reply =
        OperatedRelay.ask(admin, "{\"op\":\"session\",\"session\":\"" + name() + "\"}");
    JsonObject session = reply.getAsJsonArray("sessions").get(0).getAsJsonObject();

    assertThat(session.get("state").getAsString()).isEqualTo("live");
    assertThat(session.get("consumers").getAsInt()).isEqualTo(2);
    assertThat(session.get("publishedBytes").getAsLong()).isGreaterThan(400 * 64 << 10);
    var consumers = session.getAsJsonArray("consumerConnections");
    assertThat(consumers.get(0).getAsJsonObject().get("lagBytes").getAsLong())
        .isGreaterThan(1 << 20)
        .isEqualTo(session.get("maxLagBytes").getAsLong());
    assertThat(consumers.get(1).getAsJsonObject().get("lagBytes").getAsLong()).isLessThan(1 << 20);
    JsonObject list = OperatedRelay.ask(admin, "{\"op\":\"sessions\",\"sort\":\"received\"}");
    assertThat(list.get("total").getAsInt()).isEqualTo(1);
    assertThat(list.toString()).contains(name()).doesNotContain("consumerConnections");
  }

  @Test
  void neverTellsASessionId() {
    relay.producer();
    HydraAdmin admin = relay.admin();
    String id = HexFormat.of().formatHex(relay.session.id().toBytes());

    String all =
        admin.request("{\"op\":\"session\",\"session\":\"" + name() + "\"}")
            + admin.request("{\"op\":\"sessions\"}")
            + admin.request("{\"op\":\"status\"}");

    assertThat(all).contains(name()).doesNotContain(id.substring(0, 16), id.substring(64, 80));
  }

  @Test
  void kicksAConsumerForGood() {
    relay.producer();
    HydraConsumer consumer = relay.consumer();
    HydraAdmin admin = relay.admin();
    JsonObject session =
        OperatedRelay.ask(admin, "{\"op\":\"session\",\"session\":\"" + name() + "\"}")
            .getAsJsonArray("sessions")
            .get(0)
            .getAsJsonObject();
    long id =
        session
            .getAsJsonArray("consumerConnections")
            .get(0)
            .getAsJsonObject()
            .get("connection")
            .getAsLong();

    assertThat(OperatedRelay.ask(admin, "{\"op\":\"kick\",\"connection\":" + id + "}").toString())
        .isEqualTo("{\"ok\":true}");

    assertFails(ErrorCode.KICKED, consumer::receive);
    Await.until(
        "the relay has closed it",
        () -> relay.server.operator().status().closed().containsKey("kicked"));
    assertThat(OperatedRelay.ask(admin, "{\"op\":\"kick\",\"connection\":999}").toString())
        .contains("\"ok\":false", "no connection 999");
  }

  @Test
  void endsASession() throws InterruptedException {
    HydraProducer producer = relay.producer();
    HydraConsumer consumer = relay.consumer();
    producer.broadcast("one".getBytes(UTF_8));
    producer.flush(Duration.ofSeconds(10));
    HydraAdmin admin = relay.admin();

    JsonObject reply =
        OperatedRelay.ask(admin, "{\"op\":\"end-session\",\"session\":\"" + name() + "\"}");

    assertThat(reply.get("ended").getAsInt()).isEqualTo(1);
    assertThat(consumer.receive()).isEqualTo(ByteBuffer.wrap("one".getBytes(UTF_8)));
    assertThatThrownBy(consumer::receive).isInstanceOf(TruncatedException.class);
    assertFails(
        ErrorCode.KICKED,
        () -> {
          while (true) {
            producer.broadcast("more".getBytes(UTF_8));
          }
        });
    Await.until("the session is forgotten", () -> relay.server.sessions() == 0);
    Await.until("its memory is back", () -> relay.server.logMemoryBytes() == 0);
  }

  @Test
  void changesLimits() {
    HydraAdmin admin = relay.admin();
    relay.producer();
    relay.consumer();

    JsonObject reply =
        OperatedRelay.ask(
            admin, "{\"op\":\"set-limits\",\"consumersPerSession\":1,\"maxConnections\":5}");

    assertThat(reply.getAsJsonObject("limits").get("maxConnections").getAsInt()).isEqualTo(5);
    assertThat(reply.getAsJsonObject("limits").get("handshakeBurst").getAsInt()).isEqualTo(20);
    assertFails(ErrorCode.LIMIT, relay::consumer);
    assertThat(relay.server.operator().admission().consumersPerSession()).isEqualTo(1);
  }

  @Test
  void admitsAdminsAlsoToARelayThatIsFull() {
    HydraAdmin admin = relay.admin();
    OperatedRelay.ask(admin, "{\"op\":\"set-limits\",\"maxConnections\":1}");

    assertFails(ErrorCode.LIMIT, relay::producer);
    assertThat(OperatedRelay.ask(relay.admin(), "{\"op\":\"limits\"}").get("ok").getAsBoolean())
        .isTrue();
  }

  @Test
  void handsDrainAndReloadToTheProgram() {
    HydraAdmin admin = relay.admin();

    OperatedRelay.ask(admin, "{\"op\":\"drain\",\"delayMs\":0,\"boundMs\":2500}");
    OperatedRelay.ask(admin, "{\"op\":\"drain\"}"); // as the program has it
    JsonObject reloaded = OperatedRelay.ask(admin, "{\"op\":\"reload\"}");

    assertThat(relay.asked).containsExactly("drain PT0S PT2.5S", "drain PT1S PT2S", "reload");
    assertThat(reloaded.get("reloaded").getAsString()).isEqualTo("everything");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "{}{}",
        "{'op':'status'}",
        "{\"op\":\"status\",\"op\":\"status\"}",
        "{\"op\":{\"op\":\"status\"}}",
        "{\"op\":7}",
        "{\"op\":\"nonsense\"}",
        "{\"op\":\"status\",\"more\":1}",
        "{\"op\":\"session\"}",
        "{\"op\":\"session\",\"session\":\"ABCDEF01\"}",
        "{\"op\":\"session\",\"session\":\"00000000\"}",
        "{\"op\":\"sessions\",\"limit\":0}",
        "{\"op\":\"sessions\",\"limit\":1.5}",
        "{\"op\":\"sessions\",\"limit\":1e99}",
        "{\"op\":\"sessions\",\"sort\":\"name\"}",
        "{\"op\":\"kick\"}",
        "{\"op\":\"kick\",\"connection\":\"1\"}",
        "{\"op\":\"end-session\",\"session\":\"00000000\"}",
        "{\"op\":\"set-limits\",\"maxConnections\":0}",
        "{\"op\":\"set-limits\",\"maxConections\":7}",
        "{\"op\":\"drain\",\"boundMs\":-1}"
      })
  void answersAWrongRequestAndGoesOn(String request) {
    HydraAdmin admin = relay.admin();

    JsonObject reply = OperatedRelay.ask(admin, request);

    assertThat(reply.get("ok").getAsBoolean()).isFalse();
    assertThat(reply.get("error").getAsString()).isNotBlank();
    assertThat(OperatedRelay.ask(admin, "{\"op\":\"limits\"}").get("ok").getAsBoolean()).isTrue();
    assertThat(relay.asked).isEmpty();
  }

  @Test
  void takesRequestsOfEverySize() {
    HydraAdmin admin = relay.admin();
    String long64k = "{\"op\":\"" + "x".repeat(HydraAdmin.MAX_REQUEST - 9) + "\"}";

    assertThat(long64k).hasSize(HydraAdmin.MAX_REQUEST);
    assertThat(OperatedRelay.ask(admin, long64k).get("ok").getAsBoolean()).isFalse();
    assertThatThrownBy(() -> admin.request(long64k + " "))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(OperatedRelay.ask(admin, "{\"op\":\"limits\"}").get("ok").getAsBoolean()).isTrue();
  }

  @Test
  void hasRoomForSixteenAdmins() {
    for (int i = 0; i < 16; i++) {
      relay.admin();
    }
    assertFails(ErrorCode.LIMIT, relay::admin);
  }

  @Test
  void changesCredentialsOfThoseWhoComeLater() {
    HydraAdmin admin = relay.admin();
    Credential other = Credential.generate(new SecureRandom());

    relay.server.operator().credentials(Map.of(other, Set.of(Role.ADMIN)));

    assertThat(OperatedRelay.ask(admin, "{\"op\":\"limits\"}").get("ok").getAsBoolean()).isTrue();
    assertFails(ErrorCode.UNAUTHORIZED, relay::admin);
    HydraAdmin.builder(relay.server.address(), other).connect().close();
  }

  @Test
  void tellsOfTheCluster(@TempDir Path keys) {
    NodeId self = new NodeId(0x1011_1213_1415_1617L, 2);
    try (OperatedRelay one = OperatedRelay.node(keys, new LocalDirectory(self))) {
      one.producer();

      JsonObject cluster =
          OperatedRelay.ask(one.admin(), "{\"op\":\"cluster\"}").getAsJsonObject("cluster");

      assertThat(cluster.get("self").getAsString()).isEqualTo(self.toString());
      assertThat(cluster.get("listen").getAsString())
          .isEqualTo("127.0.0.1:" + one.server.linkAddress().orElseThrow().getPort());
      assertThat(cluster.get("leaseHeld").getAsBoolean()).isTrue();
      assertThat(cluster.getAsJsonObject("directory").get("reachable").getAsBoolean()).isTrue();
      assertThat(cluster.get("hereCount").getAsInt()).isEqualTo(1);
      JsonObject seat = cluster.getAsJsonArray("here").get(0).getAsJsonObject();
      assertThat(seat.get("name").getAsString()).isEqualTo(one.session.id().logName());
      assertThat(seat.get("seat").getAsString()).matches("none|claiming|owner");
      JsonObject session =
          OperatedRelay.ask(one.admin(), "{\"op\":\"sessions\"}")
              .getAsJsonArray("sessions")
              .get(0)
              .getAsJsonObject();
      assertThat(session.get("seat").getAsString()).matches("none|claiming|owner");
      assertThat(session.get("links").getAsInt()).isZero();
      assertThat(session.get("linked").getAsBoolean()).isFalse();
      JsonObject status =
          OperatedRelay.ask(one.admin(), "{\"op\":\"status\"}").getAsJsonObject("status");
      assertThat(status.get("takeovers").getAsLong()).isZero();
      assertThat(status.getAsJsonObject("links").keySet())
          .containsExactly("owner", "edge", "receivedBytes", "sentBytes");
    }
  }

  @Test
  void aRelayAloneHasNoCluster() {
    JsonObject reply = OperatedRelay.ask(relay.admin(), "{\"op\":\"cluster\"}");

    assertThat(reply.get("ok").getAsBoolean()).isFalse();
    assertThat(reply.get("error").getAsString()).contains("no node of a cluster");
  }
}
