package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.Printable;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/**
 * Asks each member of etcd how it is, and whether it lets this node do what a node does: its
 * version and health, the login, the right to the cluster's keys, alarms, the size of its database,
 * its clock; and which nodes there are. Writes nothing. Made by {@link
 * EtcdDirectory.Builder#health}. Thread-safe.
 */
public final class EtcdHealth {
  private static final String STATUS = "/v3/maintenance/status";
  private static final String MEMBERS = "/v3/cluster/member/list";
  private static final String ALARM = "/v3/maintenance/alarm";
  private static final String AUTHENTICATE = "/v3/auth/authenticate";
  private static final String QUOTA = "etcd_server_quota_backend_bytes";
  private static final Pattern METRIC =
      Pattern.compile("(?m)^" + QUOTA + " ([0-9.]{1,30}(?:e\\+?[0-9]{1,2})?)$");

  private static final int MAX_BODY = 4 << 20;
  private static final int MAX_TEXT = 200;
  private static final int MAX_ALARMS = 16;
  private static final int MAX_NODES = 1_000;
  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int TOO_MANY = 429;
  private static final int OUT_OF_RANGE = 11;

  private final List<URI> endpoints;
  private final Keys keys;
  private final Optional<Login> login;
  private final Optional<SSLContext> tls;
  private final boolean commonName;
  private final Values values;
  private final Clock clock;

  EtcdHealth(
      List<URI> endpoints,
      Keys keys,
      Optional<Login> login,
      Optional<SSLContext> tls,
      boolean commonName,
      Values values,
      Clock clock) {
    this.endpoints = endpoints;
    this.keys = keys;
    this.login = login;
    this.tls = tls;
    this.commonName = commonName;
    this.values = values;
    this.clock = clock;
  }

  /**
   * Looks at all of them at the same time. Blocks.
   *
   * @param deadline how long that may take
   * @return each, in the order in which they were named
   * @throws InterruptedException if the thread is interrupted
   */
  public List<EtcdMember> look(Duration deadline) throws InterruptedException {
    return all(deadline, Look::member);
  }

