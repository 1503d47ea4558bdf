package io.hydrasync.operator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.server.RelayOperator;
import io.hydrasync.server.SessionStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP for an operator's own network: {@code /livez}, {@code /readyz}, {@code /metrics}, and a
 * dashboard at {@code /}. GET and HEAD, one request a connection. Nothing can be changed through
 * it, there is no login and no encryption; so it belongs on a loopback address, or behind a proxy
 * that has both.
 *
 * <p>Runs on a few threads of its own from {@link #start} until {@link #close()}. Thread-safe.
 */
public final class OperatorHttp implements AutoCloseable {
  private static final String FAILED = "the relay has failed; its log says why\n";
  private static final int BACKLOG = 128;
  private static final int PROBE_THREADS = 2;
  private static final int PAGE_THREADS = 2;
  private static final Duration LOOPS_DEADLINE = Duration.ofSeconds(2);
  private static final int MOST_SESSIONS = 50;
  private static final int MOST_CONSUMERS = 50;
  private static final Logger LOG = LoggerFactory.getLogger(OperatorHttp.class);
  private static final String COMMON_FIELDS =
      "\r\nConnection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"
          + "\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none';"
          + " script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
          + " frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n\r\n";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";
  private static final Map<String, String> PAGES =
      Map.of(
          "/", "text/html; charset=utf-8",
          "/dashboard.js", "text/javascript; charset=utf-8",
          "/dashboard.css", "text/css; charset=utf-8");

  /** What a probe asks for, which must not wait for those who look at the dashboard. */
  private static final Set<String> PROBES = Set.of("/livez", "/readyz");

  private static final Map<Integer, String> REASONS =
      Map.of(
          200, "OK",
          400, "Bad Request",
          404, "Not Found",
          405, "Method Not Allowed",
          421, "Misdirected Request",
          431, "Request Header Fields Too Large",
          500, "Internal Server Error",
          503, "Service Unavailable");

  private final InetSocketAddress address;
  private final HttpConnections connections;
  private final ExecutorService probes;
  private final ExecutorService pages;
  private final Map<String, Supplier<Answer>> contents = new HashMap<>();
  private final Sampler sampler;
  private final RelayMetrics metrics;
  private final HostCheck hosts;

  private record Answer(int status, String type, byte[] body) {
    static Answer of(int status, String type, String body) {
      return new Answer(status, type, body.getBytes(UTF_8));
    }
  }

  private OperatorHttp(ServerSocketChannel listener, RelayOperator relay, String version)
      throws IOException {
    address = (InetSocketAddress) listener.getLocalAddress();
    sampler = new Sampler(relay);
    metrics = new RelayMetrics(sampler, version);
    hosts = new HostCheck(address.getAddress());
    contents.put("/livez", this::live);
    contents.put("/readyz", this::ready);
    contents.put("/metrics", () -> Answer.of(200, METRICS, metrics.scrape()));
    contents.put("/api/overview", this::overview);
    PAGES.forEach((path, type) -> contents.put(path, () -> new Answer(200, type, page(path))));
    connections = new HttpConnections(listener, this::handle, relay::report);
    relay.report(new IllegalStateException("a rehearsal")); // the first call takes memory
    probes = newThreads(relay, "hydra-http-probe-", PROBE_THREADS);
    pages = newThreads(relay, "hydra-http-page-", PAGE_THREADS);
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
    try {
      ServerSocketChannel listener = ServerSocketChannel.open();
      try {
        listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        listener.bind(address, BACKLOG);
        OperatorHttp operator = new OperatorHttp(listener, relay, version);
        operator.connections.start();
        return operator;
      } catch (IOException | RuntimeException e) {
        listener.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot listen on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + " for HTTP: "
              + Reasons.of(e),
          e);
    }
  }

  /**
   * As many tasks wait as there are connections: each has one request. The threads are there from
   * the start: there may be none to be had when somebody asks for /livez.
   */
  private static ExecutorService newThreads(RelayOperator relay, String name, int count) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            count,
            count,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name + number.incrementAndGet());
              thread.setDaemon(true);
              thread.setUncaughtExceptionHandler((who, error) -> relay.report(error));
              return thread;
            });
    pool.prestartAllCoreThreads();
    return pool;
  }

  /**
   * Where it listens.
   *
   * @return address and actual port
   */
  public InetSocketAddress address() {
    return address;
  }

  /** On the thread of all connections: says what is wrong, or lets another one answer. */
  private void handle(Optional<HttpHead> head, int status, HttpConnections.Reply reply) {
    if (head.isEmpty()) {
      reply.send(response(Answer.of(status, TEXT, "not a request for this server\n"), true));
      return;
    }
    HttpHead request = head.get();
    boolean withBody = !request.method().equals("HEAD");
    ExecutorService threads = PROBES.contains(request.path()) ? probes : pages;
    threads.execute(() -> reply.send(response(answer(request), withBody)));
  }

  private Answer answer(HttpHead request) {
    Supplier<Answer> content = contents.get(request.path());
    if (content == null) {
      return Answer.of(404, TEXT, "not found\n");
    }
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return Answer.of(405, TEXT, "only GET\n");
    }
    if (!hosts.accepts(request.host().orElse(null))) {
      return Answer.of(421, TEXT, "ask by address, or as localhost\n");
    }
    try {
      return content.get();
    } catch (RuntimeException e) {
      LOG.warn("{} could not be answered", request.path(), e);
      return Answer.of(500, TEXT, "a fault of this relay\n");
    }
  }

  private static byte[] response(Answer answer, boolean withBody) {
    String head =
        "HTTP/1.1 "
            + answer.status
            + " "
            + REASONS.get(answer.status)
            + "\r\nDate: "
            + DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC))
            + "\r\nContent-Type: "
            + answer.type
            + "\r\nContent-Length: "
            + answer.body.length
            + (answer.status == 405 ? "\r\nAllow: GET, HEAD" : "")
            + COMMON_FIELDS;
    byte[] bytes = head.getBytes(ISO_8859_1);
    if (withBody) {
      bytes = Arrays.copyOf(bytes, bytes.length + answer.body.length);
      System.arraycopy(
          answer.body, 0, bytes, bytes.length - answer.body.length, answer.body.length);
    }
    return bytes;
  }

  private Answer live() {
    return sampler.relay().isAlive(LOOPS_DEADLINE)
        ? Answer.of(200, TEXT, "live\n")
        : Answer.of(
            503,
            TEXT,
            sampler.relay().fatalError().isPresent() ? FAILED : "an event loop does not answer\n");
  }

  private Answer ready() {
    RelayOperator relay = sampler.relay();
    if (relay.isReady()) {
      return Answer.of(200, TEXT, "ready\n" + sampler.cluster().map(Readiness::of).orElse(""));
    }
    return Answer.of(
        503,
        TEXT,
        switch (relay.status().state()) {
          case "running" -> Readiness.STARTING;
          case "failed" -> FAILED;
          default -> "draining\n";
        });
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
    sample.cluster().ifPresent(cluster -> json.add("cluster", ClusterJson.of(cluster, 0)));
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
    connections.close();
    probes.shutdownNow();
    pages.shutdownNow();
    metrics.close();
  }
}
