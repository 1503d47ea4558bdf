package io.hydrasync.client;

import io.hydrasync.client.internal.classic.ClassicProducer;
import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.Relays;
import io.hydrasync.client.internal.producer.LinkListener;
import io.hydrasync.client.internal.producer.ProducerLink;
import io.hydrasync.client.internal.producer.ProducerWire;
import io.hydrasync.client.internal.producer.UnreadNews;
import io.hydrasync.client.internal.producer.Wire2Producer;
import io.hydrasync.client.internal.stream.HeapShare;
import io.hydrasync.client.internal.stream.ProducerStream;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Broadcasts messages into a session. Each is sealed once, on the caller's thread, however many
 * consumers there are.
 *
 * <p>What its calls do is said in {@link SessionProducer}, on which applications had better depend.
 *
 * <h2>Interruption and closing</h2>
 *
 * <p>On platform and on virtual threads. A call looks at the interrupt flag where it has to wait,
 * never before, and the flag stays set.
 *
 * <table>
 *   <caption>What an interrupt does, within a second</caption>
 *   <tr><th>call</th><th>effect</th></tr>
 *   <tr>
 *     <td>{@code broadcast}, {@code write}</td>
 *     <td>before the message is taken: throws {@link
 *     io.hydrasync.protocol.InterruptedOperationException}. After that: returns. A thread that is
 *     stuck in the socket is freed by closing that connection, and the next one is made at once in
 *     the background; its message has been taken</td>
 *   </tr>
 *   <tr><td>{@code tryBroadcast}</td><td>none: it never waits</td></tr>
 *   <tr>
 *     <td>{@link #flush()}</td>
 *     <td>throws {@code InterruptedOperationException}; what has been written is kept</td>
 *   </tr>
 *   <tr>
 *     <td>{@link #flush(Duration)}, {@link #awaitConsumers}</td>
 *     <td>throws {@link InterruptedException}, which clears the flag, as methods that declare it
 *     do; what has been written is kept</td>
 *   </tr>
 *   <tr>
 *     <td>{@link Builder#connect()}</td>
 *     <td>throws {@code InterruptedOperationException}; nothing stays open</td>
 *   </tr>
 *   <tr>
 *     <td>{@link #close()}, {@link #close(Duration)}, {@link #leave()}, {@link #abort()}</td>
 *     <td>none: they are not shortened by it</td>
 *   </tr>
 * </table>
 *
 * <p>{@code close(Duration)} and {@code abort()} return within their bound and one second, from any
 * thread, whatever another thread does. A thread that waits in another call meanwhile gets {@link
 * io.hydrasync.protocol.ClosedException} if its message is not taken; so does whoever wants to send
 * or to wait once one of the closing methods has been called. What was known stays readable: {@link
 * #acknowledged()}, {@link #unacknowledgedBytes()}, {@link #unreadFrames()}, {@link #consumers()},
 * {@link #relayKey()}, {@link #maxMessageBytes()}, {@link #packetBytes()}, {@link #ringBytes()}.
 *
 * <p>On {@link io.hydrasync.protocol.Wire#CLASSIC} the relay says nothing, so whatever needs an
 * answer throws {@link io.hydrasync.protocol.UnsupportedByWireException}: {@code tryBroadcast},
 * {@code flush} with a timeout, {@code consumers}, {@code awaitConsumers}, {@code acknowledged},
 * {@code unacknowledgedBytes}, {@code leave} and {@code relayKey}. A lost connection ends the
 * producer, also where it was closed to free a thread, what was taken and not sent is lost with it,
 * and {@code close()} cannot know that everything has arrived.
 *
 * <p>On the later classic wire, that of the crate's 1.0.0-beta.7 to beta.9, a relay says how many
 * bytes a packet carries, {@link #packetBytes()}, and nothing else goes over it: a message is one
 * packet or several whole ones, each of which is a message of its own for consumers. Anything else
 * is an {@link IllegalArgumentException}, and nothing of it is sent. {@code abort()} tells the
 * relay behind what has been sent that this was not the end, and waits for up to two seconds until
 * it has heard.
 */
public final class HydraProducer implements SessionProducer {
  private final ProducerWire wire;

  /** Made here from an application's bytes, so that it is ours to zero. */
  private final Optional<SessionKey> ownKey;

  private HydraProducer(ProducerWire wire, Optional<SessionKey> ownKey) {
    this.wire = wire;
    this.ownKey = ownKey;
  }

  /**
   * Joins a session as its producer.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param session id, key, and the owner's key for an owned session; borrowed, and needed until
   *     the producer is closed
   * @return the producer, joined
   * @throws HydraException as {@link Builder#connect()}
   */
  public static HydraProducer connect(RelayAddress relay, SessionSecrets session) {
    return builder(relay, session).connect();
  }

  /**
   * Joins a session as its producer.
   *
   * @param relays with one key, which are tried in turn, see {@link ClientBuilder}
   * @param session id, key, and the owner's key for an owned session; borrowed, and needed until
   *     the producer is closed
   * @return the producer, joined
   * @throws HydraException as {@link Builder#connect()}
   */
  public static HydraProducer connect(List<RelayAddress> relays, SessionSecrets session) {
    return builder(relays, session).connect();
  }

  /**
   * Joins a session as its producer.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param session id, key, and the owner's key for an owned session; borrowed, and needed until
   *     the producer is closed
   * @return the producer, joined
   * @throws HydraException as {@link Builder#connect()}
   */
  public static HydraProducer connect(InetSocketAddress relay, SessionSecrets session) {
    return builder(relay, session).connect();
  }

  /**
   * Joins a plain session as its producer.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param sessionId 64 bytes; one of an owned session needs {@link SessionSecrets}
   * @param sessionKey 32 bytes; copied, and the copy is zeroed when the producer is closed
   * @return the producer, joined
   * @throws HydraException as {@link Builder#connect()}
   * @throws IllegalArgumentException if the id or the key has another length
   */
  public static HydraProducer connect(RelayAddress relay, byte[] sessionId, byte[] sessionKey) {
    return connect(Relays.of(relay), sessionId, sessionKey);
  }

  /**
   * Joins a plain session as its producer.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param sessionId 64 bytes; one of an owned session needs {@link SessionSecrets}
   * @param sessionKey 32 bytes; copied, and the copy is zeroed when the producer is closed
   * @return the producer, joined
   * @throws HydraException as {@link Builder#connect()}
   * @throws IllegalArgumentException if the id or the key has another length
   */
  public static HydraProducer connect(
      InetSocketAddress relay, byte[] sessionId, byte[] sessionKey) {
    return connect(Relays.of(relay), sessionId, sessionKey);
  }

  private static HydraProducer connect(Relays relays, byte[] sessionId, byte[] sessionKey) {
    SessionId id = SessionId.of(Arguments.given(sessionId, "a session id"));
    SessionKey key = SessionKey.of(Arguments.given(sessionKey, "a session key"));
    return new Builder(relays, new SessionSecrets(id, key)).connect(Optional.of(key));
  }

  /**
   * Joins the plain session of a ticket as its producer, over the wire that the ticket names.
   *
   * @param ticket where to connect, over which wire, what to join, which relay key to expect; its
   *     key is borrowed, and needed until the producer is closed
   * @return the producer, joined
   * @throws HydraException as {@link Builder#connect()}
   * @throws IllegalArgumentException if the session is owned, which needs its owner's key
   */
  public static HydraProducer connect(Ticket ticket) {
    return builder(ticket).connect();
  }

  /**
   * Joins the owned session of a ticket as its producer, over the wire that the ticket names.
   *
   * @param ticket where to connect, over which wire, what to join, which relay key to expect; its
   *     key is borrowed, and needed until the producer is closed
   * @param owner the owner's key; borrowed as the ticket's key is
   * @return the producer, joined
   * @throws HydraException as {@link Builder#connect()}
   * @throws IllegalArgumentException if the owner's key does not belong to the session
   */
  public static HydraProducer connect(Ticket ticket, OwnerKey owner) {
    return builder(ticket, owner).connect();
  }

  /**
   * A producer with options.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param session id, key, and the owner's key for an owned session; borrowed, and needed until
   *     the producer is closed
   * @return a builder
   */
  public static Builder builder(RelayAddress relay, SessionSecrets session) {
    return new Builder(Relays.of(relay), session);
  }

  /**
   * A producer with options.
   *
   * @param relays with one key, which are tried in turn, see {@link ClientBuilder}
   * @param session id, key, and the owner's key for an owned session; borrowed, and needed until
   *     the producer is closed
   * @return a builder
   */
  public static Builder builder(List<RelayAddress> relays, SessionSecrets session) {
    return new Builder(Relays.of(relays), session);
  }

  /**
   * A producer with options.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param session id, key, and the owner's key for an owned session; borrowed, and needed until
   *     the producer is closed
   * @return a builder
   */
  public static Builder builder(InetSocketAddress relay, SessionSecrets session) {
    return new Builder(Relays.of(relay), session);
  }

  /**
   * A producer for the plain session of a ticket, with options.
   *
   * @param ticket where to connect, over which wire, what to join, which relay key to expect; its
   *     key is borrowed, and needed until the producer is closed. One for a version of the classic
   *     wire that this build does not speak makes {@link Builder#connect()} throw {@link
   *     io.hydrasync.protocol.UnsupportedByWireException}
   * @return a builder
   * @throws IllegalArgumentException if the session is owned, which needs its owner's key
   */
  public static Builder builder(Ticket ticket) {
    Relays relays = Relays.of(ticket);
    return new Builder(relays, new SessionSecrets(ticket.sessionId(), ticket.sessionKey()))
        .ticket(ticket);
  }

  /**
   * A producer for the owned session of a ticket, with options.
   *
   * @param ticket where to connect, over which wire, what to join, which relay key to expect; its
   *     key is borrowed, and needed until the producer is closed. One for a version of the classic
   *     wire that this build does not speak makes {@link Builder#connect()} throw {@link
   *     io.hydrasync.protocol.UnsupportedByWireException}
   * @param owner the owner's key; borrowed as the ticket's key is
   * @return a builder
   * @throws IllegalArgumentException if the owner's key does not belong to the session
   */
  public static Builder builder(Ticket ticket, OwnerKey owner) {
    Relays relays = Relays.of(ticket);
    return new Builder(relays, new SessionSecrets(ticket.sessionId(), ticket.sessionKey(), owner))
        .ticket(ticket);
  }

  // ---- sending ----

  @Override
  public void broadcast(byte[] message) {
    wire.broadcast(message);
  }

  @Override
  public void broadcast(ByteBuffer message) {
    wire.broadcast(message);
  }

  @Override
  public boolean tryBroadcast(byte[] message) {
    return tryBroadcast(ByteBuffer.wrap(message));
  }

  @Override
  public boolean tryBroadcast(ByteBuffer message) {
    return wire.tryBroadcast(message);
  }

  @Override
  public void write(byte[] message) {
    wire.write(message);
  }

  @Override
  public void write(ByteBuffer message) {
    wire.write(message);
  }

  @Override
  public void flush() {
    wire.flush();
  }

  @Override
  public boolean flush(Duration timeout) throws InterruptedException {
    return wire.flush(waiting(timeout));
  }

  // ---- what the relay says ----

  @Override
  public int consumers() {
    return wire.consumers();
  }

  @Override
  public boolean awaitConsumers(int count, Duration timeout) throws InterruptedException {
    return wire.awaitConsumers(count, waiting(timeout));
  }

  /** A time to wait: what a caller has left of it may well be negative. */
  private static Duration waiting(Duration timeout) {
    Duration given = Arguments.given(timeout, "a timeout");
    return given.isNegative() ? Duration.ZERO : Arguments.time(given, "a timeout");
  }

  @Override
  public long acknowledged() {
    return wire.acknowledged();
  }

  @Override
  public long unacknowledgedBytes() {
    return wire.unacknowledgedBytes();
  }

  @Override
  public long unreadFrames() {
    return wire.unreadFrames();
  }

  @Override
  public RelayKey relayKey() {
    return wire.relayKey();
  }

  @Override
  public int maxMessageBytes() {
    return wire.maxMessageBytes();
  }

  @Override
  public OptionalInt packetBytes() {
    return wire.packetBytes();
  }

  @Override
  public long ringBytes() {
    return wire.ringBytes();
  }

  @Override
  public void close() {
    try {
      wire.close();
    } finally {
      ownKey.ifPresent(SessionKey::destroy);
    }
  }

  @Override
  public void close(Duration timeout) {
    long nanos = waiting(timeout).toNanos();
    try {
      wire.close(nanos);
    } finally {
      ownKey.ifPresent(SessionKey::destroy);
    }
  }

  @Override
  public void abort() {
    try {
      wire.abort();
    } finally {
      ownKey.ifPresent(SessionKey::destroy);
    }
  }

  @Override
  public void leave() {
    wire.leave();
    ownKey.ifPresent(SessionKey::destroy);
  }

  /** Tells an application of its connections. */
  private record StateListener(Consumer<ProducerState> listener) implements LinkListener {
    @Override
    public void reconnecting() {
      listener.accept(ProducerState.RECONNECTING);
    }

    @Override
    public void connected(ProducerStream.Outcome outcome) {
      listener.accept(
          outcome == ProducerStream.Outcome.SUPERSEDED
              ? ProducerState.SUPERSEDED
              : ProducerState.CONNECTED);
    }

    @Override
    public void failed() {
      listener.accept(ProducerState.FAILED);
    }
  }

  /** Options of a producer. Not thread-safe. */
  public static final class Builder extends ClientBuilder<Builder> {
    private final SessionSecrets session;
    private Overflow overflow = Overflow.DEFAULT;
    private Duration linger = Duration.ofMillis(1);
    private boolean coalesce = true;
    private LongSupplier clock = System::nanoTime;
    private long ringBytes = HeapShare.OF_THIS_JVM.defaultRing();
    private Duration reconnectTimeout = Duration.ofSeconds(120);
    private Consumer<ProducerState> listener = state -> {};
    private Consumer<UnreadMessage> unreadListener = UnreadNews.NOBODY;
    private boolean blocks = true;
    private Optional<Path> lastEpochFile = Optional.empty();

    private Builder(Relays relays, SessionSecrets session) {
      super(relays, Arguments.given(session, "a session").id());
      if (session.id().isOwned() && session.owner().isEmpty()) {
        throw new IllegalArgumentException(
            "this session id is owned: producing needs the owner's key");
      }
      this.session = session;
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * How long a written message may wait for others. Default 1 ms.
     *
     * @param linger 0 or more; more than a century is for ever
     * @return this
     */
    public Builder linger(Duration linger) {
      this.linger = Arguments.time(linger, "a linger time");
      return this;
    }

    /**
     * Whether broadcasts that follow each other within a few microseconds may share frames, or on
     * the classic wire a write to the socket. The first ones of many, and those that come alone,
     * are always sent at once; of the others each may wait for 0.05 ms, in which more come. Without
     * it every broadcast is a frame of its own, and written when the call returns. Default true.
     *
     * @param shares true to share
     * @return this
     */
    public Builder coalesce(boolean shares) {
      coalesce = shares;
      return this;
    }

    /**
     * What the relay does when a consumer lags too far. Default: what the relay's operator chose.
     *
     * @param policy the policy; the relay may refuse it with UNSUPPORTED
     * @return this
     */
    public Builder overflow(Overflow policy) {
      overflow = Arguments.given(policy, "an overflow policy");
      if (policy != Overflow.DEFAULT) {
        onlyOnWire2("an overflow policy");
      }
      return this;
    }

    /**
     * How many bytes of sealed frames are kept to be sent again after a lost connection, and may be
     * unacknowledged before sending blocks. Default: 64 MiB, and on a heap below 512 MiB an eighth
     * of it. Memory is taken as it is needed, for small frames and large ones in turn up to twice
     * as much. Each producer has its own: who opens many at once on a small heap had better say
     * less. More than three quarters of the JVM's largest heap is refused by {@link #connect()}.
     *
     * @param bytes 0 or more; the last two frames are always kept
     * @return this
     */
    public Builder ring(long bytes) {
      ringBytes = Arguments.atLeast(bytes, "a ring", 0);
      onlyOnWire2("a ring");
      return this;
    }

    /**
     * How long to be without a joined connection before every call fails. The time of several
     * losses adds up until the relay acknowledges what it had not, or a connection has stood for a
     * minute. The last attempt is at the end of it, even if the relay has asked to be left alone
     * for longer. Default 120 s; 0 = fail at the first loss.
     *
     * @param timeout 0 or more; more than a century is for ever
     * @return this
     */
    public Builder reconnectTimeout(Duration timeout) {
      reconnectTimeout = Arguments.time(timeout, "a reconnect timeout");
      onlyOnWire2("reconnecting");
      return this;
    }

    /**
     * How often to ask the relay whether it is there, by a PING. A connection on which nothing has
     * come for three times as long counts as broken; while a write is blocked, since the relay
     * waits for slow consumers, only after 45 s, unless the relay is one of a cluster. Shorter than
     * the default, it notices sooner that a relay or the network has gone without a word, and costs
     * a packet each way. Default 15 s.
     *
     * @param interval 1 s to 15 s
     * @return this
     * @throws IllegalArgumentException if it is less or more
     */
    public Builder heartbeat(Duration interval) {
      return pingEvery(interval);
    }

    /**
     * Whether sending waits while the connection is being made anew. Otherwise it throws a
     * retryable {@link io.hydrasync.protocol.ConnectionException}, nothing is sent, and a later
     * call may succeed. {@link HydraProducer#close()} waits in any case. Default true.
     *
     * @param waits true to wait
     * @return this
     */
    public Builder blockWhileDisconnected(boolean waits) {
      onlyOnWire2("blocking while disconnected");
      blocks = waits;
      return this;
    }

    /**
     * A file for the number of the last epoch, best kept beside the owner's seed: with it a clock
     * that was set back does not make this producer look like a replay of its predecessor. It holds
     * no secret. Default: none.
     *
     * @param file need not exist; is replaced at every connection that opens an epoch. One file for
     *     each session
     * @return this
     */
    public Builder lastEpochFile(Path file) {
      lastEpochFile = Optional.of(Arguments.given(file, "the last epoch's file"));
      onlyOnWire2("the last epoch's file");
      return this;
    }

    /**
     * The clock of TICKs, PINGs and {@link #reconnectTimeout}, {@link System#nanoTime} by default.
     */
    Builder clock(LongSupplier nanos) {
      clock = nanos;
      return this;
    }

    private ProducerLink.Terms terms() {
      return new ProducerLink.Terms(
          session,
          overflow,
          ringBytes,
          reconnectTimeout,
          clock,
          lastEpochFile,
          new StateListener(listener),
          unreadListener);
    }

    /**
     * Hears of lost and regained connections, on the thread that makes them; must not block and
     * must not call the producer. An exception that it throws is dropped; an {@link Error} ends the
     * producer: every call fails from then on, with the Error as the cause.
     *
     * @param listener the listener
     * @return this
     */
    public Builder onStateChange(Consumer<ProducerState> listener) {
      this.listener = Arguments.given(listener, "a listener");
      onlyOnWire2("state changes");
      return this;
    }

    /**
     * Connects, joins and opens the stream.
     *
     * @return the producer, joined
     * @throws IllegalArgumentException if the {@link #ring} that was asked for does not fit into
     *     the heap
     * @throws io.hydrasync.protocol.UnsupportedByWireException if the wire does not have what was
     *     asked for
     * @throws io.hydrasync.protocol.InterruptedOperationException if the thread is interrupted
     * @throws HydraException if the relay cannot be reached or refuses; nothing is tried again, and
     *     nothing stays open
     */
    public HydraProducer connect() {
      return connect(Optional.empty());
    }

    /**
     * Hears that the relay has let go of frames that nobody had taken, on a thread of its own, so
     * that it may call the producer. While it is busy the newest news replaces what waits; what it
     * throws is dropped. Default: none.
     *
     * @param listener the listener
     * @return this
     */
    public Builder onUnread(Consumer<Unread> listener) {
      Arguments.given(listener, "a listener");
      unreadListener = news -> listener.accept(new Unread(UnreadNews.frames(news), news.oldest()));
      onlyOnWire2("what nobody took");
      return this;
    }

    private HydraProducer connect(Optional<SessionKey> ownKey) {
      try {
        ClientOptions options = options();
        HeapShare.OF_THIS_JVM.checkRing(ringBytes);
        return new HydraProducer(
            isClassic()
                ? new ClassicProducer(options, version(), session.key(), linger, coalesce)
                : new Wire2Producer(options, terms(), blocks, linger, coalesce),
            ownKey);
      } catch (RuntimeException | Error e) {
        ownKey.ifPresent(SessionKey::destroy);
        throw e;
      }
    }
  }
}
