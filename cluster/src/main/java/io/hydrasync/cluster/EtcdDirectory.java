package io.hydrasync.cluster;

import com.google.gson.JsonObject;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory in etcd 3.4 or newer, through its JSON gateway. Keys and values are in {@code
 * docs/reference/cluster-directory.md}.
 *
 * <p>One endpoint is asked until it fails, then the next. A request has a second for each; so a
 * member that stands still costs a second, and a read is then answered by another one, while of a
 * write nobody knows whether it was done ({@code UNREACHABLE}). The lease has 10 s and is renewed
 * every 3 s, and so is this node's key. A watch that does not show what this node has written
 * within 5 s is left for another member.
 *
 * <p>A full etcd takes no puts, at no member: {@code NOT_WRITABLE}, until somebody compacts it,
 * defragments it and disarms the alarm. etcd answers in the same way where it is overloaded; then
 * it passes by itself.
 *
 * <p>Has a thread of its own and those of the JDK's HTTP client. Before JDK 21 one of these ends
 * only when the directory has been collected.
 */
public final class EtcdDirectory implements Directory {
  private static final Logger LOG = LoggerFactory.getLogger(EtcdDirectory.class);
  private static final Duration ASK_AGAIN = Duration.ofSeconds(10);
  private static final Duration LATELY = Duration.ofSeconds(5);
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);

  private final NodeId self;
  private final Timeline timeline;
  private final Optional<DirectoryThread> own;
  private final Keys keys;
  private final Values values;
  private final Gateway gateway;
  private final Floors floors = new Floors();
  private final SessionAnswers answers = new SessionAnswers(floors);
  private final Set<CompletableFuture<?>> open = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean started = new AtomicBoolean();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable Thread thread;
  private volatile @Nullable Told told;
  private @Nullable Sync sync;
  private volatile @Nullable NodeLease lease;
  private @Nullable NodeEntry published;
  private boolean formerRemoved;
  private final Executor files;
  private @Nullable Callable<Builder> again;
  private long askedAgainAt;
  private boolean askedAgain;

  /** For tests: with time and network that are theirs. */
  EtcdDirectory(Builder builder, Timeline timeline, Transport transport) {
    this(builder, timeline, transport, Runnable::run);
  }

  private EtcdDirectory(Builder builder, Timeline timeline, Transport transport, Executor files) {
    this.timeline = timeline;
    this.files = files;
    own = timeline instanceof DirectoryThread given ? Optional.of(given) : Optional.empty();
    self = builder.self;
    keys = new Keys(builder.name);
    values = new Values(builder.key, Optional.ofNullable(builder.second));
    again = builder.again;
    gateway =
        new Gateway(
            timeline,
            transport,
            builder.endpoints,
            Optional.ofNullable(builder.login),
            this::refused);
  }

  /**
   * Begins to describe a directory.
   *
   * @param endpoints of etcd's members, {@code http://host:port} or {@code https://host:port}, the
   *     one to ask first in front
   * @param key what all relays of the cluster know
   * @return what describes it
   * @throws IllegalArgumentException if there is none, or one is something else
   */
  public static Builder builder(List<URI> endpoints, ClusterKey key) {
    return new Builder(endpoints, key);
  }

  @Override
  public NodeId self() {
    return self;
  }

  @Override
  public void start(DirectoryListener listener) {
    Arguments.given(listener, "a listener");
    if (closing.get() || !started.compareAndSet(false, true)) {
      throw new IllegalStateException("the directory has been started already, or is closed");
    }
    timeline.execute(() -> begin(new Told(listener)));
  }

  private void begin(Told to) {
    if (closing.get()) {
      return;
    }
    thread = Thread.currentThread();
    told = to;
    to.tell(listener -> listener.state(DirectoryState.UNKNOWN));
    sync = new Sync(gateway, timeline, keys, values, self, to, floors, this::removeFormer);
    lease = new NodeLease(gateway, timeline, keys, values, self, to, sync);
    sync.start();
    lease.start();
    if (published != null) {
      lease.publish(published);
    }
    look();
  }

  private void look() {
    if (!closing.get() && told != null && sync != null) {
      told.update(gateway.hasAnswered(LATELY));
      sync.look();
      timeline.schedule(LOOK_EVERY, this::look);
    }
  }

  @Override
  public void publish(NodeEntry entry) {
    Arguments.given(entry, "an entry");
    timeline.execute(
        () -> {
          published = entry;
          if (lease != null) {
            lease.publish(entry);
            removeFormer();
          }
        });
  }

  /** The keys of nodes that were reached where this one is: what crashed here, and came back. */
  private void removeFormer() {
    NodeEntry mine = published;
    if (formerRemoved || mine == null || sync == null || sync.mark().seen() == 0) {
      return;
    }
    formerRemoved = true;
    sync.nodes()
        .forEach(
            (id, node) -> {
              if (!id.equals(self) && node.value().link().equals(mine.link())) {
                gateway.urgent(
                    Requests.TXN,
                    Requests.deleteIf(keys.node(id), node.modRevision()),
                    Gateway.Repeat.ALWAYS);
              }
            });
  }

  /**
   * Takes over keys, login and certificates; members, name and this node stay what they are. What
   * is under way ends as it was begun, all else is asked in the new way, and everything is read
   * again: nodes under the new keys may be there already. Does not block.
   *
   * @param next what {@link #builder} has begun, for the same members
   * @throws IllegalArgumentException as {@link Builder#build}; nothing has changed then
   */
  public void renew(Builder next) {
    Optional<SSLContext> context = Arguments.given(next, "what is to be taken over").tls();
    ClusterKey key = next.key;
    Optional<ClusterKey> second = Optional.ofNullable(next.second);
    Optional<Login> login = Optional.ofNullable(next.login);
    Callable<Builder> source = next.again;
    timeline.execute(
        () -> {
          if (closing.get()) {
            return;
          }
          again = source == null ? again : source;
          values.change(key, second);
          gateway.login(login);
          context.ifPresent(tls -> own.ifPresent(thread -> gateway.transport(over(thread, tls))));
          if (sync != null) {
            sync.doubt("keys, login and certificates are new");
          }
          if (lease != null && published != null) {
            lease.publish(published);
          }
        });
  }

  private static HttpTransport over(DirectoryThread thread, SSLContext tls) {
    return new HttpTransport(thread, Gateway.DEADLINE, Optional.of(tls));
  }

  /** A password or a certificate has not been taken: there may be others in the files. */
  private void refused() {
    Callable<Builder> source = again;
    long now = timeline.nanoTime();
    if (source == null || askedAgain && now - askedAgainAt < ASK_AGAIN.toNanos()) {
      return;
    }
    askedAgain = true;
    askedAgainAt = now;
    files.execute(() -> reread(source));
  }

  private static void onAThread(Runnable reading) {
    Thread reader = new Thread(reading, "hydra-directory-files");
    reader.setDaemon(true);
    reader.start();
  }

  private void reread(Callable<Builder> source) {
    try {
      renew(source.call());
      LOG.info("etcd refuses this relay: password and certificates have been read again");
    } catch (Exception e) {
      LOG.warn(
          "etcd refuses this relay, and password and certificates cannot be read again: {}",
          Reasons.of(e));
    }
  }

  @Override
  public CompletionStage<Optional<Versioned<SessionEntry>>> read(SessionHash hash) {
    Arguments.given(hash, "a session's hash");
    return ask(
        Requests.RANGE,
        Requests.get(keys.session(hash)),
        Gateway.Repeat.ALWAYS,
        answer -> answers.read(hash, answer));
  }

  @Override
  public CompletionStage<WriteOutcome> write(
      SessionHash hash, long expectedModRevision, SessionEntry entry) {
    Arguments.given(hash, "a session's hash");
    Arguments.given(entry, "an entry");
    Arguments.atLeast(expectedModRevision, "a revision", 0L);
    return ask(
        Requests.TXN,
        Requests.putIf(keys.session(hash), expectedModRevision, Values.session(entry)),
        Gateway.Repeat.IF_UNSENT,
        answer -> {
          WriteOutcome outcome = answers.outcome(hash, answer);
          if (outcome instanceof WriteOutcome.Written && told != null) {
            told.wrote();
          }
          return outcome;
        });
  }

  @Override
  public CompletionStage<WriteOutcome> delete(SessionHash hash, long expectedModRevision) {
    Arguments.given(hash, "a session's hash");
    Arguments.atLeast(expectedModRevision, "a revision", 1L);
    return ask(
        Requests.TXN,
        Requests.deleteIf(keys.session(hash), expectedModRevision),
        Gateway.Repeat.IF_UNSENT,
        answer -> answers.outcome(hash, answer));
  }

  @Override
  public CompletionStage<Set<SessionHash>> deleteAll(Map<SessionHash, Long> expectedModRevisions) {
    Map<SessionHash, Long> given = Map.copyOf(expectedModRevisions);
    Arguments.between(given.size(), "the number of entries", 0, MAX_BATCH);
    if (given.isEmpty()) {
      return CompletableFuture.completedStage(Set.of());
    }
    List<SessionHash> order = List.copyOf(given.keySet());
    List<JsonObject> transactions =
        order.stream().map(hash -> Requests.deleteIf(keys.session(hash), given.get(hash))).toList();
    return ask(
        Requests.TXN,
        Requests.all(transactions),
        Gateway.Repeat.IF_UNSENT,
        answer -> answers.deleted(order, answer));
  }

  private <T> CompletionStage<T> ask(
      String path, JsonObject body, Gateway.Repeat repeat, Function<JsonObject, T> meaning) {
    CompletableFuture<T> future = new CompletableFuture<>();
    open.add(future);
    future.whenComplete((value, failure) -> open.remove(future));
    timeline.execute(() -> send(path, body, repeat, meaning, future));
    if (closing.get()) {
      timeline.execute(() -> future.completeExceptionally(closedFailure()));
      if (closed.getCount() == 0) {
        future.completeExceptionally(closedFailure());
      }
    }
    return future.minimalCompletionStage();
  }

  private <T> void send(
      String path,
      JsonObject body,
      Gateway.Repeat repeat,
      Function<JsonObject, T> meaning,
      CompletableFuture<T> future) {
    if (closing.get()) {
      future.completeExceptionally(closedFailure());
      return;
    }
    Sync.Mark asked = sync == null ? new Sync.Mark(0, 0) : sync.mark();
    gateway
        .call(path, body, repeat)
        .whenComplete(
            (answer, failure) -> {
              if (failure != null) {
                fail(future, Gateway.unwrapped(failure));
                return;
              }
              try {
                T value = meaning.apply(answer);
                future.complete(value);
              } catch (IllegalArgumentException e) {
                future.completeExceptionally(
                    new DirectoryException(
                        DirectoryException.Kind.UNREACHABLE,
                        "etcd answers what cannot be read",
                        e));
                return;
              }
              if (sync != null) {
                sync.answered(asked, SessionAnswers.revision(answer));
              }
            });
  }

  private void fail(CompletableFuture<?> future, Throwable failure) {
    if (told != null) {
      told.failed(failure, false);
    }
    future.completeExceptionally(GatewayException.told(failure));
  }

  private static DirectoryException closedFailure() {
    return new DirectoryException(DirectoryException.Kind.CLOSED, "the directory has been closed");
  }

  @Override
  public DirectoryState state() {
    Told to = told;
    return to == null ? DirectoryState.UNKNOWN : to.state();
  }

  @Override
  public Optional<Duration> leaseLeft() {
    NodeLease now = lease;
    return now == null ? Optional.empty() : now.left();
  }

  @Override
  public void close() {
    if (closing.compareAndSet(false, true)) {
      timeline.execute(this::end);
    }
    if (own.isPresent() && Thread.currentThread() != thread) {
      try {
        if (!closed.await(LONGEST_CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
          timeline.execute(this::finish);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void end() {
    if (sync != null) {
      sync.close();
    }
    CompletableFuture<?> revoked =
        lease == null ? CompletableFuture.completedFuture(null) : lease.close();
    timeline.schedule(LONGEST_CLOSE, this::finish);
    revoked.whenComplete((done, failure) -> timeline.execute(this::finish));
  }

  private void finish() {
    if (closed.getCount() == 0) {
      return;
    }
    if (told != null) {
      told.end();
    }
    gateway.close();
    closed.countDown();
    List.copyOf(open).forEach(each -> each.completeExceptionally(closedFailure()));
    own.ifPresent(DirectoryThread::close);
  }

  /** What a directory in etcd is to be. Not thread-safe. */
  public static final class Builder {
    private final List<URI> endpoints;
    private final ClusterKey key;
    private String name = "hydra";
    private NodeId self = NodeId.random(new SecureRandom());
    private @Nullable ClusterKey second;
    private @Nullable Login login;
    private List<X509Certificate> authorities = List.of();
    private List<X509Certificate> chain = List.of();
    private Optional<PrivateKey> privateKey = Optional.empty();
    private @Nullable Callable<Builder> again;

    private Builder(List<URI> endpoints, ClusterKey key) {
      this.endpoints =
          Arguments.allGiven(endpoints, "endpoints").stream().map(Builder::checked).toList();
      this.key = Arguments.given(key, "a cluster key");
      if (this.endpoints.isEmpty()) {
        throw new IllegalArgumentException("there is no endpoint of etcd");
      }
    }

    private static URI checked(URI endpoint) {
      boolean plain =
          ("http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme()))
              && endpoint.getHost() != null
              && endpoint.getPort() > 0
              && endpoint.getRawUserInfo() == null
              && endpoint.getRawQuery() == null
              && endpoint.getRawFragment() == null
              && Set.of("", "/").contains(endpoint.getRawPath());
      if (!plain) {
        throw new IllegalArgumentException(
            "an endpoint of etcd is http://host:port or https://host:port");
      }
      return endpoint;
    }

    /**
     * What the cluster is called: what all its keys begin with.
     *
     * @param cluster 1 to 64 letters, digits, {@code .}, {@code _} and {@code -}; {@code hydra} if
     *     nothing is said
     * @return this
     * @throws IllegalArgumentException if it is something else
     */
    public Builder name(String cluster) {
      new Keys(cluster).first();
      name = cluster;
      return this;
    }

    /**
     * A second cluster key, for a change of keys: nodes that use it are believed. It is not used
     * for what this node writes.
     *
     * @param accepted the key
     * @return this
     */
    public Builder alsoAccept(ClusterKey accepted) {
      second = Arguments.given(accepted, "a cluster key");
      return this;
    }

    /**
     * Who this node is to etcd, where that asks for logins.
     *
     * @param user a name
     * @param password its password, never shown
     * @return this
     */
    public Builder login(String user, String password) {
      login = new Login(Arguments.given(user, "a user"), Arguments.given(password, "a password"));
      return this;
    }

    /**
     * Who signs the certificates of etcd's members; the system's authorities if nothing is said.
     *
     * @param file certificates in PEM
     * @return this
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it holds no certificates
     */
    public Builder authorities(Path file) throws IOException {
      authorities = Pem.certificates(file);
      return this;
    }

    /**
     * What this node shows to etcd's members.
     *
     * @param certificates in PEM, its own in front
     * @param privateKeyFile its key in PEM, PKCS #8, not encrypted
     * @return this
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if they hold something else
     */
    public Builder clientCertificate(Path certificates, Path privateKeyFile) throws IOException {
      chain = Pem.certificates(certificates);
      privateKey = Optional.of(Pem.privateKey(privateKeyFile));
      return this;
    }

    /**
     * Where to get password and certificates again when etcd refuses them: the files may have been
     * changed. Asked on a thread of its own, once in ten seconds at most; what it gives is taken
     * over as by {@link EtcdDirectory#renew}. Default: nowhere.
     *
     * @param source makes a builder with what the files hold by now
     * @return this
     */
    public Builder readAgain(Callable<Builder> source) {
      again = Arguments.given(source, "where to read again");
      return this;
    }

    /** For tests: who this node is. */
    Builder self(NodeId id) {
      self = id;
      return this;
    }

    /**
     * Makes the directory; nothing is connected before {@link Directory#start}.
     *
     * @return the directory, to be closed
     * @throws IllegalArgumentException if what was said does not go together: files for TLS with
     *     endpoints without it, or a login beside a client certificate with a CommonName, with
     *     which etcd's gateway refuses every request
     */
    public EtcdDirectory build() {
      Optional<SSLContext> context = tls();
      DirectoryThread thread = new DirectoryThread("hydra-directory");
      return new EtcdDirectory(
          this,
          thread,
          new HttpTransport(thread, Gateway.DEADLINE, context),
          EtcdDirectory::onAThread);
    }

    /** What to connect with, if what was said goes together. */
    private Optional<SSLContext> tls() {
      boolean tls = endpoints.stream().anyMatch(each -> "https".equals(each.getScheme()));
      if (!tls && (!authorities.isEmpty() || privateKey.isPresent())) {
        throw new IllegalArgumentException("certificates are given, but no endpoint is https");
      }
      if (login != null && !chain.isEmpty() && Pem.hasCommonName(chain.get(0))) {
        throw new IllegalArgumentException(
            "the client certificate has a CommonName: etcd's gateway refuses every request with one"
                + " while logins are asked for; make one without");
      }
      return tls ? Optional.of(Pem.context(authorities, chain, privateKey)) : Optional.empty();
    }

    /**
     * What asks etcd's members how they are, reaching them as the directory would. Nothing is
     * connected before it looks, and what goes together badly is what it finds.
     *
     * @return what looks at them; it needs the cluster key for nothing but {@link EtcdNode#proven}
     */
    public EtcdHealth health() {
      boolean tls = endpoints.stream().anyMatch(each -> "https".equals(each.getScheme()));
      return new EtcdHealth(
          endpoints,
          new Keys(name),
          Optional.ofNullable(login),
          tls ? Optional.of(Pem.context(authorities, chain, privateKey)) : Optional.empty(),
          !chain.isEmpty() && Pem.hasCommonName(chain.get(0)),
          new Values(key, Optional.ofNullable(second)),
          Clock.systemUTC());
    }
  }
}
