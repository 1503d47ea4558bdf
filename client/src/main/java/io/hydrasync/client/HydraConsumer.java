package io.hydrasync.client;

import io.hydrasync.client.internal.classic.ClassicConsumer;
import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.Relays;
import io.hydrasync.client.internal.consumer.ConsumerLink;
import io.hydrasync.client.internal.consumer.ConsumerWire;
import io.hydrasync.client.internal.consumer.StallWatch;
import io.hydrasync.client.internal.consumer.Wire2Consumer;
import io.hydrasync.client.internal.stream.Beginning;
import io.hydrasync.client.internal.stream.StreamVerifier;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.check.Arguments;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Receives a session's messages, each once and in order, or says what is missing.
 *
 * <p>What its calls do is said in {@link SessionConsumer}, on which applications had better depend.
 *
 * <p>Blocking: {@link #receive()} reads and opens on the caller's thread, which may be a virtual
 * one. A connection that breaks, or on which something does not verify, is made anew inside {@code
 * receive()}, from the first frame that has not been delivered. One thread at a time may receive; a
 * second one gets an {@link IllegalStateException}. {@link #close()} may be called from any thread.
 * PINGs are sent by a shared daemon thread, and connections are made on one of their own, both of
 * which end when there is nothing to do.
 *
 * <p>A thread that is interrupted, within one second (its interrupt flag stays set):
 *
 * <table>
 *   <caption>Interruption</caption>
 *   <tr><th>call</th><th>what happens</th></tr>
 *   <tr><td>{@code receive}, with or without a timeout</td><td>gives what has come already; before
 *       it would wait it throws {@link InterruptedOperationException}. Nothing is lost, and the
 *       next call goes on. The connection stays where the relay answers a PING within half a
 *       second; else, and where a virtual thread was waiting for the network, it is closed, and the
 *       next call makes a new one</td></tr>
 *   <tr><td>{@code connect}</td><td>throws {@link InterruptedOperationException}; nothing stays
 *       open</td></tr>
 *   <tr><td>{@code close}</td><td>is not shortened: it does not wait for anything</td></tr>
 * </table>
 *
 * <p>After {@link #close()} {@code receive} throws {@link ClosedException}, also where it was
 * waiting; {@link #position()}, {@link #missedBefore()}, {@link #isEnded()} and {@link #relayKey()}
 * go on telling what was so, also in a shutdown hook.
 *
 * <p>Memory: two arrays that begin at 64 KiB and grow to the largest frame that has come.
 *
 * <p>On {@link io.hydrasync.protocol.Wire#CLASSIC} the relay's FIN is the end: {@link #receive()}
 * gives null then, although nobody has authenticated that, and although a classic relay refuses a
 * join in just that way. Nothing is made anew: a connection that breaks is a {@link
 * TruncatedException}, a message that does not open an {@link AuthenticationException}, and there
 * is no {@link #position()}. What is missing, repeated or out of order cannot be noticed. Where a
 * virtual thread is interrupted while it waits for the network, its connection is lost.
 *
 * <p>On the later classic wire, that of the crate's 1.0.0-beta.7 to beta.9, a relay says why it
 * refuses, and {@code connect} throws it; FIN is the end also where no message came. All messages
 * have {@link #packetBytes()}. The crate's own relay never tells of the end: a consumer waits there
 * until it has what it wants.
 */
public final class HydraConsumer implements SessionConsumer {
  private final ConsumerWire wire;

  /** Made here from an application's bytes, so that it is ours to zero. */
  private final Optional<SessionKey> ownKey;

  /** Where a new consumer begins. */
  public enum Start {
    /**
     * With the first frame of the stream: if the relay no longer has it, the first {@code
     * receive()} throws {@link GapException}, and the next one goes on with what there is. The
     * default.
     */
    BEGINNING(Beginning.From.BEGINNING),
    /**
     * With the oldest frame that the relay still has; {@link #missedBefore()} tells how many came
     * before it.
     */
    OLDEST(Beginning.From.OLDEST),
    /**
     * With what is sent after joining. What is lost from there on is a gap, also where it was lost
     * before the first message came.
     */
    LIVE(Beginning.From.LIVE);

    private final Beginning.From from;

    Start(Beginning.From from) {
      this.from = from;
    }
  }

  private HydraConsumer(ConsumerWire wire, Optional<SessionKey> ownKey) {
    this.wire = wire;
    this.ownKey = ownKey;
  }

  /**
   * Joins a session at its beginning, waiting for a producer if there is none yet.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param session id and key, of which the key is borrowed, and needed until the consumer is
   *     closed; an owner's key is not used
   * @return the consumer, joined
   * @throws HydraException as {@link Builder#connect()}
   */
  public static HydraConsumer connect(RelayAddress relay, SessionSecrets session) {
    return builder(relay, session).connect();
  }

  /**
   * Joins a session at its beginning, waiting for a producer if there is none yet.
   *
   * @param relays with one key, which are tried in turn, see {@link ClientBuilder}
   * @param session id and key, of which the key is borrowed, and needed until the consumer is
   *     closed; an owner's key is not used
   * @return the consumer, joined
   * @throws HydraException as {@link Builder#connect()}
   */
  public static HydraConsumer connect(List<RelayAddress> relays, SessionSecrets session) {
    return builder(relays, session).connect();
  }

  /**
   * Joins a session at its beginning, waiting for a producer if there is none yet.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param session id and key, of which the key is borrowed, and needed until the consumer is
   *     closed; an owner's key is not used
   * @return the consumer, joined
   * @throws HydraException as {@link Builder#connect()}
   */
  public static HydraConsumer connect(InetSocketAddress relay, SessionSecrets session) {
    return builder(relay, session).connect();
  }

  /**
   * Joins a session at its beginning, waiting for a producer if there is none yet.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param sessionId 64 bytes
   * @param sessionKey 32 bytes; copied, and the copy is zeroed when the consumer is closed
   * @return the consumer, joined
   * @throws HydraException as {@link Builder#connect()}
   * @throws IllegalArgumentException if the id or the key has another length
   */
  public static HydraConsumer connect(RelayAddress relay, byte[] sessionId, byte[] sessionKey) {
    return connect(Relays.of(relay), sessionId, sessionKey);
  }

  /**
   * Joins a session at its beginning, waiting for a producer if there is none yet.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param sessionId 64 bytes
   * @param sessionKey 32 bytes; copied, and the copy is zeroed when the consumer is closed
   * @return the consumer, joined
   * @throws HydraException as {@link Builder#connect()}
   * @throws IllegalArgumentException if the id or the key has another length
   */
  public static HydraConsumer connect(
      InetSocketAddress relay, byte[] sessionId, byte[] sessionKey) {
    return connect(Relays.of(relay), sessionId, sessionKey);
  }

  private static HydraConsumer connect(Relays relays, byte[] sessionId, byte[] sessionKey) {
    SessionId id = SessionId.of(Arguments.given(sessionId, "a session id"));
    SessionKey key = SessionKey.of(Arguments.given(sessionKey, "a session key"));
    return new Builder(relays, new SessionSecrets(id, key)).connect(Optional.of(key));
  }

  /**
   * Joins the session of a ticket over the wire that the ticket names: at its beginning, waiting
   * for a producer if there is none yet.
   *
   * @param ticket where to connect, over which wire, what to join, which relay key to expect; its
   *     key is borrowed, and needed until the consumer is closed
   * @return the consumer, joined
   * @throws HydraException as {@link Builder#connect()}
   */
  public static HydraConsumer connect(Ticket ticket) {
    return builder(ticket).connect();
  }

  /**
   * A consumer with options.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param session id and key, of which the key is borrowed, and needed until the consumer is
   *     closed; an owner's key is not used
   * @return a builder
   */
  public static Builder builder(RelayAddress relay, SessionSecrets session) {
    return new Builder(Relays.of(relay), session);
  }

  /**
   * A consumer with options.
   *
   * @param relays with one key, which are tried in turn, see {@link ClientBuilder}
   * @param session id and key, of which the key is borrowed, and needed until the consumer is
   *     closed; an owner's key is not used
   * @return a builder
   */
  public static Builder builder(List<RelayAddress> relays, SessionSecrets session) {
    return new Builder(Relays.of(relays), session);
  }

  /**
   * A consumer with options.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param session id and key, of which the key is borrowed, and needed until the consumer is
   *     closed; an owner's key is not used
   * @return a builder
   */
  public static Builder builder(InetSocketAddress relay, SessionSecrets session) {
    return new Builder(Relays.of(relay), session);
  }

  /**
   * A consumer for a ticket, with options.
   *
   * @param ticket where to connect, over which wire, what to join, which relay key to expect; its
   *     key is borrowed, and needed until the consumer is closed. One for a version of the classic
   *     wire that this build does not speak makes {@link Builder#connect()} throw {@link
   *     io.hydrasync.protocol.UnsupportedByWireException}
   * @return a builder
   */
  public static Builder builder(Ticket ticket) {
    Relays relays = Relays.of(ticket);
    return new Builder(relays, new SessionSecrets(ticket.sessionId(), ticket.sessionKey()))
        .ticket(ticket);
  }

  // ---- receiving ----

  @Override
  public @Nullable ByteBuffer receive() {
    return wire.receive(ConsumerWire.FOREVER);
  }

  @Override
  public @Nullable ByteBuffer receive(Duration timeout) {
    return wire.receive(deadline(Arguments.given(timeout, "a timeout")));
  }

  private static long deadline(Duration timeout) {
    if (timeout.compareTo(Arguments.FOREVER) > 0) {
      return ConsumerWire.FOREVER;
    }
    return System.nanoTime() + (timeout.isNegative() ? 1 : Math.max(timeout.toNanos(), 1));
  }

  @Override
  public Optional<Position> position() {
    return wire.position().map(Position::new);
  }

  @Override
  public long missedBefore() {
    return wire.missedBefore();
  }

  @Override
  public boolean isReady() {
    return wire.isReady();
  }

  @Override
  public boolean isProducerLive() {
    return wire.isProducerLive();
  }

  @Override
  public RelayKey relayKey() {
    return wire.relayKey();
  }

  @Override
  public OptionalInt packetBytes() {
    return wire.packetBytes();
  }

  @Override
  public boolean isEnded() {
    return wire.isEnded();
  }

  @Override
  public void close() {
    wire.close();
    ownKey.ifPresent(SessionKey::destroy);
  }

  /** Options of a consumer. Not thread-safe. */
  public static final class Builder extends ClientBuilder<Builder> {
    private final SessionKey sessionKey;
    private Start start = Start.BEGINNING;
    private boolean wait = true;
    private Overflow overflow = Overflow.DEFAULT;
    private Duration reconnectTimeout = Duration.ofSeconds(120);
    private Optional<Position> position = Optional.empty();
    private @Nullable Consumer<Gap> gapListener;
    private Consumer<Stall> stallListener = stall -> {};
    private LongSupplier clock = System::nanoTime;

    private Builder(Relays relays, SessionSecrets session) {
      super(relays, Arguments.given(session, "a session").id());
      sessionKey = session.key();
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Where to begin. Default {@link Start#BEGINNING}.
     *
     * @param start the start
     * @return this
     */
    public Builder start(Start start) {
      this.start = Arguments.given(start, "a start");
      onlyOnWire2("a start");
      return this;
    }

    /**
     * Where another consumer stopped: this one goes on there, whatever {@link #start} says. If the
     * relay no longer has what follows, that is told as a gap; if another stream has taken its
     * place and the end of this one had not been delivered, as {@link TruncatedException}. Default:
     * none.
     *
     * @param position from {@link HydraConsumer#position()}
     * @return this
     */
    public Builder position(Position position) {
      this.position = Optional.of(Arguments.given(position, "a position"));
      onlyOnWire2("a position");
      return this;
    }

    /**
     * Hears of missing frames, on the thread that receives, in the place where they are missing;
     * {@code receive()} then goes on behind them instead of throwing {@link GapException}. What it
     * throws, {@code receive()} throws; the gap counts as told then, and the next {@code receive()}
     * goes on behind it. Default: none.
     *
     * @param listener the listener; it must not call {@code receive()}, and may call {@code
     *     position()}, which is behind the gap then, and {@code close()}
     * @return this
     */
    public Builder onGap(Consumer<Gap> listener) {
      gapListener = Arguments.given(listener, "a listener for gaps");
      onlyOnWire2("gaps");
      return this;
    }

    /**
     * Hears of a stream that is held back, on the thread that receives and while it waits in {@code
     * receive()}: when the producer is said to be connected and nothing has come for 30 s, or when
     * what comes is more than a minute late and does not catch up. Once for each stall. What it
     * throws, {@code receive()} throws; the stall counts as told then, and nothing else is lost.
     * Default: not told.
     *
     * @param listener the listener; it must not call {@code receive()}, and may call {@code
     *     close()}
     * @return this
     */
    public Builder onStall(Consumer<Stall> listener) {
      stallListener = Arguments.given(listener, "a listener for stalls");
      onlyOnWire2("stalls");
      return this;
    }

    /**
     * Whether to wait for a session that no producer has opened yet; otherwise joining it fails
     * with NO_SESSION. Default true.
     *
     * @param waits true to wait
     * @return this
     */
    public Builder waitForProducer(boolean waits) {
      onlyOnWire2("a choice about waiting for the producer");
      wait = waits;
      return this;
    }

    /**
     * Asks to be dropped or moved forward rather than let others wait for this consumer. Default:
     * what the session does.
     *
     * @param policy DEFAULT, DROP or SKIP
     * @return this
     * @throws IllegalArgumentException if it is another policy, which only a producer may ask for
     */
    public Builder overflow(Overflow policy) {
      Arguments.given(policy, "an overflow policy");
      if (policy != Overflow.DEFAULT && policy != Overflow.DROP && policy != Overflow.SKIP) {
        throw new IllegalArgumentException("a consumer may ask for DROP or SKIP only");
      }
      if (policy != Overflow.DEFAULT) {
        onlyOnWire2("an overflow policy");
      }
      overflow = policy;
      return this;
    }

    /**
     * How long to be without a joined connection before giving up with {@link
     * SessionTruncatedException}. The time of several losses adds up until a message comes that had
     * not been delivered, or a connection has stood for a minute. Default 120 s; 0 = give up at the
     * first loss.
     *
     * @param timeout 0 or more; longer than a century counts as forever
     * @return this
     */
    public Builder reconnectTimeout(Duration timeout) {
      reconnectTimeout = Arguments.time(timeout, "a reconnect timeout");
      onlyOnWire2("reconnecting");
      return this;
    }

    /**
     * How often to ask the relay whether it is there, by a PING. A connection on which nothing has
     * come for three times as long counts as broken. Shorter than the default, it notices sooner
     * that a relay or the network has gone without a word, and costs a packet each way. Default 15
     * s.
     *
     * @param interval 1 s to 15 s
     * @return this
     * @throws IllegalArgumentException if it is less or more
     */
    public Builder heartbeat(Duration interval) {
      return pingEvery(interval);
    }

    /** The clock of {@link #reconnectTimeout} and stalls, {@link System#nanoTime} by default. */
    Builder clock(LongSupplier nanos) {
      clock = nanos;
      return this;
    }

    private ConsumerLink.Terms terms() {
      return new ConsumerLink.Terms(wait, overflow, reconnectTimeout, clock);
    }

    private @Nullable Consumer<GapException> onGap() {
      Consumer<Gap> listener = gapListener;
      return listener == null ? null : gap -> listener.accept(Gap.of(gap));
    }

    private Consumer<StallWatch.Noticed> onStall() {
      Consumer<Stall> listener = stallListener;
      return noticed ->
          listener.accept(
              noticed
                  .sentAt()
                  .map(sentAt -> Stall.late(noticed.by(), sentAt))
                  .orElseGet(() -> Stall.silent(noticed.by())));
    }

    private StreamVerifier verifier(ClientOptions options) {
      StreamVerifier verifier =
          new StreamVerifier(options.session(), sessionKey, start.from, System::currentTimeMillis);
      position.map(Position::place).ifPresent(verifier::restore);
      return verifier;
    }

    /**
     * Connects and joins.
     *
     * @return the consumer, joined
     * @throws io.hydrasync.protocol.UnsupportedByWireException if the wire does not have what was
     *     asked for
     * @throws InterruptedOperationException if the thread is interrupted; nothing stays open
     * @throws HydraException if the relay cannot be reached or refuses, or a file of known relays
     *     cannot be read or written; a first attempt is not repeated
     */
    public HydraConsumer connect() {
      return connect(Optional.empty());
    }

    private HydraConsumer connect(Optional<SessionKey> ownKey) {
      try {
        ClientOptions options = options();
        return new HydraConsumer(
            isClassic()
                ? new ClassicConsumer(options, version(), sessionKey)
                : new Wire2Consumer(options, terms(), verifier(options), onGap(), onStall()),
            ownKey);
      } catch (RuntimeException | Error e) {
        ownKey.ifPresent(SessionKey::destroy);
        throw e;
      }
    }
  }
}
