package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hydrasync.cluster.EtcdMember.Concern;
import io.hydrasync.server.cluster.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against what answers as etcd does; a real one is in {@link RealEtcdHealthTest}. */
class EtcdHealthTest {
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final String COMPACTED = "{\"error\":\"compacted\",\"code\":11}";

  private record Canned(int status, String body) {}

  private final Map<String, Canned> answers = new ConcurrentHashMap<>();
  private final Map<String, String> tokens = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    answers.put("/version", new Canned(200, "{\"etcdserver\":\"3.5.35\"}"));
    answers.put("/health", new Canned(200, "{\"health\":\"true\",\"reason\":\"\"}"));
    answers.put("/v3/kv/range", new Canned(200, "{\"header\":{\"revision\":\"7\"}}"));
    answers.put("old", new Canned(400, COMPACTED));
    answers.put(
        "/v3/maintenance/status",
        new Canned(
            200,
            "{\"header\":{\"cluster_id\":\"77\",\"revision\":\"9000\"},\"dbSize\":\"1000\","
                + "\"dbSizeInUse\":\"400\"}"));
    answers.put("/v3/kv/txn", new Canned(200, "{\"header\":{\"revision\":\"7\"}}"));
    answers.put("/v3/cluster/member/list", new Canned(200, "{\"members\":[{},{},{}]}"));
    answers.put("/v3/maintenance/alarm", new Canned(200, "{}"));
    answers.put(
        "/metrics", new Canned(200, "# HELP\netcd_server_quota_backend_bytes 2.147483648e+09\n"));
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    tokens.put(path, String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    Canned canned = answers.get(body.contains("\"revision\"") ? "old" : path);
    if (canned == null) {
      canned = new Canned(404, "404 page not found");
    }
    byte[] bytes = canned.body.getBytes(UTF_8);
    exchange.sendResponseHeaders(canned.status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private EtcdMember look(EtcdHealth health) throws InterruptedException {
    List<EtcdMember> members = health.look(LONG);
    assertThat(members).hasSize(1);
    return members.get(0);
  }

  private EtcdMember look() throws InterruptedException {
    return look(EtcdDirectory.builder(List.of(endpoint()), Samples.KEY).health());
  }

  @Test
  void tellsWhatIsWell() throws InterruptedException {
    EtcdMember member = look();

    assertThat(member)
        .isEqualTo(
            new EtcdMember(
                endpoint(),
                Optional.empty(),
                "3.5.35",
                true,
                Optional.empty(),
                false,
                1000,
                400,
                1L << 31,
                9000,
                true,
                List.of(),
                Optional.empty(),
                Duration.ZERO,
                "77",
                3));
    assertThat(member.warnings()).isEmpty();
    assertThat(tokens).containsEntry("/v3/kv/range", "null");
  }

  @Test
  void tellsOfAUserThatMayReadAndNotWrite() throws InterruptedException {
    answers.put(
        "/v3/kv/txn", new Canned(403, "{\"error\":\"etcdserver: permission denied\",\"code\":7}"));

    EtcdMember member = look();

    assertThat(member.refused()).isEmpty();
    assertThat(member.warnings())
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.about()).isEqualTo(Concern.ACCESS);
              assertThat(warning.text())
                  .contains("refuses to write", "grant-permission", "/hydra/1/ /hydra/10");
            });
  }

  /** That is what its alarm is for. */
  @Test
  void aFullEtcdIsNoMatterOfRights() throws InterruptedException {
    answers.put("/v3/kv/txn", new Canned(429, "{\"error\":\"no space\",\"code\":8}"));
    answers.put("/v3/maintenance/alarm", new Canned(200, "{\"alarms\":[{\"alarm\":\"NOSPACE\"}]}"));

    assertThat(look().warnings())
        .extracting(EtcdMember.Warning::about)
        .containsExactly(Concern.ALARM);
  }

  @Test
  void tellsOfTooFewMembersAndOfAClockThatIsWrong() throws InterruptedException {
    answers.put("/v3/cluster/member/list", new Canned(200, "{\"members\":[{}]}"));
    Clock behind = Clock.offset(Clock.systemUTC(), Duration.ofHours(-1));
    EtcdHealth health =
        new EtcdHealth(
            List.of(endpoint()),
            new Keys("hydra"),
            Optional.empty(),
            Optional.empty(),
            false,
            new Values(Samples.KEY, Optional.empty()),
            behind);

    List<EtcdMember.Warning> warnings = look(health).warnings();

    assertThat(warnings)
        .extracting(EtcdMember.Warning::about)
        .containsExactly(Concern.MEMBERS, Concern.CLOCK);
    assertThat(warnings.get(1).text()).contains("ahead of this machine's", "NTP");
  }

  @Test
  void tellsWhatNodesSayOfThemselvesAndWhetherThatIsProven() throws Exception {
    byte[] ours = new Values(Samples.KEY, Optional.empty()).node(Samples.A, Samples.node(1));
    byte[] theirs =
        new Values(Samples.OTHER_KEY, Optional.empty()).node(Samples.B, Samples.node(2));
    answers.put(
        "/v3/kv/range",
        new Canned(
            200,
            "{\"kvs\":["
                + stored("/hydra/1/node/" + Samples.A, ours)
                + ","
                + stored("/hydra/1/node/" + Samples.B, theirs)
                + ","
                + stored("/hydra/1/node/" + new NodeId(0, 12), new byte[] {1})
                + ","
                + stored("/hydra/1/node/other", ours)
                + "]}"));

    EtcdHealth health = EtcdDirectory.builder(List.of(endpoint()), Samples.KEY).health();

    assertThat(health.nodes(LONG))
        .containsExactly(
            new EtcdNode(Samples.A, Optional.of(Samples.node(1)), true),
            new EtcdNode(Samples.B, Optional.of(Samples.node(2)), false),
            new EtcdNode(new NodeId(0, 12), Optional.empty(), false));
    server.stop(0);
    assertThatThrownBy(() -> health.nodes(LONG))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no member");
  }

  private static String stored(String key, byte[] value) {
    Base64.Encoder base64 = Base64.getEncoder();
    return "{\"key\":\"%s\",\"value\":\"%s\"}"
        .formatted(base64.encodeToString(key.getBytes(UTF_8)), base64.encodeToString(value));
  }

  @Test
  void showsTheTokenOfALogin() throws InterruptedException {
    answers.put("/v3/auth/authenticate", new Canned(200, "{\"token\":\"abc.7\"}"));

    EtcdMember member =
        look(EtcdDirectory.builder(List.of(endpoint()), Samples.KEY).login("hydra", "p").health());

    assertThat(member.refused()).isEmpty();
    assertThat(tokens).containsEntry("/v3/kv/range", "abc.7");
  }

  @Test
  void tellsOfALoginThatFails() throws InterruptedException {
    answers.put(
        "/v3/auth/authenticate",
        new Canned(400, "{\"code\":3,\"message\":\"authentication failed, invalid password\"}"));

    EtcdMember member =
        look(EtcdDirectory.builder(List.of(endpoint()), Samples.KEY).login("hydra", "p").health());

    assertThat(member.refused()).hasValueSatisfying(why -> assertThat(why).contains("the login"));
    assertThat(member.warnings()).extracting(EtcdMember.Warning::about).contains(Concern.ACCESS);
  }

  @Test
  void tellsOfAMemberThatIsFull() throws InterruptedException {
    answers.put("/health", new Canned(503, "{\"health\":\"false\",\"reason\":\"ALARM NOSPACE\"}"));
    answers.put(
        "/v3/maintenance/alarm",
        new Canned(200, "{\"alarms\":[{\"memberID\":\"1\",\"alarm\":\"NOSPACE\"}]}"));
    answers.put(
        "/v3/maintenance/status",
        new Canned(
            200, "{\"header\":{\"revision\":\"9\"},\"dbSize\":\"900\",\"dbSizeQuota\":\"1000\"}"));

    assertThat(look().warnings())
        .extracting(EtcdMember.Warning::about)
        .containsExactly(Concern.REACHABLE, Concern.ALARM, Concern.SPACE);
  }

  @Test
  void tellsWhereNothingIsEverCompacted() throws InterruptedException {
    answers.put("old", new Canned(200, "{\"header\":{\"revision\":\"9000\"}}"));

    assertThat(look().warnings())
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.about()).isEqualTo(Concern.COMPACTION);
              assertThat(warning.text()).contains("9000", "--auto-compaction-mode=periodic");
            });
  }

  @Test
  void saysWhatToDoWithoutAGateway() throws InterruptedException {
    answers.remove("/v3/kv/range");

    assertThat(look().refused())
        .hasValueSatisfying(why -> assertThat(why).contains("enable-grpc-gateway"));
  }

  @Test
  void doesNotTakeAnythingForEtcd() throws InterruptedException {
    answers.put("/version", new Canned(200, "<html>"));

    assertThat(look().unreachable())
        .hasValueSatisfying(why -> assertThat(why).contains("is this etcd's client port"));
  }

  /** One does not answer, at one nobody listens; the third is told of all the same. */
  @Test
  void looksAtAllWithinItsTime() throws Exception {
    int nobody;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = free.getLocalPort();
    }
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<URI> all =
          List.of(
              URI.create("http://127.0.0.1:" + silent.getLocalPort()),
              URI.create("http://127.0.0.1:" + nobody),
              endpoint());
      long began = System.nanoTime();

      List<EtcdMember> members =
          EtcdDirectory.builder(all, Samples.KEY).health().look(Duration.ofMillis(1500));

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LONG);
      assertThat(members).extracting(EtcdMember::endpoint).isEqualTo(all);
      assertThat(members.get(0).unreachable()).contains("has not answered in time");
      assertThat(members.get(1).unreachable())
          .hasValueSatisfying(why -> assertThat(why).contains("nobody listens there"));
      assertThat(members.get(2).unreachable()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3.3.27, too old",
    "3.4.9, CVE-2020-15115",
    "3.4.23, 'leases without a login'",
    "3.5.16, CVE-2026-44283",
    "3.5.34, 3.5.35 or newer",
    "3.5.35,",
    "3.6.15, 3.6.16 or newer",
    "3.6.16,",
    "3.6.0, 3.6.16 or newer",
    "3.7.0, 3.7.1 or newer",
    "3.7.3,",
    "3.8.0,",
    "4.0.1,",
    "unknown, does not tell",
  })
  void knowsVersions(String version, String warning) {
    EtcdMember member =
        new EtcdMember(
            endpoint(),
            Optional.empty(),
            version,
            true,
            Optional.empty(),
            false,
            1,
            1,
            100,
            9,
            false,
            List.of(),
            Optional.empty(),
            Duration.ZERO,
            "77",
            3);

    List<EtcdMember.Warning> warnings = member.warnings();

    if (warning == null) {
      assertThat(warnings).isEmpty();
    } else {
      assertThat(warnings)
          .singleElement()
          .satisfies(
              told -> {
                assertThat(told.about()).isEqualTo(Concern.VERSION);
                assertThat(told.text()).contains(warning);
              });
    }
  }

  @Test
  void explainsACommonName() {
    EtcdMember refused =
        new EtcdMember(
            endpoint(),
            Optional.empty(),
            "3.5.35",
            true,
            Optional.of("etcd answers 400, code 3"),
            true,
            1,
            1,
            100,
            9,
            false,
            List.of(),
            Optional.empty(),
            Duration.ZERO,
            "77",
            3);

    assertThat(refused.warnings())
        .singleElement()
        .satisfies(warning -> assertThat(warning.text()).contains("400", "CommonName", "without"));
  }
}
