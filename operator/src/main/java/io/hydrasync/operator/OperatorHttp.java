package io.hydrasync.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hydrasync.server.RelayOperator;
import io.hydrasync.server.SessionStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * HTTP for an operator's own network: {@code /livez}, {@code /readyz}, {@code /metrics}, and a
 * dashboard at {@code /}. Nothing can be changed through it, there is no login and no encryption;
 * so it belongs on a loopback address, or behind a proxy that has both.
 *
 * <p>Runs on a few threads of its own from {@link #start} until {@link #close()}. Thread-safe.
 */
public final class OperatorHttp implements AutoCloseable {
  private static final int BACKLOG = 32;
  private static final int THREADS = 4;
  private static final int QUEUE = 64;
  private static final Duration LOOPS_DEADLINE = Duration.ofSeconds(2);
  private static final int MOST_SESSIONS = 50;
  private static final int MOST_CONSUMERS = 50;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";
  private static final Map<String, String> PAGES =
      Map.of(
          "/", "text/html; charset=utf-8",
          "/dashboard.js", "text/javascript; charset=utf-8",
          "/dashboard.css", "text/css; charset=utf-8");

  private final HttpServer http;
  private final ExecutorService threads;
  private final Sampler sampler;
  private final RelayMetrics metrics;
  private final HostCheck hosts;

  private record Answer(int status, String type, byte[] body) {
    static Answer of(int status, String type, String body) {
      return new Answer(status, type, body.getBytes(UTF_8));
    }
  }

  private OperatorHttp(HttpServer http, RelayOperator relay, String version) {
    this.http = http;
    sampler = new Sampler(relay);
    metrics = new RelayMetrics(sampler, version);
    hosts = new HostCheck(http.getAddress().getAddress());
    threads = newThreads();
    http.setExecutor(threads);
    answer("/livez", this::live);
    answer("/readyz", this::ready);
    answer("/metrics", () -> Answer.of(200, METRICS, metrics.scrape()));
    answer("/api/overview", this::overview);
    PAGES.forEach((path, type) -> answer(path, () -> new Answer(200, type, page(path))));
  }

  /**
   * Starts.
   *
   * @param address where to listen, port 0 = any
   * @param relay the relay
   * @param version what {@code hydra_build_info} says
   * @return the server, running
   * @throws UncheckedIOException if it cannot listen there
   */
  public static OperatorHttp start(InetSocketAddress address, RelayOperator relay, String version) {
    Objects.requireNonNull(address, "address is null");
    Objects.requireNonNull(relay, "relay is null");
    Objects.requireNonNull(version, "version is null");
    // Whoever opens a connection and says nothing must not keep it: seconds, read once by the JDK.
    System.setProperty("sun.net.httpserver.maxReqTime", "10");
    System.setProperty("sun.net.httpserver.maxRspTime", "30");
    try {
      HttpServer http = HttpServer.create(address, BACKLOG);
      OperatorHttp operator = new OperatorHttp(http, relay, version);
      http.start();
      return operator;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot listen on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + " for HTTP: "
              + e.getMessage(),
          e);
    }
  }

  private static ExecutorService newThreads() {
    AtomicInteger number = new AtomicInteger();
    return new ThreadPoolExecutor(
        THREADS,
        THREADS,
        1,
        TimeUnit.MINUTES,
        new LinkedBlockingQueue<>(QUEUE),
        task -> {
          Thread thread = new Thread(task, "hydra-http-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Where it listens.
   *
   * @return address and actual port
   */
  public InetSocketAddress address() {
    return http.getAddress();
  }

  private void answer(String path, Supplier<Answer> content) {
    http.createContext(
        path,
        exchange -> {
          try (exchange) {
            send(exchange, checked(exchange, path, content));
          }
        });
  }

  private Answer checked(HttpExchange exchange, String path, Supplier<Answer> content) {
    if (!exchange.getRequestURI().getPath().equals(path)) {
      return Answer.of(404, TEXT, "not found\n");
    }
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      return Answer.of(405, TEXT, "only GET\n");
    }
    if (!hosts.accepts(exchange.getRequestHeaders().getFirst("Host"))) {
      return Answer.of(421, TEXT, "ask by address, or as localhost\n");
    }
    return content.get();
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", answer.type);
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(answer.status, -1);
      return;
    }
    exchange.sendResponseHeaders(answer.status, answer.body.length);
    exchange.getResponseBody().write(answer.body);
  }

  private Answer live() {
    return sampler.relay().isAlive(LOOPS_DEADLINE)
        ? Answer.of(200, TEXT, "live\n")
        : Answer.of(503, TEXT, "an event loop does not answer\n");
  }

  private Answer ready() {
    return sampler.relay().isReady()
        ? Answer.of(200, TEXT, "ready\n")
        : Answer.of(503, TEXT, "draining\n");
  }

  private Answer overview() {
    Sampler.Sample sample = sampler.sample();
    JsonArray sessions = new JsonArray();
    List<SessionStatus> shown =
        StatusJson.highest(sample.sessions(), SessionStatus::maxLagBytes, MOST_SESSIONS);
    shown.forEach(session -> sessions.add(StatusJson.detail(session, MOST_CONSUMERS)));
    JsonObject json = new JsonObject();
    json.addProperty("atMs", TimeUnit.NANOSECONDS.toMillis(sample.nanos()));
    json.add("status", StatusJson.of(sample.status()));
    json.addProperty("total", sample.sessions().size());
    json.add("sessions", sessions);
    return Answer.of(200, JSON, json.toString());
  }

  private static byte[] page(String path) {
    String name = path.equals("/") ? "dashboard.html" : path.substring(1);
    try (InputStream in = OperatorHttp.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the dashboard is not in this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops at once. Later calls do nothing. */
  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
    metrics.close();
  }
}
