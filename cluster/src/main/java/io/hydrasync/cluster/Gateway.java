package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import io.hydrasync.cluster.GatewayException.Reason;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Requests to etcd's JSON gateway: to one endpoint until that fails, then to the next. Each has a
 * deadline of its own, its body included. All on the directory's thread.
 */
final class Gateway {
  /** What may be done where it is not known whether a request has been done. */
  enum Repeat {
    /** Ask the next endpoint: it reads, or does the same when it is done twice. */
    ALWAYS,
    /** Tell who asked. */
    IF_UNSENT
  }

  static final Duration DEADLINE = Duration.ofSeconds(1);

  /** Checking a password takes etcd a tenth of a second of CPU. */
  static final Duration LOGIN_DEADLINE = Duration.ofSeconds(3);

  static final int MAX_ANSWER = 16 << 20;

  /** For so long a token is not taken for the cause where nobody answers. */
  private static final Duration TOKEN_TRUSTED = Duration.ofSeconds(5);

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(4);
  private static final int MAX_IN_FLIGHT = 64;
  private static final int MAX_WAITING = 100_000;
  private static final String AUTHENTICATE = "/v3/auth/authenticate";

  private final Timeline timeline;
  private final Runnable refused;
  private Transport transport;
  private final List<URI> endpoints;
  private Optional<Login> login;
  private final Deque<Call> waiting = new ArrayDeque<>();
  private final Set<Call> inFlight = new HashSet<>();
  private int preferred;
  private int counted;
  private @Nullable String token;
  private @Nullable CompletableFuture<String> authenticating;
  private boolean closed;
  private long answeredAt;
  private boolean answered;
  private long tokenSince;

  /**
   * Where requests go, and as whom.
   *
   * @param refused told where a password or a certificate has not been taken
   */
  Gateway(
      Timeline timeline,
      Transport transport,
      List<URI> endpoints,
      Optional<Login> login,
      Runnable refused) {
    this.timeline = timeline;
    this.refused = refused;
    this.transport = transport;
    this.endpoints = List.copyOf(endpoints);
    this.login = login;
  }

  /** The endpoint that is asked next. */
  int endpoint() {
    return preferred;
  }

  /** Asks another one from now on, unless that has happened already. */
  void leave(int endpoint) {
    if (preferred == endpoint) {
      preferred = (endpoint + 1) % endpoints.size();
    }
  }

  /** Whether something has been answered in the time that has just passed. */
  boolean hasAnswered(Duration lately) {
    return answered && timeline.nanoTime() - answeredAt <= lately.toNanos();
  }

  /** An answer has come, of a stream too. */
  void noteAnswer() {
    answered = true;
    answeredAt = timeline.nanoTime();
  }

  /** A request that others wait for: at most 64 are on their way at a time. */
  CompletableFuture<JsonObject> call(String path, JsonObject body, Repeat repeat) {
    Call call = new Call(path, body, repeat, true);
    if (closed) {
      call.fail(closedFailure());
    } else if (counted < MAX_IN_FLIGHT) {
      call.begin();
    } else if (waiting.size() < MAX_WAITING) {
      waiting.add(call);
    } else {
      call.fail(new GatewayException(Reason.UNKNOWN, "too many requests wait for the directory"));
    }
    return call.answer;
  }

  /** A request that does not wait for others. */
  CompletableFuture<JsonObject> urgent(String path, JsonObject body, Repeat repeat) {
    Call call = new Call(path, body, repeat, false);
    if (closed) {
      call.fail(closedFailure());
    } else {
      call.begin();
    }
    return call.answer;
  }

  /** A request with an answer that does not end. */
  CompletableFuture<Transport.Exchange> stream(
      int endpoint, String path, JsonObject body, Transport.Sink sink) {
    byte[] bytes = body.toString().getBytes(UTF_8);
    return token().thenApply(shown -> post(endpoint, path, bytes, shown, sink));
  }

  /** The token is not good any more. */
  void forgetToken() {
    token = null;
  }

  /** Another login from now on. */
  void login(Optional<Login> next) {
    if (!next.equals(login)) {
      login = next;
      token = null;
    }
  }