  /**
   * What nodes say of themselves, as the first member tells that tells it. Blocks.
   *
   * @param deadline how long that may take
   * @return all keys of nodes
   * @throws InterruptedException if the thread is interrupted
   * @throws IOException if no member tells
   */
  public List<EtcdNode> nodes(Duration deadline) throws InterruptedException, IOException {
    return all(deadline, Look::nodes).stream()
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> new IOException("no member of etcd tells which nodes there are"));
  }

  private interface Ask<T> {
    T of(Look look) throws InterruptedException;
  }

  private <T> List<T> all(Duration deadline, Ask<T> ask) throws InterruptedException {
    long until = System.nanoTime() + Arguments.time(deadline, "a deadline").toNanos();
    ExecutorService threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "hydra-etcd-health");
              thread.setDaemon(true);
              return thread;
            });
    try {
      HttpClient.Builder builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .proxy(HttpClient.Builder.NO_PROXY)
              .executor(threads);
      tls.ifPresent(builder::sslContext);
      HttpClient client = builder.build();
      List<Future<T>> looks =
          endpoints.stream()
              .map(each -> threads.submit(() -> ask.of(new Look(client, threads, each, until))))
              .toList();
      return looks.stream().map(EtcdHealth::joined).toList();
    } finally {
      threads.shutdownNow();
    }
  }

  /** Each look is over by the deadline. */
  private static <T> T joined(Future<T> look) {
    try {
      return look.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }

  private record Answer(int status, byte[] bytes) {
    JsonObject object() {
      return Answers.body(status, bytes);
    }

    boolean isGood() {
      return status == OK && !object().has("error");
    }
  }

  /** Of one member, on one thread. */
  private final class Look {
    private final HttpClient client;
    private final ExecutorService threads;
    private final URI endpoint;
    private final long until;
    private String token = "";
    private Duration clockAhead = Duration.ZERO;

    Look(HttpClient client, ExecutorService threads, URI endpoint, long until) {
      this.client = client;
      this.threads = threads;
      this.endpoint = endpoint;
      this.until = until;
    }

    EtcdMember member() throws InterruptedException {
      try {
        return asked();
      } catch (IOException e) {
        return EtcdMember.unreachable(endpoint, "cannot be reached: " + why(e), commonName);
      } catch (TimeoutException e) {
        return EtcdMember.unreachable(endpoint, "has not answered in time", commonName);
      } catch (IllegalArgumentException e) {
        return EtcdMember.unreachable(
            endpoint, "answers what etcd does not: is this etcd's client port?", commonName);
      }
    }

    /** Nothing where it does not tell. */
    Optional<List<EtcdNode>> nodes() throws InterruptedException {
      try {
        if (logIn().isPresent()) {
          return Optional.empty();
        }
        Answer answer =
            post(Requests.RANGE, Requests.page(keys.firstNode(), keys.endOfNodes(), MAX_NODES, 0));
        return answer.isGood()
            ? Optional.of(
                Json.objects(answer.object(), "kvs").stream()
                    .flatMap(each -> node(each).stream())
                    .toList())
            : Optional.empty();
      } catch (IOException | TimeoutException | IllegalArgumentException e) {
        return Optional.empty(); // what is wrong with it is told by member()
      }
    }

    private Optional<EtcdNode> node(JsonObject stored) {
      byte[] value = Base64.getDecoder().decode(Json.text(stored, "value").orElse(""));
      String key = new String(Base64.getDecoder().decode(Json.required(stored, "key")), UTF_8);
      return keys.node(key)
          .map(
              id -> {
                Optional<NodeEntry> proven = values.node(id, value);
                return new EtcdNode(
                    id, proven.or(() -> Values.unproven(value)), proven.isPresent());
              });
    }

    private EtcdMember asked() throws IOException, InterruptedException, TimeoutException {
      String version = Json.text(get("/version").object(), "etcdserver").orElse("");
      Answer health = get("/health");
      boolean healthy =
          health.status == OK && "true".equals(Json.text(health.object(), "health").orElse(""));
      Optional<String> refused = logIn();
      if (refused.isEmpty()) {
        refused = refusal("read", post(Requests.RANGE, Requests.count(keys.first(), keys.end())));
      }
      Optional<String> writeRefused =
          refused.isEmpty()
              ? refusal("write", post(Requests.TXN, Requests.neverPut(keys.node(NodeId.NOBODY))))
              : Optional.empty();
      JsonObject status = good(post(STATUS, new JsonObject()));
      int members = Json.objects(good(post(MEMBERS, new JsonObject())), "members").size();
      JsonObject wanted = new JsonObject();
      wanted.addProperty("action", "GET");
      List<String> alarms =
          Json.objects(good(post(ALARM, wanted)), "alarms").stream()
              .limit(MAX_ALARMS)
              .map(each -> shortened(Json.text(each, "alarm").orElse("NONE")))
              .distinct()
              .toList();
      return new EtcdMember(
          endpoint,
          Optional.empty(),
          shortened(version),
          healthy,
          refused,
          commonName,
          Json.number(status, "dbSize"),
          Json.number(status, "dbSizeInUse"),
          quota(status),
          Json.number(Json.object(status, "header"), "revision"),
          isCompacted(),
          alarms,
          writeRefused,
          clockAhead,
          Json.text(Json.object(status, "header"), "cluster_id").orElse(""),
          members);
    }

    private Optional<String> logIn() throws IOException, InterruptedException, TimeoutException {
      if (login.isEmpty()) {
        return Optional.empty();
      }
      JsonObject body = new JsonObject();
      body.addProperty("name", login.get().user());
      body.addProperty("password", login.get().password());
      Answer answer = post(AUTHENTICATE, body);
      if (answer.isGood()) {
        token = Json.required(answer.object(), "token");
        return Optional.empty();
      }
      return Optional.of("the login fails: " + told(answer));
    }

    /** A full one is no refusal: its alarm tells. */
    private Optional<String> refusal(String what, Answer answer) {
      if (answer.isGood() || answer.status == TOO_MANY) {
        return Optional.empty();
      }
      return Optional.of(
          "it refuses to " + what + " the cluster's keys: " + told(answer) + right(answer));
    }

    /** What to do about it. */
    private String right(Answer answer) {
      String range = new String(keys.first(), UTF_8) + " " + new String(keys.end(), UTF_8);
      if (answer.status == FORBIDDEN) {
        return "; etcdctl role grant-permission ROLE readwrite " + range + " for the user's role";
      }
      return login.isEmpty() ? "; does it ask for logins (--etcd-user, --etcd-password-file)?" : "";
    }

    private String told(Answer answer) {
      return String.valueOf(Answers.failure(answer.status, answer.object()).getMessage());
    }

    /** What is not allowed is not known. */
    private JsonObject good(Answer answer) {
      return answer.isGood() ? answer.object() : new JsonObject();
    }

    /** Of 3.6 and newer in their status, of older ones in their metrics, if those are here. */
    private long quota(JsonObject status)
        throws IOException, InterruptedException, TimeoutException {
      long told = Json.number(status, "dbSizeQuota");
      if (told > 0) {
        return told;
      }
      Answer metrics = get("/metrics");
      Matcher found = METRIC.matcher(new String(metrics.bytes, UTF_8));
      return metrics.status == OK && found.find() ? (long) Double.parseDouble(found.group(1)) : 0;
    }

    /** The first revision can be read for as long as nothing has been given up. */
    private boolean isCompacted() throws IOException, InterruptedException, TimeoutException {
      JsonObject range = Requests.get(keys.first());
      range.addProperty("revision", "1");
      range.addProperty("serializable", true);
      Answer answer = post(Requests.RANGE, range);
      return answer.status != OK && Json.count(answer.object(), "code") == OUT_OF_RANGE;
    }

    private Answer get(String path) throws IOException, InterruptedException, TimeoutException {
      return ask(HttpRequest.newBuilder(endpoint.resolve(path)).GET());
    }

    private Answer post(String path, JsonObject body)
        throws IOException, InterruptedException, TimeoutException {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(endpoint.resolve(path))
              .header("Content-Type", "application/json")
              .header("Grpc-Metadata-hasleader", "true")
              .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
      if (!token.isEmpty()) {
        request.header("Authorization", token);
      }
      return ask(request);
    }

    private Answer ask(HttpRequest.Builder request)
        throws IOException, InterruptedException, TimeoutException {
      long began = System.nanoTime();
      CompletableFuture<HttpResponse<InputStream>> answer =
          client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try {
        HttpResponse<InputStream> head = await(answer);
        clockAhead =
            ServerClock.ahead(
                head.headers().firstValue("Date"),
                clock.instant(),
                Duration.ofNanos(System.nanoTime() - began));
        try (InputStream body = head.body()) {
          return new Answer(
              head.statusCode(), await(threads.submit(() -> body.readNBytes(MAX_BODY))));
        }
      } finally {
        answer.cancel(true);
      }
    }

    private <T> T await(Future<T> future)
        throws IOException, InterruptedException, TimeoutException {
      try {
        return future.get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
      }
    }

    private String why(IOException failure) {
      if (failure instanceof ConnectException) {
        return "nobody listens there, or the name is not known";
      }
      String text =
          failure.getMessage() == null
              ? failure.getClass().getSimpleName()
              : shortened(failure.getMessage());
      if (text.contains("PKIX")) {
        return "its certificate is signed by nobody who is trusted here";
      }
      if (failure instanceof SSLException) {
        return "TLS fails, perhaps since etcd asks for another certificate of ours: " + text;
      }
      return "https".equals(endpoint.getScheme()) ? text : text + "; does it speak TLS?";
    }

    private String shortened(String text) {
      String line = Printable.line(text);
      return line.length() > MAX_TEXT ? line.substring(0, MAX_TEXT) : line;
    }
  }
}
