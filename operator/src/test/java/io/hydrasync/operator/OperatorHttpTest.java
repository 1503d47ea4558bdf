package io.hydrasync.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorHttpTest {
  /** As many as a week has, with {@code -Doperator.scrapes=10000}. */
  private static final int SCRAPES = Integer.getInteger("operator.scrapes", 30);

  private static final String HANDSHAKES = "hydra_handshakes_total\\{result=\"%s\"}";

  private final OperatedRelay relay = new OperatedRelay();
  private final OperatorHttp http =
      OperatorHttp.start(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          relay.server.operator(),
          "1.2.3");
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    http.close();
    relay.close();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http.address().getPort() + path))
            .timeout(Duration.ofSeconds(30))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String statusLine(String request) throws IOException {
    try (Socket socket = new Socket(http.address().getAddress(), http.address().getPort())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .findFirst()
          .orElse("");
    }
  }

  @Test
  void isLiveAndReadyUntilItDrains() throws Exception {
    relay.producer();
    assertThat(get("/livez").body()).isEqualTo("live\n");
    assertThat(get("/readyz").statusCode()).isEqualTo(200);

    relay.server.drain(Duration.ofMinutes(1), Duration.ofSeconds(1));

    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    assertThat(get("/livez").statusCode()).isEqualTo(200);
  }

  @Test
  void countsWhatThePromisedMetricsSay() throws Exception {
    HydraProducer producer = relay.producer();
    HydraConsumer consumer = relay.consumer();
    producer.broadcast(new byte[5000]);
    consumer.receive();

    String metrics = get("/metrics").body();

    assertThat(metrics)
        .contains(
            "hydra_connections{role=\"producer\"} 1.0\n",
            "hydra_connections{role=\"consumer\"} 1.0\n",
            "hydra_sessions 1.0\n",
            "hydra_consumer_lag_bytes{quantile=\"1\"}",
            "hydra_log_memory_bytes ",
            "hydra_spill_bytes 0.0\n",
            "hydra_overflow_actions_total{policy=\"skip\"} 0.0\n",
            "hydra_gap_frames_total 0.0\n",
            "hydra_rejected_clients_total{reason=\"unauthorized\"} 0.0\n",
            "hydra_rejected_clients_total{reason=\"joining_connections\"} 0.0\n",
            "hydra_rejected_clients_total{reason=\"address_joining\"} 0.0\n",
            "hydra_rejected_clients_total{reason=\"network_joining\"} 0.0\n",
            "hydra_rejected_clients_total{reason=\"network_connections\"} 0.0\n",
            "hydra_handshakes_total{result=\"ok\"} 2.0\n",
            "hydra_build_info{java=\"" + System.getProperty("java.version") + "\"",
            "version=\"1.2.3\"");
    assertThat(figure(metrics, "hydra_received_bytes_total")).isGreaterThan(5000);
    assertThat(figure(metrics, "hydra_sent_bytes_total")).isGreaterThan(5000);
    assertThat(metrics).doesNotContain(relay.session.id().logName(), "127.0.0.1");
  }

  /** Also while sessions come and go, and however many scrape at once. */
  @Test
  void saysNothingOfBeingScraped() throws Exception {
    List<LogRecord> said = new CopyOnWriteArrayList<>();
    Handler listener = listener(said);
    Logger root = Logger.getLogger("");
    root.addHandler(listener);
    PrintStream stderr = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      come();
      Set<String> series = series(get("/metrics").body());
      for (int i = 0; i < SCRAPES / 10; i++) {
        come();
        for (int j = 0; j < 10; j++) {
          assertThat(series(get("/metrics").body())).isEqualTo(series);
        }
      }
    } finally {
      System.setErr(stderr);
      root.removeHandler(listener);
    }
    assertThat(said).isEmpty();
    assertThat(written.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  /** A session that begins, ends and is gone. */
  private void come() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraProducer producer = HydraProducer.connect(relay.server.address(), session)) {
      producer.broadcast(new byte[1]);
    }
  }

  private static Set<String> series(String metrics) {
    return metrics
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.substring(0, line.lastIndexOf(' ')))
        .collect(Collectors.toSet());
  }

  private static Handler listener(List<LogRecord> said) {
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            said.add(entry);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    handler.setLevel(Level.WARNING);
    return handler;
  }

  @Test
  void doesNotTakeAConnectionThatSaysNothingForAFailedHandshake() throws Exception {
    new Socket(relay.server.address().getAddress(), relay.server.address().getPort()).close();
    try (Socket stranger =
        new Socket(relay.server.address().getAddress(), relay.server.address().getPort())) {
      stranger.getOutputStream().write("HYDR".getBytes(StandardCharsets.US_ASCII));
    }

    assertThat(handshakes("unused")).isEqualTo(1);
    assertThat(handshakes("failed")).isEqualTo(1);
  }

  /** Once both connections have been counted. */
  private double handshakes(String result) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    String metrics;
    do {
      metrics = get("/metrics").body();
    } while (figure(metrics, HANDSHAKES.formatted("unused"))
                + figure(metrics, HANDSHAKES.formatted("failed"))
            < 2
        && System.nanoTime() - deadline < 0);
    return figure(metrics, HANDSHAKES.formatted(result));
  }

  private static double figure(String metrics, String name) {
    Matcher line = Pattern.compile("(?m)^" + name + " (\\S+)$").matcher(metrics);
    assertThat(line.find()).as(name).isTrue();
    return Double.parseDouble(line.group(1));
  }

  @Test
  void showsTheSessionsOnADashboardThatNeedsNobodyElse() throws Exception {
    relay.producer();
    relay.consumer();

    HttpResponse<String> page = get("/");
    String script = get("/dashboard.js").body();
    String style = get("/dashboard.css").body();
    JsonObject overview = JsonParser.parseString(get("/api/overview").body()).getAsJsonObject();

    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'", "script-src 'self'");
    assertThat(page.body() + script + style).doesNotContain("http://", "https://", "@import");
    JsonObject session = overview.getAsJsonArray("sessions").get(0).getAsJsonObject();
    assertThat(session.get("name").getAsString()).isEqualTo(relay.session.id().logName());
    assertThat(session.getAsJsonArray("consumerConnections")).hasSize(1);
    assertThat(overview.toString())
        .doesNotContain(HexFormat.of().formatHex(relay.session.id().toBytes(), 0, 8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nothing", "/livez/x", "/../pom.xml", "/dashboard.html"})
  void hasNothingElse(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(404);
  }

  @Test
  void changesNothing() throws Exception {
    assertThat(statusLine("POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"))
        .contains(" 405 ");
    assertThat(statusLine("HEAD /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .contains(" 200 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "evil.example:9370", "localhost.evil.example", ""})
  void answersNobodyWhoAsksForAnotherName(String host) throws IOException {
    assertThat(
            statusLine(
                "GET /api/overview HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
        .contains(" 421 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:1", "127.0.0.1", "[::1]:80"})
  void answersByAddress(String host) throws IOException {
    assertThat(statusLine("GET /livez HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
        .contains(" 200 ");
  }
}
