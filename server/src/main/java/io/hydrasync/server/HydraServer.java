package io.hydrasync.server;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.ClassicVersions;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicPackets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.internal.NettyCheck;
import io.hydrasync.server.internal.Relay;
import io.hydrasync.server.internal.RelayListener;
import io.hydrasync.server.internal.admission.Admission;
import io.hydrasync.server.internal.admission.CredentialPolicy;
import io.hydrasync.server.internal.admission.RelayIdentity;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.OverflowRules;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.hydrasync.server.internal.loop.FatalErrors;
import io.hydrasync.server.internal.loop.Transports;
import io.hydrasync.server.internal.node.Node;
import io.hydrasync.server.internal.services.ClassicService;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.spill.SpillPlace;
import io.hydrasync.server.internal.spill.SpillStore;
import io.netty.util.internal.PlatformDependent;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A relay: copies sealed frames from one producer to any number of consumers per session, and
 * cannot open them.
 *
 * <p>Runs when {@link Builder#bind()} or {@link #bindDefault()} returns, on threads of its own,
 * until {@link #close()}. Thread-safe.
 */
public final class HydraServer implements AutoCloseable {
  private static final long FLUSH_SECONDS = 5;
  private static final long LAST_READ_SECONDS = 90;

  /** In which connections that are cut tell their stages. */
  private static final long CUT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Relay relay;
  private final RelayOperator operator;
  private final RelayListener listener;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> gone = new CompletableFuture<>();

  private HydraServer(Relay relay, RelayOperator operator, RelayListener listener) {
    this.relay = relay;
    this.operator = operator;
    this.listener = listener;
  }

  /**
   * A relay on 127.0.0.1 with a port chosen by the operating system and a fresh key.
   *
   * @return the relay, running
   * @throws UncheckedIOException if it cannot listen
   * @throws UnusableClassPathException as {@link #builder()}
   */
  public static HydraServer bindDefault() {
    return builder().bind();
  }

  /**
   * A relay with options.
   *
   * @return a builder, every default of which is right for a first use
   * @throws UnusableClassPathException if the Netty that is found is missing, or older than 4.2
   */
  public static Builder builder() {
    NettyCheck.find() // before anything of it is linked
        .ifPresent(
            problem -> {
              throw unusable(problem);
            });
    return new Builder();
  }

  private static UnusableClassPathException unusable(NettyCheck.Problem problem) {
    return new UnusableClassPathException(problem.message(), problem.cause());
  }

  /**
   * Where the relay listens.
   *
   * @return address and actual port
   */
  public InetSocketAddress address() {
    return listener.address();
  }

  /**
   * Where a node of a cluster takes the links of other nodes.
   *
   * @return address and actual port; nothing for a relay alone
   */
  public Optional<InetSocketAddress> linkAddress() {
    return relay.node().flatMap(Node::listen);
  }

  /**
   * The relay's public key, for clients to pin.
   *
   * @return the key; another one once {@link RelayOperator#relayKey} has changed it
   */
  public RelayKey relayKey() {
    return relay.services().relayKey();
  }

  /**
   * The relay's public key, and the other one that clients are told of.
   *
   * @return one key or two, the relay's own first
   */
  public RelayKeys relayKeys() {
    return relay.services().relayKeys();
  }

  /** What it is made of. */
  Relay relay() {
    return relay;
  }

  /**
   * How many clients are connected.
   *
   * @return connections in any state
   */
  public int connections() {
    return relay.connections().count();
  }

  /**
   * How many sessions the relay knows.
   *
   * @return sessions with a producer, with waiting consumers, or lingering
   */
  public int sessions() {
    return relay.sessions().count();
  }

  /**
   * How much memory the logs of all sessions take.
   *
   * @return bytes of direct memory
   */
  public long logMemoryBytes() {
    return relay.services().budget().used();
  }

  /**
   * How much of the logs has been spilled to disk.
   *
   * @return bytes
   */
  public long spilledBytes() {
    return relay.services().spill().used();
  }

  /**
   * The largest frame that the relay takes, after its memory has been taken into account.
   *
   * @return bytes behind the length field
   */
  public int maxFrameBytes() {
    return relay.services().limits().maxFrame();
  }

  /**
   * What the relay tells its operator, and what the operator can do.
   *
   * @return the same object at each call
   */
  public RelayOperator operator() {
    return operator;
  }

  /**
   * Winds the relay down and closes it: no new sessions from now on. After {@code delay} producers
   * are not read any more and consumers take what is there; then consumers get ERROR SHUTDOWN, with
   * retry times that differ, and producers after them. Does not block; a later call joins the first
   * one, and {@link #close()} cuts it short.
   *
   * @param delay how long sessions may go on, so that whoever looks at readiness has noticed; 0 or
   *     more, more than 36,500 days count as for ever
   * @param bound how long the rest may take at most, 0 or more: whoever is still connected then is
   *     cut off, whatever clients do
   * @return completes when the relay is closed, normally, at the latest some 100 ms after {@code
   *     delay} and {@code bound}: true if consumers had taken everything and all clients were told
   *     and gone in time
   * @throws IllegalArgumentException if one is negative
   */
  public CompletableFuture<Boolean> drain(Duration delay, Duration bound) {
    Duration wait = Arguments.time(delay, "the delay");
    Duration most = Arguments.time(bound, "the bound");
    return relay
        .drain()
        .start(
            wait,
            most,
            nanos -> {
              close(nanos);
              gone.join(); // if somebody else closes it
            });
  }

  /**
   * Stops: no new connections, ERROR SHUTDOWN to every client behind what it still has to get, for
   * five seconds at most; then everything is closed and the memory given back. Blocks until then,
   * whatever clients do; an interrupt cuts the five seconds short, and the flag stays set. Later
   * calls do nothing.
   */
  @Override
  public void close() {
    close(TimeUnit.SECONDS.toNanos(FLUSH_SECONDS));
  }

  private void close(long nanos) {
    if (closed.getAndSet(true)) {
      return;
    }
    try {
      relay.services().operations().phase(Operations.Phase.CLOSING);
      relay.sessions().close();
      listener.close();
      relay.connections().shutdown();
      awaitNoConnections(nanos);
      relay.connections().cut();
      awaitNoConnections(CUT_NANOS);
      relay.sessions().discardAll();
      relay.stopBalancing();
      listener.closeLoops(FLUSH_SECONDS);
    } finally {
      try {
        relay.close();
      } finally {
        gone.complete(null);
      }
    }
  }

  private void awaitNoConnections(long nanos) {
    try {
      relay.connections().awaitNone(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Options of a relay. Not thread-safe; may be used for one relay after another. */
  public static final class Builder {
    private static final double BUDGET_SHARE = 0.75;
    private static final int MIN_FRAME = Frames.MIN_SEALED_LEN + Frames.MAX_SEALED_LEN;
    private static final int MIN_SEGMENT = 64;
    private static final int MOST_THREADS = 1024;
    private static final int DEFAULT_PACKET = 4 << 20;

    private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private Optional<Path> keyFile = Optional.empty();
    private Optional<Path> otherKeyFile = Optional.empty();
    private Transport transport = Transport.AUTO;
    private AdmissionLimits admission = AdmissionLimits.DEFAULT;
    private Optional<AdminHandler> adminHandler = Optional.empty();
    private FatalErrorHandler fatalErrorHandler = error -> {};
    private int maxFrame = Frames.MAX_LEN;
    private long retention = 8L << 20;
    private long capacity = 128L << 20;
    private long memoryBudget;
    private int firstSegment = 2 << 10;
    private int segment = 1 << 20;
    private int window = 1 << 20;
    private OptionalInt sendBuffer = OptionalInt.empty();
    private Duration linger = Duration.ofSeconds(30);
    private Duration handshake = Duration.ofSeconds(10);
    private Duration idle = Duration.ofSeconds(45);
    private Duration stall = Duration.ofSeconds(30);
    private int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    private Overflow overflow = Overflow.BACKPRESSURE;
    private Set<Overflow> permitted = EnumSet.allOf(Overflow.class);
    private long growBytes = 512L << 20;
    private long lagBytes = 16L << 20;
    private long spillQuota = 1L << 30;
    private long spillSessionQuota = Long.MAX_VALUE;
    private Optional<Path> spillDirectory = Optional.empty();
    private boolean classic = true;
    private List<String> classicVersions = List.of();
    private OptionalInt classicPacket = OptionalInt.empty();
    private byte @Nullable [] classicObserver;
    private boolean classicLossy;
    private Optional<SessionId> only = Optional.empty();
    private Optional<ClusterOptions> cluster = Optional.empty();
    private final Map<Credential, Set<Role>> credentials = new HashMap<>();

    private Builder() {}

    /**
     * Where to listen. Default 127.0.0.1 with a port chosen by the operating system.
     *
     * @param address address and port, 0 = chosen
     * @return this
     */
    public Builder address(InetSocketAddress address) {
      this.address = Arguments.given(address, "the address");
      return this;
    }

    /**
     * The file of the relay's private key. Made with mode 0600 when absent. Default: none, a fresh
     * key at each start.
     *
     * @param file 64 hex digits
     * @return this
     */
    public Builder keyFile(Path file) {
      keyFile = Optional.of(Arguments.given(file, "the key file"));
      return this;
    }

    /**
     * The file of the other key while the relay's key is being changed: of it only the public half
     * is used, and kept. Clients are told of it under the relay's key and take a relay with either
     * from then on; as a node of a cluster this relay does so, too. First the new key, then, where
     * there are several relays with one key, the old one until all of them have changed. Can be
     * changed later: {@link RelayOperator#relayKey}. Default: none.
     *
     * @param file must be there; needs a {@link #keyFile}
     * @return this
     */
    public Builder keyFileAlso(Path file) {
      otherKeyFile = Optional.of(Arguments.given(file, "the other key file"));
      return this;
    }

    /**
     * How to talk to the operating system. Default {@link Transport#AUTO}.
     *
     * @param transport the transport
     * @return this
     */
    public Builder transport(Transport transport) {
      this.transport = Arguments.given(transport, "the transport");
      return this;
    }

    /**
     * How many clients may have joined. Default 10,000. One more gets ERROR LIMIT.
     *
     * @param most at least 1
     * @return this
     */
    public Builder maxConnections(int most) {
      admission = admission.withMaxConnections(most);
      return this;
    }

    /**
     * How many more may be connected that have not joined yet. Default 4,000. One more is closed at
     * once: these cost memory beside {@link #memoryBudget}, and need no credential.
     *
     * @param most at least 1
     * @return this
     */
    public Builder maxJoining(int most) {
      admission = admission.withMaxJoining(most);
      return this;
    }

    /**
     * How many of them may be from the same place. Default 64, 512 and 2,048. One more is closed at
     * once. A quarter of {@link #maxJoining} is kept for addresses that have none.
     *
     * @param perAddress of one IPv4 address or IPv6 /64, at least 1
     * @param per56 of one IPv6 /56, at least 1
     * @param per48 of one IPv6 /48, at least 1
     * @return this
     */
    public Builder joining(int perAddress, int per56, int per48) {
      admission = admission.withJoining(perAddress, per56, per48);
      return this;
    }

    /**
     * Largest frame. Default and cap: a 64 MiB message and its overhead. Where the memory does not
     * allow it the relay announces less.
     *
     * @param bytes behind the length field, at least 64 KiB + 64
     * @return this
     */
    public Builder maxFrame(int bytes) {
      maxFrame = (int) Arguments.between(bytes, "maxFrame", MIN_FRAME, Frames.MAX_LEN);
      return this;
    }

    /**
     * How far back a session keeps what everybody has taken, for late joiners. Default 8 MiB.
     *
     * @param bytes 0 or more
     * @return this
     */
    public Builder retention(long bytes) {
      retention = Arguments.atLeast(bytes, "retention", 0L);
      return this;
    }

    /**
     * How far the slowest consumer of a session may lag before the producer has to wait. Default
     * 128 MiB; never more than the memory budget.
     *
     * @param bytes more than a frame and two segments
     * @return this
     */
    public Builder capacity(long bytes) {
      capacity = Arguments.atLeast(bytes, "capacity", 1L);
      return this;
    }

    /**
     * Direct memory for the logs of all sessions together. Default: three quarters of the JVM's
     * limit.
     *
     * @param bytes more than a frame and two segments
     * @return this
     */
    public Builder memoryBudget(long bytes) {
      memoryBudget = Arguments.atLeast(bytes, "memoryBudget", 1L);
      return this;
    }

    /**
     * Size of a log's segments, the unit in which memory is taken and given back. Default 1 MiB;
     * the first segments of a session are smaller.
     *
     * @param bytes at least 64
     * @return this
     */
    public Builder segmentSize(int bytes) {
      segment = Arguments.atLeast(bytes, "segmentSize", MIN_SEGMENT);
      return this;
    }

    /**
     * What the operating system may hold for a client that does not read, beside what the relay
     * holds: SO_SNDBUF, which Linux takes twice. Default: the operating system decides, on Linux up
     * to some MiB for each client (the last number of {@code net.ipv4.tcp_wmem}).
     *
     * @param bytes at least 1; less than 64 KiB costs throughput
     * @return this
     */
    public Builder sendBuffer(int bytes) {
      sendBuffer = OptionalInt.of(Arguments.atLeast(bytes, "sendBuffer", 1));
      return this;
    }

    /**
     * How long a session outlives its producer's connection. Default 30 s. Clients are told at most
     * 65535 s.
     *
     * @param linger 0 or more
     * @return this
     */
    public Builder linger(Duration linger) {
      this.linger = Arguments.time(linger, "linger");
      return this;
    }

    /**
     * How long a client may take from connecting to JOIN. Default 10 s.
     *
     * @param timeout at least 1 ms
     * @return this
     */
    public Builder handshakeTimeout(Duration timeout) {
      handshake = Arguments.positiveTime(timeout, "handshakeTimeout");
      return this;
    }

    /**
     * Silence after which a client is disconnected. Default 45 s; clients send PING every 15 s.
     *
     * @param timeout at least 1 ms
     * @return this
     */
    public Builder idleTimeout(Duration timeout) {
      idle = Arguments.positiveTime(timeout, "idleTimeout");
      return this;
    }

    /**
     * How long a consumer that others wait for may take for 1 MiB. Default 30 s.
     *
     * @param timeout at least 1 ms
     * @return this
     */
    public Builder stallTimeout(Duration timeout) {
      stall = Arguments.positiveTime(timeout, "stallTimeout");
      return this;
    }

    /**
     * Event-loop threads. Default: one per processor.
     *
     * @param threads 1 to 1024
     * @return this
     */
    public Builder eventLoopThreads(int threads) {
      this.threads = (int) Arguments.between(threads, "eventLoopThreads", 1, MOST_THREADS);
      return this;
    }

    /**
     * Whether loopback addresses are exempt from the limits per address, and counted apart from all
     * others by {@link #maxJoining}. Default true; false where a proxy on this machine brings
     * strangers.
     *
     * @param exempt false to treat them as all others
     * @return this
     */
    public Builder loopbackExempt(boolean exempt) {
      admission = admission.withLoopbackExempt(exempt);
      return this;
    }

    /**
     * What happens when a session's log is at capacity, where its producer does not say. Default
     * {@link Overflow#BACKPRESSURE}.
     *
     * @param policy any but DEFAULT
     * @return this
     */
    public Builder overflow(Overflow policy) {
      overflow = Arguments.given(policy, "the overflow policy");
      if (policy == Overflow.DEFAULT) {
        throw new IllegalArgumentException("the relay's overflow policy cannot be DEFAULT");
      }
      return this;
    }

    /**
     * Which policies producers may ask for, beside the relay's own. Default: all.
     *
     * @param values what is permitted
     * @return this
     */
    public Builder permitOverflow(Set<Overflow> values) {
      permitted = Set.copyOf(Arguments.allGiven(values, "the permitted policies"));
      return this;
    }

    /**
     * The second bound of {@link Overflow#GROW}. Default 512 MiB; never more than the memory
     * budget.
     *
     * @param bytes at least 1
     * @return this
     */
    public Builder growLimit(long bytes) {
      growBytes = Arguments.atLeast(bytes, "growLimit", 1L);
      return this;
    }

    /**
     * How far a consumer that asked for DROP or SKIP may lag. Default 16 MiB; at most half of the
     * capacity.
     *
     * @param bytes at least 1
     * @return this
     */
    public Builder lagLimit(long bytes) {
      lagBytes = Arguments.atLeast(bytes, "lagLimit", 1L);
      return this;
    }

    /**
     * Disk space for {@link Overflow#SPILL}, of all sessions together. Default 1 GiB.
     *
     * @param bytes at least 1
     * @return this
     */
    public Builder spillQuota(long bytes) {
      spillQuota = Arguments.atLeast(bytes, "spillQuota", 1L);
      return this;
    }

    /**
     * Disk space for {@link Overflow#SPILL} of one session. Default: no limit beside {@link
     * #spillQuota}.
     *
     * @param bytes at least 1
     * @return this
     */
    public Builder spillSessionQuota(long bytes) {
      spillSessionQuota = Arguments.atLeast(bytes, "spillSessionQuota", 1L);
      return this;
    }

    /**
     * Where to spill to. Made with mode 0700 when absent, and swept of what an earlier run left;
     * must not be shared with another relay. Default: a fresh temporary directory at the first use,
     * whose files have no names, so that nothing is left behind even by {@code kill -9}.
     *
     * @param directory this process's user's, and open to nobody else; nobody else may write to a
     *     directory above it, but for one with the sticky bit. Else {@code bind} throws {@link
     *     IllegalArgumentException}. Where the file system knows no POSIX modes nothing of this is
     *     checked
     * @return this
     */
    public Builder spillDirectory(Path directory) {
      spillDirectory = Optional.of(Arguments.given(directory, "the spill directory"));
      return this;
    }

    /**
     * Issues a credential. As soon as one is issued for a role, that role demands one.
     *
     * @param credential the credential
     * @param roles what it allows
     * @return this
     */
    public Builder credential(Credential credential, Set<Role> roles) {
      credentials.put(
          Arguments.given(credential, "the credential"),
          Set.copyOf(Arguments.allGiven(roles, "the roles")));
      return this;
    }

    /**
     * Whether clients of the Rust crate hydra-sync, {@link io.hydrasync.protocol.Wire#CLASSIC}, are
     * served on the same port. Their sessions are apart from all others; there the session's id is
     * all that a producer needs. Default true.
     *
     * @param served false to close their connections
     * @return this
     */
    public Builder classic(boolean served) {
      classic = served;
      return this;
    }

    /**
     * What is admitted, instead of {@link #maxConnections}, {@link #maxJoining}, {@link #joining}
     * and {@link #loopbackExempt}. Can be changed later: {@link RelayOperator#admission}.
     *
     * @param limits all limits
     * @return this
     */
    public Builder admission(AdmissionLimits limits) {
      admission = Arguments.given(limits, "the limits");
      return this;
    }

    /**
     * Versions of the crate that are served, beside 1.0.0-beta.2 to 1.0.0-beta.9. Default: none.
     *
     * @param versions such as {@code 1.0.0-beta.10}; tried with each form of hello, and first
     * @return this
     */
    public Builder classicVersions(List<String> versions) {
      Arguments.allGiven(versions, "the versions").forEach(ClassicVersions::check);
      classicVersions = List.copyOf(versions);
      return this;
    }

    /**
     * The packets of the crate's later wire, beta.7 to beta.9, which have one size for all sessions
     * of a relay: it is announced to each client. Default 4 MiB, as in the crate. Where the default
     * is more than {@link #maxFrame}, the memory or the capacity allows, that wire is not served,
     * and the log says so.
     *
     * @param bytes of a message, 1 to 64 MiB - 28; what was given and does not fit is refused by
     *     {@link #bind()} and {@link #check()}
     * @return this
     */
    public Builder classicPacket(int bytes) {
      classicPacket =
          OptionalInt.of(
              (int) Arguments.between(bytes, "classicPacket", 1, ClassicPackets.MAX_PAYLOAD));
      return this;
    }

    /**
     * The token of observers of the crate's beta.9, which get figures of this relay. Can be changed
     * later: {@link RelayOperator#classicObserver}. Default: observers are refused.
     *
     * @param token 64 bytes, copied
     * @return this
     */
    public Builder classicObserver(byte[] token) {
      classicObserver = observerToken(token);
      return this;
    }

    static byte[] observerToken(byte[] token) {
      if (Arguments.given(token, "the observers' token").length != SessionId.LENGTH) {
        throw new IllegalArgumentException(
            "an observers' token has " + SessionId.LENGTH + " bytes, not " + token.length);
      }
      return token.clone();
    }

    /**
     * Whether, under {@link Overflow#SKIP}, a consumer on the crate's later wire that lags misses
     * whole packets without being told, as at the crate's own relay. Default false: it is
     * disconnected, since that wire cannot tell it.
     *
     * @param lossy true to lose packets unseen
     * @return this
     */
    public Builder classicLossy(boolean lossy) {
      classicLossy = lossy;
      return this;
    }

    private ClassicService classicService(RelayLimits limits) {
      int most = limits.maxFrame() - ClassicCipher.PART_OVERHEAD;
      int payload = classicPacket.orElse(DEFAULT_PACKET);
      if (servesClassic() && payload > most) {
        if (classicPacket.isPresent()) {
          throw new IllegalArgumentException(
              "a classic packet of "
                  + payload
                  + " bytes: this relay's largest frame, which maxFrame, capacity and memory bound,"
                  + " leaves room for "
                  + most);
        }
        payload = 0;
      }
      return new ClassicService(servedVersions(), payload, classicLossy, classicObserver);
    }

    private boolean servesClassic() {
      return classic && only.isEmpty();
    }

    private List<String> servedVersions() {
      return servesClassic()
          ? Stream.concat(classicVersions.stream(), ClassicVersions.KNOWN.stream())
              .distinct()
              .toList()
          : List.of();
    }

    /**
     * Makes this the relay of one session, which ends with it: whoever joins another one gets ERROR
     * NO_SESSION, also a consumer that would wait. {@link RelayOperator#consumers} tells who has
     * come. A client that has been given the end, or an ERROR, has 90 s to read it, not five. The
     * crate's clients are not served. Default: any session.
     *
     * @param id of the session
     * @return this
     */
    public Builder onlySession(SessionId id) {
      only = Optional.of(Arguments.given(id, "the session id"));
      return this;
    }

    /**
     * Makes this relay a node of a cluster: any node serves any session, and a session's producer
     * and consumers meet whichever nodes they come to. All nodes have the same relay key, so it
     * needs a {@link #keyFile}; {@link #onlySession} cannot be had with it, and sessions of the
     * crate's clients stay on their node. The directory belongs to the relay from {@link #bind()}
     * on, which starts it and closes it. Default: a relay alone.
     *
     * @param options how it is to be one
     * @return this
     */
    public Builder cluster(ClusterOptions options) {
      cluster = Optional.of(Arguments.given(options, "the options"));
      return this;
    }

    /**
     * Lets admins in: those with a credential for that role. Default: there is no admin interface.
     *
     * @param handler answers their requests
     * @return this
     */
    public Builder admin(AdminHandler handler) {
      adminHandler = Optional.of(Arguments.given(handler, "the handler"));
      return this;
    }

    /**
     * Who is told when the relay can no longer serve. Default: nobody is; {@link
     * RelayOperator#fatalError()} has the error, and it is logged.
     *
     * @param handler told once for each relay
     * @return this
     */
    public Builder fatalErrorHandler(FatalErrorHandler handler) {
      fatalErrorHandler = Arguments.given(handler, "the handler");
      return this;
    }

    /**
     * Checks what {@link #bind()} would, as far as that is possible without listening anywhere or
     * making a file.
     *
     * @throws IllegalArgumentException if the options do not fit each other or this machine
     * @throws UncheckedIOException if the key file or the spill directory is there and cannot be
     *     used
     */
    public void check() {
      checkCluster();
      classicService(limits().fit(budgetBytes()));
      rules();
      checkKeys();
      keyFile
          .filter(Files::exists)
          .map(file -> RelayIdentity.load(file, otherKeyFile))
          .ifPresent(RelayIdentity::destroy);
      spillDirectory.ifPresent(SpillStore::check);
    }

    private void checkKeys() {
      if (otherKeyFile.isPresent() && keyFile.isEmpty()) {
        throw new IllegalArgumentException(
            "the file of another relay key is given, and none of the relay's own");
      }
    }

    private void checkCluster() {
      if (cluster.isPresent() && keyFile.isEmpty()) {
        throw new IllegalArgumentException(
            "a node of a cluster needs the relay key that all of its nodes have: give its file");
      }
      if (cluster.isPresent() && only.isPresent()) {
        throw new IllegalArgumentException("a relay for one session cannot be a node of a cluster");
      }
    }

    private long budgetBytes() {
      return memoryBudget > 0
          ? memoryBudget
          : (long) (PlatformDependent.maxDirectMemory() * BUDGET_SHARE);
    }

    private OverflowRules rules() {
      return new OverflowRules(
          overflow, permitted, Math.min(growBytes, budgetBytes()), spillSessionQuota, lagBytes);
    }

    /**
     * Starts the relay.
     *
     * @return the relay, running
     * @throws UncheckedIOException if it cannot listen there or use its key file
     * @throws IllegalArgumentException if the options do not fit each other or this machine
     * @throws UnusableClassPathException if what the relay is made of does not fit together
     */
    public HydraServer bind() {
      try {
        return start();
      } catch (LinkageError e) {
        throw unusable(NettyCheck.explain(e));
      }
    }

    private HydraServer start() {
      checkCluster();
      checkKeys();
      long budgetBytes = budgetBytes();
      RelayLimits limits = limits().fit(budgetBytes);
      ClassicService classicService = classicService(limits);
      classicService.tellWhatIsNotServed(DEFAULT_PACKET, limits.maxFrame());
      RelayIdentity identity =
          keyFile
              .map(file -> RelayIdentity.load(file, otherKeyFile))
              .orElseGet(RelayIdentity::generate);
      Transports transports = transports();
      FatalErrors errors = new FatalErrors(Telling.rehearsed(fatalErrorHandler));
      Relay relay =
          new Relay(
              new RelayServices(
                  limits,
                  rules(),
                  new SpillPlace(spillStores()),
                  new MemoryBudget(budgetBytes),
                  identity,
                  new CredentialPolicy(credentials),
                  new Admission(admission.rules()),
                  errors,
                  transports,
                  classicService,
                  only),
              cluster);
      RelayOperator operator = new RelayOperator(relay);
      adminHandler.ifPresent(
          handler -> relay.admins().open(request -> handler.answer(operator, request)));
      try {
        RelayListener listener = RelayListener.open(relay, address, threads, sendBuffer);
        HydraServer server = new HydraServer(relay, operator, listener);
        relay.node().ifPresent(node -> join(relay, node, listener, limits, identity));
        return server;
      } catch (Throwable e) {
        relay.close();
        throw e;
      }
    }

    private static void join(
        Relay relay,
        Node node,
        RelayListener listener,
        RelayLimits limits,
        RelayIdentity identity) {
      try {
        InetSocketAddress links = listener.openLinks(node.options().listen());
        node.start(
            relay.sessions().cluster().orElseThrow(),
            links,
            listener.address(),
            limits.maxFrame(),
            identity.publicKey());
      } catch (Throwable e) {
        listener.close();
        listener.closeLoops(FLUSH_SECONDS);
        throw e;
      }
    }

    private Transports transports() {
      return switch (transport) {
        case AUTO -> Transports.best();
        case NIO -> Transports.nio();
        case EPOLL -> Transports.epoll();
        case IO_URING -> Transports.ioUring();
      };
    }

    /** A given directory is opened, and swept, at once; a temporary one when it is needed. */
    private Supplier<SpillStore> spillStores() {
      long quota = spillQuota;
      return spillDirectory
          .map(directory -> SpillStore.in(directory, quota))
          .<Supplier<SpillStore>>map(store -> () -> store)
          .orElse(() -> SpillStore.temporary(quota));
    }

    private RelayLimits limits() {
      return new RelayLimits(
          maxFrame,
          retention,
          capacity,
          firstSegment,
          segment,
          window,
          linger.toNanos(),
          handshake.toNanos(),
          idle.toNanos(),
          stall.toNanos(),
          TimeUnit.SECONDS.toNanos(only.isPresent() ? LAST_READ_SECONDS : FLUSH_SECONDS));
    }
  }

  /** Tells the application's handler what {@link FatalErrors} tells. */
  private record Telling(FatalErrorHandler handler) implements Consumer<Throwable> {
    /** One whose code has run before: there may be no memory for that when it is needed. */
    static Telling rehearsed(FatalErrorHandler handler) {
      new Telling(error -> {}).accept(new IllegalStateException("a rehearsal"));
      return new Telling(handler);
    }

    @Override
    public void accept(Throwable error) {
      handler.fatalError(error);
    }
  }
}