  /** Another way from now on: what is under way has the time that a request has. */
  void transport(Transport next) {
    Transport before = transport;
    transport = next;
    if (closed) {
      next.close();
    }
    timeline.schedule(LONGEST_WAIT, before::close);
  }

  void close() {
    closed = true;
    List<Call> all = new ArrayList<>(waiting);
    all.addAll(inFlight);
    waiting.clear();
    for (Call call : all) {
      call.giveUp();
      call.fail(closedFailure());
    }
    transport.close();
  }

  private static GatewayException closedFailure() {
    return new GatewayException(Reason.CLOSED, "the directory has been closed");
  }

  private Transport.Exchange post(
      int endpoint, String path, byte[] body, String shown, Transport.Sink sink) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("Grpc-Metadata-hasleader", "true");
    if (!shown.isEmpty()) {
      headers.put("Authorization", shown);
    }
    return transport.post(endpoints.get(endpoint).resolve(path), headers, body, sink);
  }

  /** The token, or nothing where nobody logs in. */
  private CompletableFuture<String> token() {
    if (login.isEmpty()) {
      return CompletableFuture.completedFuture("");
    }
    if (token != null) {
      return CompletableFuture.completedFuture(token);
    }
    if (authenticating == null) {
      authenticating = authenticate(login.get());
    }
    return authenticating;
  }

  private CompletableFuture<String> authenticate(Login as) {
    JsonObject body = new JsonObject();
    body.addProperty("name", as.user());
    body.addProperty("password", as.password());
    Call call = new Call(AUTHENTICATE, body, Repeat.ALWAYS, false);
    CompletableFuture<String> got =
        call.answer.thenApply(
            answer -> {
              token = Json.required(answer, "token");
              tokenSince = timeline.nanoTime();
              return token;
            });
    got.whenComplete((value, failure) -> authenticating = null);
    call.begin();
    return got;
  }

  /** One request, at one endpoint after the other. */
  private final class Call implements Transport.Sink {
    final CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    private final String path;
    private final byte[] body;
    private final Repeat repeat;
    private final boolean counts;
    private final long since = timeline.nanoTime();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private int tries;
    private int endpoint;
    private int status;
    private int attempt;
    private boolean loggedInAnew;
    private String shown = "";
    private Transport.@Nullable Exchange exchange;
    private Timeline.@Nullable Scheduled deadline;

    Call(String path, JsonObject body, Repeat repeat, boolean counts) {
      this.path = path;
      this.body = body.toString().getBytes(UTF_8);
      this.repeat = repeat;
      this.counts = counts;
    }

    void begin() {
      if (counts) {
        counted++;
      }
      inFlight.add(this);
      answer.whenComplete((value, failure) -> ended());
      if (timeline.nanoTime() - since > LONGEST_WAIT.toNanos()) {
        fail(new GatewayException(Reason.UNKNOWN, "the directory has been too slow to ask"));
      } else {
        send();
      }
    }

    private void ended() {
      inFlight.remove(this);
      if (counts) {
        counted--;
        if (!closed && !waiting.isEmpty()) {
          timeline.execute(Gateway.this::beginNext);
        }
      }
    }

    private void send() {
      if (path.equals(AUTHENTICATE)) {
        sendWith("");
      } else {
        token()
            .whenComplete(
                (value, failure) -> {
                  if (failure == null) {
                    sendWith(value);
                  } else {
                    fail(unwrapped(failure));
                  }
                });
      }
    }

    private void sendWith(String with) {
      if (answer.isDone()) {
        return;
      }
      shown = with;
      tries++;
      endpoint = preferred;
      status = 0;
      received.reset();
      int number = ++attempt;
      deadline =
          timeline.schedule(
              path.equals(AUTHENTICATE) ? LOGIN_DEADLINE : DEADLINE, () -> late(number));
      exchange = post(endpoint, path, body, with, new Attempt(this, number));
    }

    private void late(int number) {
      if (number == attempt && !answer.isDone()) {
        giveUp();
        doubtToken();
        again(true, endpoints.get(endpoint) + " has not answered");
      }
    }

    @Override
    public void status(int given) {
      status = given;
    }

    @Override
    public void data(byte[] bytes) {
      if (received.size() + bytes.length > MAX_ANSWER) {
        giveUp();
        fail(new GatewayException(Reason.TOO_LONG, "an answer of etcd is too long"));
      } else {
        received.writeBytes(bytes);
      }
    }

    @Override
    public void end() {
      stopClock();
      JsonObject object;
      try {
        object = Answers.body(status, received.toByteArray());
      } catch (IllegalArgumentException e) {
        again(true, endpoints.get(endpoint) + " answers what is no JSON");
        return;
      }
      if (!Answers.isError(status, object)) {
        noteAnswer();
        answer.complete(inner(object));
      } else if (Answers.isUnauthenticated(status, object) && !loggedInAnew && login.isPresent()) {
        loggedInAnew = true;
        logInAnew();
      } else if (Answers.isEndpointsFault(status, object)) {
        again(true, String.valueOf(Answers.failure(status, object).getMessage()));
      } else {
        noteAnswer();
        if (path.equals(AUTHENTICATE)) {
          refused.run();
        }
        fail(Answers.failure(status, object));
      }
    }

    /** A stream of one answer has it in an object of its own. */
    private JsonObject inner(JsonObject object) {
      return object.get("result") instanceof JsonObject result ? result : object;
    }

    /**
     * A token that etcd issued before it lost what it had is neither taken nor refused by 3.4.23:
     * nothing comes, as if it waited for the index in it, which may never be reached.
     */
    private void doubtToken() {
      if (shown.equals(token) && timeline.nanoTime() - tokenSince > TOKEN_TRUSTED.toNanos()) {
        forgetToken();
      }
    }

    private void logInAnew() {
      if (shown.equals(token)) {
        forgetToken();
      }
      tries--;
      send();
    }

    /** Newer members close the connection on a token that they do not know. */
    @Override
    public void failed(Throwable cause, boolean sent) {
      stopClock();
      if (sent && shown.equals(token)) {
        forgetToken();
      }
      if (isTls(cause)) {
        refused.run();
      }
      String text =
          cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
      again(sent, endpoints.get(endpoint) + ": " + text);
    }

    private void again(boolean sent, String text) {
      leave(endpoint);
      boolean may = !sent || repeat == Repeat.ALWAYS;
      if (may && tries < endpoints.size() && !closed) {
        send();
      } else {
        fail(new GatewayException(Reason.UNKNOWN, text));
      }
    }

    void giveUp() {
      stopClock();
      attempt++;
      if (exchange != null) {
        exchange.cancel();
      }
    }

    private void stopClock() {
      if (deadline != null) {
        deadline.cancel();
      }
    }

    void fail(Throwable failure) {
      answer.completeExceptionally(failure);
    }
  }

  private static boolean isTls(Throwable failure) {
    Throwable cause = failure;
    while (cause != null && !(cause instanceof SSLException)) {
      cause = cause.getCause();
    }
    return cause != null;
  }

  private void beginNext() {
    while (!closed && counted < MAX_IN_FLIGHT && !waiting.isEmpty()) {
      waiting.remove().begin();
    }
  }

  /** What a stage has failed with, without what stages put around it. */
  static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException wrapper && wrapper.getCause() != null
        ? wrapper.getCause()
        : failure;
  }

  /** What comes of an attempt that was given up does not count. */
  private record Attempt(Call call, int number) implements Transport.Sink {
    private boolean counts() {
      return call.attempt == number && !call.answer.isDone();
    }

    @Override
    public void status(int status) {
      if (counts()) {
        call.status(status);
      }
    }

    @Override
    public void data(byte[] bytes) {
      if (counts()) {
        call.data(bytes);
      }
    }

    @Override
    public void end() {
      if (counts()) {
        call.end();
      }
    }

    @Override
    public void failed(Throwable cause, boolean sent) {
      if (counts()) {
        call.failed(cause, sent);
      }
    }
  }
}
