package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.TimeoutException;
import io.hydrasync.protocol.TruncatedException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Receives a session's messages, each once and in order, or says what is missing.
 *
 * <p>Blocking: {@link #receive()} reads and opens on the caller's thread, which may be a virtual
 * one. A connection that breaks, or on which something does not verify, is made anew inside {@code
 * receive()}, from the first frame that has not been delivered. One thread may receive; {@link
 * #close()} may be called from any thread. PINGs are sent by a shared daemon thread.
 *
 * <p>Memory: two arrays that begin at 64 KiB and grow to the largest frame that has come.
 *
 * <p>On {@link io.hydrasync.protocol.Wire#CLASSIC} the relay's FIN is the end: {@link #receive()}
 * gives null then, although nobody has authenticated that, and although a classic relay refuses a
 * join in just that way. Nothing is made anew: a connection that breaks is a {@link
 * TruncatedException}, a message that does not open an {@link AuthenticationException}, and there
 * is no {@link #position()}. What is missing, repeated or out of order cannot be noticed.
 */
public final class HydraConsumer implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofDays(36_500);

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
    BEGINNING,
    /**
     * With the oldest frame that the relay still has; {@link #missedBefore()} tells how many came
     * before it.
     */
    OLDEST,
    /**
     * With what is sent after joining. What is lost from there on is a gap, also where it was lost
     * before the first message came.
     */
    LIVE
  }

  private HydraConsumer(ConsumerWire wire, Optional<SessionKey> ownKey) {
    this.wire = wire;
    this.ownKey = ownKey;
  }

  /**
   * Joins a session at its beginning, waiting for a producer if there is none yet.
   *
   * @param relay the relay's address
   * @param sessionId 64 bytes
   * @param sessionKey 32 bytes
   * @return the consumer, joined
   * @throws HydraException if the relay cannot be reached or refuses
   */
  public static HydraConsumer connect(
      InetSocketAddress relay, byte[] sessionId, byte[] sessionKey) {
    SessionKey key = SessionKey.of(sessionKey);
    return builder(relay, SessionId.of(sessionId), key).connect(Optional.of(key));
  }

  /**
   * A consumer with options.
   *
   * @param relay the relay's address
   * @param sessionId the session
   * @param sessionKey its key; borrowed, and needed until the consumer is closed
   * @return a builder
   */
  public static Builder builder(
      InetSocketAddress relay, SessionId sessionId, SessionKey sessionKey) {
    return new Builder(relay, sessionId, sessionKey);
  }

  /**
   * A consumer for a ticket, with options.
   *
   * @param ticket where to connect, what to join, which relay key to expect
   * @return a builder
   */
  public static Builder builder(Ticket ticket) {
    Builder builder =
        builder(
            InetSocketAddress.createUnresolved(ticket.host(), ticket.port()),
            ticket.sessionId(),
            ticket.sessionKey());
    ticket.relayKey().ifPresent(builder::relayKey);
    return builder;
  }

  // ---- receiving ----

  /**
   * Waits for the next message.
   *
   * @return a read-only view of the message, from its position to its limit, valid until the next
   *     call; null once the producer has ended the session, which is authenticated
   * @throws GapException if messages are missing; the next call goes on behind them
   * @throws TruncatedException if the session stopped without the producer's end, or if another
   *     stream has taken its place; in the second case the next call goes on with that
   * @throws AuthenticationException if something does not verify, three times at the same place
   * @throws HydraException if the relay refuses for good, or cannot be reached for too long
   * @throws IllegalStateException if this consumer is closed
   */
  public @Nullable ByteBuffer receive() {
    return wire.receive(ConsumerWire.FOREVER);
  }

  /**
   * Waits for the next message, but not forever.
   *
   * @param timeout how long; less than a millisecond counts as one
   * @return as {@link #receive()}
   * @throws TimeoutException if nothing came in time; nothing is lost
   * @throws HydraException as {@link #receive()}
   */
  public @Nullable ByteBuffer receive(Duration timeout) {
    return wire.receive(deadline(timeout));
  }

  /** Longer than a century counts as forever. */
  private static long deadline(Duration timeout) {
    if (timeout.compareTo(LONGEST) > 0) {
      return ConsumerWire.FOREVER;
    }
    return System.nanoTime() + Math.max(timeout.toNanos(), 1);
  }

  /**
   * How far this consumer has come. Everything that {@link #receive()} has returned, the message
   * returned last included, and every gap that has been told, counts as done: whoever goes on at
   * this position gets what follows, and nothing of that twice. To process each message exactly
   * once over a crash, store its result together with the position in one step, after {@code
   * receive()} returned the message and before the next call. For the thread that receives; never
   * blocks.
   *
   * @return the position, empty before the first frame has been delivered
   */
  public Optional<Position> position() {
    return wire.position();
  }

  /**
   * How many frames of the first stream came before the first one that this consumer asked for.
   * From any thread.
   *
   * @return the sequence at which it began: 0 for {@link Start#BEGINNING}, for a position, and
   *     before the first frame
   */
  public long missedBefore() {
    return wire.missedBefore();
  }

  /**
   * Whether the next message is here already, so that {@link #receive()} need not wait for the
   * network: for an application that gathers output and has to flush it before it waits. A frame
   * that is here may turn out to be damaged or to have been delivered before; then {@code
   * receive()} does wait. For the thread that receives. Never blocks.
   *
   * @return true if a whole frame with messages has been read and not been delivered to its end
   */
  public boolean isReady() {
    return wire.isReady();
  }

  /**
   * The key that the relay has proved to hold.
   *
   * @return the key of the present connection, the pinned one if there is one
   */
  public RelayKey relayKey() {
    return wire.relayKey();
  }

  /**
   * Whether the producer has ended the session, so that {@link #receive()} gives null.
   *
   * @return true behind the authenticated end
   */
  public boolean isEnded() {
    return wire.isEnded();
  }

  /**
   * Closes the connection and zeroes its keys. A {@code receive()} in progress ends with an
   * exception. From any thread.
   */
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

    private Builder(InetSocketAddress relay, SessionId session, SessionKey sessionKey) {
      super(relay, session);
      this.sessionKey = sessionKey;
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Where to begin. Default {@link Start#BEGINNING}.
     *
     * @param value the start
     * @return this
     */
    public Builder start(Start value) {
      onlyOnWire2("a start");
      start = value;
      return this;
    }

    /**
     * Where another consumer stopped: this one goes on there, whatever {@link #start} says. If the
     * relay no longer has what follows, that is told as a gap; if another stream has taken its
     * place and the end of this one had not been delivered, as {@link TruncatedException}. Default:
     * none.
     *
     * @param value from {@link HydraConsumer#position()}
     * @return this
     */
    public Builder position(Position value) {
      onlyOnWire2("a position");
      position = Optional.of(value);
      return this;
    }

    /**
     * Hears of missing frames, on the thread that receives, in the place where they are missing;
     * {@code receive()} then goes on behind them instead of throwing {@link GapException}. What it
     * throws, {@code receive()} throws. Default: none.
     *
     * @param value the listener; it must not call {@code receive()}, and may call {@code
     *     position()}, which is behind the gap then
     * @return this
     */
    public Builder onGap(Consumer<Gap> value) {
      onlyOnWire2("gaps");
      gapListener = value;
      return this;
    }

    /**
     * Hears of a stream that is held back, on the thread that receives and while it waits in {@code
     * receive()}: when the producer is said to be connected and nothing has come for 30 s, or when
     * what comes is more than a minute late and does not catch up. Once for each stall. Default:
     * not told.
     *
     * @param value the listener; it must not call {@code receive()}
     * @return this
     */
    public Builder onStall(Consumer<Stall> value) {
      onlyOnWire2("stalls");
      stallListener = value;
      return this;
    }

    /**
     * Whether to wait for a session that no producer has opened yet; otherwise joining it fails
     * with NO_SESSION. Default true.
     *
     * @param value true to wait
     * @return this
     */
    public Builder waitForProducer(boolean value) {
      onlyOnWire2("a choice about waiting for the producer");
      wait = value;
      return this;
    }

    /**
     * Asks to be dropped or moved forward rather than let others wait for this consumer. Default:
     * what the session does.
     *
     * @param value DEFAULT, DROP or SKIP
     * @return this
     * @throws IllegalArgumentException if it is another policy, which only a producer may ask for
     */
    public Builder overflow(Overflow value) {
      if (value != Overflow.DEFAULT && value != Overflow.DROP && value != Overflow.SKIP) {
        throw new IllegalArgumentException("a consumer may ask for DROP or SKIP only");
      }
      if (value != Overflow.DEFAULT) {
        onlyOnWire2("an overflow policy");
      }
      overflow = value;
      return this;
    }

    /**
     * How long to try to get a lost connection back before giving up with {@link
     * TruncatedException}. Default 120 s; 0 = give up at once.
     *
     * @param value 0 or more
     * @return this
     */
    public Builder reconnectTimeout(Duration value) {
      onlyOnWire2("reconnecting");
      reconnectTimeout = value;
      return this;
    }

    private ConsumerLink.Terms terms() {
      return new ConsumerLink.Terms(wait, overflow, reconnectTimeout);
    }

    private StreamVerifier verifier(ClientOptions options) {
      StreamVerifier verifier =
          new StreamVerifier(options.session(), sessionKey, start, System::currentTimeMillis);
      position.ifPresent(verifier::restore);
      return verifier;
    }

    /**
     * Connects and joins.
     *
     * @return the consumer, joined
     * @throws io.hydrasync.protocol.UnsupportedByWireException if the wire does not have what was
     *     asked for
     * @throws HydraException if the relay cannot be reached or refuses; a first attempt is not
     *     repeated
     */
    public HydraConsumer connect() {
      return connect(Optional.empty());
    }

    private HydraConsumer connect(Optional<SessionKey> ownKey) {
      ClientOptions options = options();
      return new HydraConsumer(
          isClassic()
              ? new ClassicConsumer(options, version(), sessionKey)
              : new Wire2Consumer(options, terms(), verifier(options), gapListener, stallListener),
          ownKey);
    }
  }
}
