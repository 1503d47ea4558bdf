package io.hydrasync.client;

import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.check.Arguments;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Broadcasts messages into a session. Each is sealed once, on the caller's thread, however many
 * consumers there are.
 *
 * <p>{@link #broadcast} sends a message now, and if there are many, as fast as they come. {@link
 * #write} may keep it for a moment so that small messages share a frame; {@link #flush()} sends
 * them, and what nobody flushes is sent after the linger time. Calls block while the relay does not
 * take more, which is how a slow consumer reaches the producer.
 *
 * <p>Thread-safe: a lock keeps the calls of several threads in one order. Messages are copied or
 * sealed before a call returns, so the caller may use its array again. {@link #close()} ends the
 * session.
 *
 * <h2>Taken once</h2>
 *
 * <p>A message is <em>taken</em> once its bytes are in the batch of small messages or in the ring
 * of frames that are kept to be sent again ({@link Builder#ring}). A call that throws has not taken
 * its message, which is then never sent; the position of a {@code ByteBuffer} has not moved. Once
 * the message is taken the call returns normally, at the latest when it notices that the thread was
 * interrupted, the producer closed or the connection lost for good; what is lost for good is thrown
 * by the next call and by {@link #close()}. The message goes out once, over this connection or a
 * later one. It has arrived when a later {@link #flush(Duration)} has returned true or {@code
 * close()} has returned; until then it may still be lost with the process, or with the producer's
 * failing. {@link #flush()} takes nothing: what it cannot send is kept, and sent later.
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
 * {@link #relayKey()}, {@link #maxMessageBytes()}, {@link #ringBytes()}.
 *
 * <p>On {@link io.hydrasync.protocol.Wire#CLASSIC} the relay says nothing, so whatever needs an
 * answer throws {@link io.hydrasync.protocol.UnsupportedByWireException}: {@code tryBroadcast},
 * {@code flush} with a timeout, {@code consumers}, {@code awaitConsumers}, {@code acknowledged},
 * {@code unacknowledgedBytes}, {@code leave} and {@code relayKey}. A lost connection ends the
 * producer, also where it was closed to free a thread, what was taken and not sent is lost with it,
 * and {@code close()} cannot know that everything has arrived.
 */
public final class HydraProducer implements AutoCloseable {
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
   * @param relays where the relay can be reached, see {@link ClientBuilder}; only the first one is
   *     used for now
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
   * @param ticket where to connect (its first address, for now), over which wire, what to join,
   *     which relay key to expect; its key is borrowed, and needed until the producer is closed
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
   * @param ticket where to connect (its first address, for now), over which wire, what to join,
   *     which relay key to expect; its key is borrowed, and needed until the producer is closed
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
   * @param relays where the relay can be reached, see {@link ClientBuilder}; only the first one is
   *     used for now
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
   * @param ticket where to connect (its first address, for now), over which wire, what to join,
   *     which relay key to expect; its key is borrowed, and needed until the producer is closed.
   *     One for a version of the classic wire that this build does not speak makes {@link
   *     Builder#connect()} throw {@link io.hydrasync.protocol.UnsupportedByWireException}
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
   * @param ticket where to connect (its first address, for now), over which wire, what to join,
   *     which relay key to expect; its key is borrowed, and needed until the producer is closed.
   *     One for a version of the classic wire that this build does not speak makes {@link
   *     Builder#connect()} throw {@link io.hydrasync.protocol.UnsupportedByWireException}
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

  /**
   * Sends a message now, behind all that were written before. The same as {@link #write(byte[])}
   * and {@link #flush()}, except that of broadcasts that follow each other within a few
   * microseconds all but the first ones may wait for 0.05 ms and share frames (see {@link
   * Builder#coalesce}). Blocks while the relay does not take more, and while the connection is
   * being made anew; a message that was taken is sent again after that where it was lost. If this
   * throws, the message is never sent.
   *
   * @param message 0 to {@link #maxMessageBytes()} bytes; may be used again after the call
   * @throws ProtocolException TOO_BIG if it is larger, or there is no memory for it at present; the
   *     producer can be used on
   * @throws io.hydrasync.protocol.ConnectionException if there is no connection at present and
   *     {@link Builder#blockWhileDisconnected} was set to false; the producer can be used on
   * @throws io.hydrasync.protocol.InterruptedOperationException if the thread is interrupted where
   *     it has to wait; the producer can be used on
   * @throws io.hydrasync.protocol.ClosedException if the producer is closed, also meanwhile
   * @throws HydraException if the connection is lost for good; the producer cannot be used any more
   */
  public void broadcast(byte[] message) {
    wire.broadcast(message);
  }

  /**
   * Sends a message now, behind all that were written before.
   *
   * @param message from its position to its limit; the position moves to the limit iff the message
   *     is taken
   * @throws HydraException as {@link #broadcast(byte[])}
   */
  public void broadcast(ByteBuffer message) {
    wire.broadcast(message);
  }

  /**
   * Sends a message now if that takes no waiting: not for another thread, not for a connection, not
   * for acknowledgments and not for the socket; it is a frame of its own. To be sure of the last,
   * it sends only what fits, together with all that the relay has not acknowledged yet, into a
   * quarter of the socket's send buffer; a message that is larger than that is never sent in this
   * way.
   *
   * @param message 0 to {@link #maxMessageBytes()} bytes; may be used again after the call
   * @return false if the message was not taken
   * @throws ProtocolException TOO_BIG if it is larger than the relay takes
   * @throws io.hydrasync.protocol.ClosedException if the producer is closed
   * @throws HydraException if the connection is lost for good
   */
  public boolean tryBroadcast(byte[] message) {
    return tryBroadcast(ByteBuffer.wrap(message));
  }

  /**
   * Sends a message now if that takes no waiting, as {@link #tryBroadcast(byte[])}.
   *
   * @param message from its position to its limit; the position moves to the limit iff the message
   *     is taken
   * @return false if the message was not taken
   * @throws HydraException as {@link #tryBroadcast(byte[])}
   */
  public boolean tryBroadcast(ByteBuffer message) {
    return wire.tryBroadcast(message);
  }

  /**
   * Sends a message soon: with {@link #flush()}, when 64 KiB have come together, or after the
   * linger time.
   *
   * @param message 0 to {@link #maxMessageBytes()} bytes; may be used again after the call
   * @throws HydraException as {@link #broadcast(byte[])}
   */
  public void write(byte[] message) {
    wire.write(message);
  }

  /**
   * Sends a message soon.
   *
   * @param message from its position to its limit; the position moves to the limit iff the message
   *     is taken
   * @throws HydraException as {@link #broadcast(byte[])}
   */
  public void write(ByteBuffer message) {
    wire.write(message);
  }

  /**
   * Sends what has been written. Blocks until the operating system has taken it, also over the next
   * connection where the present one is lost.
   *
   * @throws HydraException as {@link #broadcast(byte[])}; what has been written is kept, and sent
   *     once all the same where the producer can be used on
   */
  public void flush() {
    wire.flush();
  }

  /**
   * Sends what has been written, by any thread, and waits until all of it is in the relay's log:
   * from then on it survives this process. Waits for a connection, too, whatever {@link
   * Builder#blockWhileDisconnected} says.
   *
   * @param timeout how long to wait; 0 or less does not wait, and more than a century is for ever
   * @return true if everything that was ever taken is in the relay's log; false if the time ran
   *     out, or if another producer has taken the session, now or before, and messages that the
   *     relay had not acknowledged by then were not sent again
   * @throws io.hydrasync.protocol.ClosedException if the producer is closed, also meanwhile
   * @throws HydraException if the connection is lost for good
   * @throws InterruptedException if the thread is interrupted; what has been written is kept
   */
  public boolean flush(Duration timeout) throws InterruptedException {
    return wire.flush(waiting(timeout));
  }

  // ---- what the relay says ----

  /**
   * How many consumers are connected.
   *
   * @return as the relay said last
   */
  public int consumers() {
    return wire.consumers();
  }

  /**
   * Waits for consumers.
   *
   * @param count how many
   * @param timeout how long to wait; 0 or less does not wait, and more than a century is for ever
   * @return true if that many are connected, false if the time ran out
   * @throws io.hydrasync.protocol.ClosedException if the producer is closed, also meanwhile
   * @throws HydraException if the connection is lost for good
   * @throws InterruptedException if the thread is interrupted
   */
  public boolean awaitConsumers(int count, Duration timeout) throws InterruptedException {
    return wire.awaitConsumers(count, waiting(timeout));
  }

  /** A time to wait: what a caller has left of it may well be negative. */
  private static Duration waiting(Duration timeout) {
    Duration given = Arguments.given(timeout, "a timeout");
    return given.isNegative() ? Duration.ZERO : Arguments.time(given, "a timeout");
  }

  /**
   * How many frames the relay has in its log. A frame holds one message, or several small ones.
   *
   * @return all frames below this sequence
   */
  public long acknowledged() {
    return wire.acknowledged();
  }

  /**
   * How many bytes of sealed frames are on their way to the relay's log: sent, or being kept for
   * when the connection is back, and not acknowledged. Never blocks: while another thread is
   * sending, this is what was so at that thread's last frame that came after a call of this method.
   *
   * @return 0 or more
   * @throws io.hydrasync.protocol.UnsupportedByWireException on the classic wire
   */
  public long unacknowledgedBytes() {
    return wire.unacknowledgedBytes();
  }

  /**
   * How many frames of this stream the relay has let go of before any consumer had taken them. What
   * the relay says, and it may not say it: advice.
   *
   * @return 0 or more, 0 on the classic wire
   */
  public long unreadFrames() {
    return wire.unreadFrames();
  }

  /**
   * The key that the relay has proved to hold, for instance to put it into a {@link
   * SessionSecrets#ticket ticket}.
   *
   * @return the key, the pinned one if there is one
   */
  public RelayKey relayKey() {
    return wire.relayKey();
  }

  /**
   * The largest message that the relay takes and this JVM has the heap for, which is four times the
   * message.
   *
   * @return bytes, 64 MiB unless the relay has little memory, or this JVM has less than 256 MiB
   */
  public int maxMessageBytes() {
    return wire.maxMessageBytes();
  }

  /**
   * How many bytes of sealed frames are kept to be sent again after a lost connection, and may be
   * unacknowledged before sending blocks: what {@link Builder#ring} was given, or its default,
   * which is less on a small heap.
   *
   * @return bytes; 0 on the classic wire, which sends nothing again
   */
  public long ringBytes() {
    return wire.ringBytes();
  }

  /**
   * Ends the session: sends what has been written, the authenticated end, and closes the connection
   * once the relay has taken all of it; then the keys are zeroed. Blocks as long as that takes, and
   * an interrupt does not shorten it; {@link #close(Duration)} is bounded, and so is {@link
   * #abort()} from another thread. Later calls do nothing.
   *
   * @throws HydraException if the relay may not have got everything
   */
  @Override
  public void close() {
    try {
      wire.close();
    } finally {
      ownKey.ifPresent(SessionKey::destroy);
    }
  }

  /**
   * Ends the session as {@link #close()} does, but gives it up as {@link #abort()} does when the
   * time is over. An interrupt does not shorten it, nor does another thread that is stuck in a call
   * lengthen it.
   *
   * @param timeout how long it may take, 0 or less for no time; it returns within this and one
   *     second. More than three weeks are for ever
   * @throws io.hydrasync.protocol.ReceiveTimeoutException if the session was given up
   * @throws HydraException if the relay may not have got everything
   */
  public void close(Duration timeout) {
    long nanos = waiting(timeout).toNanos();
    try {
      wire.close(nanos);
    } finally {
      ownKey.ifPresent(SessionKey::destroy);
    }
  }

  /**
   * Gives the session up: it is over, without the authenticated end, and consumers get {@link
   * io.hydrasync.protocol.TruncatedException} behind what the relay has. For when the application
   * cannot send all that it meant to. What has been written and not been sent is dropped. Blocks
   * for two seconds, three at most, whatever another thread does: one that is stuck in a call
   * leaves it. Where there is no connection, or the relay takes nothing, it cannot be told, and
   * keeps the session for its linger time. Does nothing after {@link #close()}.
   */
  public void abort() {
    try {
      wire.abort();
    } finally {
      ownKey.ifPresent(SessionKey::destroy);
    }
  }

  /**
   * Leaves the session without ending it: sends what has been written and the authenticated end of
   * this stream, and closes the connection once the relay has taken all of it. Consumers go on
   * waiting for the next producer, whose stream follows for them without a gap; the relay forgets a
   * session to which none comes within its linger time. Blocks as {@link #close()} does, after
   * which this does nothing; the keys are zeroed then.
   *
   * @throws HydraException if the relay may not have got everything
   * @throws io.hydrasync.protocol.UnsupportedByWireException on the classic wire; the producer can
   *     be used on
   */
  public void leave() {
    wire.leave();
    ownKey.ifPresent(SessionKey::destroy);
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
    private Consumer<Unread> unreadListener = UnreadNews.NOBODY;
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
     * @param value 0 or more; more than a century is for ever
     * @return this
     */
    public Builder linger(Duration value) {
      linger = Arguments.time(value, "a linger time");
      return this;
    }

    /**
     * Whether broadcasts that follow each other within a few microseconds may share frames, or on
     * the classic wire a write to the socket. The first ones of many, and those that come alone,
     * are always sent at once; of the others each may wait for 0.05 ms, in which more come. Without
     * it every broadcast is a frame of its own, and written when the call returns. Default true.
     *
     * @param value true to share
     * @return this
     */
    public Builder coalesce(boolean value) {
      coalesce = value;
      return this;
    }

    /**
     * What the relay does when a consumer lags too far. Default: what the relay's operator chose.
     *
     * @param value the policy; the relay may refuse it with UNSUPPORTED
     * @return this
     */
    public Builder overflow(Overflow value) {
      overflow = Arguments.given(value, "an overflow policy");
      if (value != Overflow.DEFAULT) {
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
     * @param value 0 or more; more than a century is for ever
     * @return this
     */
    public Builder reconnectTimeout(Duration value) {
      reconnectTimeout = Arguments.time(value, "a reconnect timeout");
      onlyOnWire2("reconnecting");
      return this;
    }

    /**
     * Whether sending waits while the connection is being made anew. Otherwise it throws a
     * retryable {@link io.hydrasync.protocol.ConnectionException}, nothing is sent, and a later
     * call may succeed. {@link HydraProducer#close()} waits in any case. Default true.
     *
     * @param value true to wait
     * @return this
     */
    public Builder blockWhileDisconnected(boolean value) {
      onlyOnWire2("blocking while disconnected");
      blocks = value;
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
          listener,
          unreadListener);
    }

    /**
     * Hears of lost and regained connections, on the thread that makes them; must not block and
     * must not call the producer. An exception that it throws is dropped; an {@link Error} ends the
     * producer: every call fails from then on, with the Error as the cause.
     *
     * @param value the listener
     * @return this
     */
    public Builder onStateChange(Consumer<ProducerState> value) {
      listener = Arguments.given(value, "a listener");
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
     * @param value the listener
     * @return this
     */
    public Builder onUnread(Consumer<Unread> value) {
      unreadListener = Arguments.given(value, "a listener");
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
