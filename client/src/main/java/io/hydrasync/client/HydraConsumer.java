package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.TimeoutException;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.wire.Control;
import io.hydrasync.protocol.wire.Frames;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Receives a session's messages, each once and in order, or says what is missing.
 *
 * <p>Blocking: {@link #receive()} reads and opens on the caller's thread, which may be a virtual one. A
 * connection that breaks, or on which something does not verify, is made anew inside {@code receive()},
 * from the first frame that has not been delivered. One thread may receive; {@link #close()} may be
 * called from any thread. PINGs are sent by a shared daemon thread.
 *
 * <p>Memory: two arrays that begin at 64 KiB and grow to the largest frame that has come.
 */
public final class HydraConsumer implements AutoCloseable {
  private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long FOREVER = Long.MAX_VALUE;

  private final ClientOptions options;
  private final Start start;
  private final boolean wait;
  private final Overflow overflow;
  private final RetryPolicy retries;
  private final StreamVerifier verifier;
  private final ReentrantLock writeLock = new ReentrantLock();
  private final ReentrantLock closeLock = new ReentrantLock();
  private final Condition closedCondition = closeLock.newCondition();
  private final ScheduledFuture<?> keepAlive;
  private volatile RelayConnection connection;
  private volatile boolean closed;
  private volatile long lastPingNanos = System.nanoTime();
  private long pings;

  /** What of the last frame has not been handed out yet. */
  private enum Pending {
    NOTHING,
    MESSAGE,
    BATCH
  }

  // What is being handed out.
  private Pending pending = Pending.NOTHING;
  private byte[] viewed = new byte[0];
  private ByteBuffer view = ByteBuffer.allocate(0).asReadOnlyBuffer();
  private int batchAt;
  private int batchEnd;
  private boolean ended;
  private boolean sessionOver;
  private @Nullable HydraException fatal;

  private boolean beganEmpty;

  /** Where a new consumer begins. */
  public enum Start {
    /** With what is sent from now on. */
    LIVE,
    /** With the oldest frame that the relay still has. */
    OLDEST
  }

  private HydraConsumer(Builder builder) {
    options = builder.options();
    start = builder.start;
    wait = builder.wait;
    overflow = builder.overflow;
    retries = new RetryPolicy(builder.reconnectTimeout);
    verifier =
        new StreamVerifier(options.session(), builder.sessionKey, System::currentTimeMillis);
    connection = connectOnce(new byte[0]);
    keepAlive = ClientTimer.everySecond(this::keepAlive);
  }

  /**
   * Joins a session, from the oldest frame retained, waiting for a producer if there is none yet.
   *
   * @param relay the relay's address
   * @param sessionId 64 bytes
   * @param sessionKey 32 bytes
   * @return the consumer, joined
   * @throws HydraException if the relay cannot be reached or refuses
   */
  public static HydraConsumer connect(InetSocketAddress relay, byte[] sessionId, byte[] sessionKey) {
    return builder(relay, SessionId.of(sessionId), SessionKey.of(sessionKey)).connect();
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
   * @return a read-only view of the message, from its position to its limit, valid until the next call;
   *     null once the producer has ended the session, which is authenticated
   * @throws io.hydrasync.protocol.GapException if messages are missing; the next call goes on behind them
   * @throws TruncatedException if the session stopped without the producer's end, or if another stream
   *     has taken its place; in the second case the next call goes on with that
   * @throws AuthenticationException if something does not verify, three times at the same place
   * @throws HydraException if the relay refuses for good, or cannot be reached for too long
   * @throws IllegalStateException if this consumer is closed
   */
  public @Nullable ByteBuffer receive() {
    return receiveUntil(FOREVER);
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
    return receiveUntil(System.nanoTime() + Math.max(timeout.toNanos(), 1));
  }

  private @Nullable ByteBuffer receiveUntil(long deadline) {
    while (true) {
      checkState();
      if (pending != Pending.NOTHING) {
        return nextMessage();
      }
      HydraException last = fatal;
      if (last != null) {
        throw last;
      }
      if (ended) {
        return null;
      }
      step(deadline);
    }
  }

  private void checkState() {
    if (closed) {
      throw new IllegalStateException("this consumer is closed");
    }
    HydraException event = verifier.pollEvent();
    if (event != null) {
      throw event;
    }
  }

  private ByteBuffer nextMessage() {
    int from = 0;
    int to = batchEnd;
    if (pending == Pending.BATCH) {
      from = batchAt + Frames.BATCH_ITEM_PREFIX;
      to = from + (int) Frames.u32(viewed, batchAt);
      batchAt = to;
    }
    if (to == batchEnd) {
      pending = Pending.NOTHING;
    }
    return view.clear().limit(to).position(from).order(ByteOrder.BIG_ENDIAN);
  }

  /** Takes one frame, or repairs the connection. */
  private void step(long deadline) {
    try {
      if (!connection.nextFrame(timeoutMs(deadline))) {
        connectionEnded(deadline);
        return;
      }
      retries.heard();
      if (connection.frames().type() == Frames.SEALED) {
        handleControls();
      } else {
        handleFrame(connection.frames());
      }
    } catch (SocketTimeoutException e) {
      if (System.nanoTime() - deadline >= 0 && deadline != FOREVER) {
        throw new TimeoutException("no message within the time given");
      }
      if (isSilentTooLong()) {
        reconnect(disconnected("the relay has fallen silent", e), deadline);
      }
    } catch (IOException e) {
      reconnect(disconnected("the connection to the relay broke: " + e.getMessage(), e), deadline);
    } catch (AuthenticationException | RelayException e) {
      reconnect(e, deadline);
    } catch (ProtocolException e) {
      fatal = e;
    }
  }

  private int timeoutMs(long deadline) {
    long live = RelayConnection.LIVENESS_MS;
    if (deadline == FOREVER) {
      return (int) live;
    }
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime() + 999_999);
    return (int) Math.max(1, Math.min(live, left));
  }

  private boolean isSilentTooLong() {
    return System.nanoTime() - connection.lastHeardNanos()
        >= TimeUnit.MILLISECONDS.toNanos(RelayConnection.LIVENESS_MS);
  }

  private void handleFrame(FrameReader frames) {
    int type = frames.type();
    if (!Frames.isRelayed(type)) {
      throw connection.corrupt("a frame of type 0x" + Integer.toHexString(type));
    }
    if (type == Frames.HEAD) {
      byte[] head = new byte[frames.length()];
      System.arraycopy(frames.buffer(), frames.offset(), head, 0, head.length);
      verifier.head(head);
      return;
    }
    StreamVerifier.Outcome outcome =
        verifier.frame(frames.buffer(), frames.offset(), frames.length());
    beganEmpty = false;
    retries.progressed();
    deliver(outcome);
  }

  private void deliver(StreamVerifier.Outcome outcome) {
    if (outcome == StreamVerifier.Outcome.END) {
      ended = true;
    } else if (outcome != StreamVerifier.Outcome.NOTHING) {
      if (viewed != verifier.plaintext()) {
        viewed = verifier.plaintext();
        view = ByteBuffer.wrap(viewed).asReadOnlyBuffer();
      }
      batchAt = 0;
      batchEnd = verifier.plaintextLength();
      pending =
          outcome == StreamVerifier.Outcome.MESSAGE ? Pending.MESSAGE : Pending.BATCH;
    }
  }

  private void handleControls() {
    for (Control message = connection.openRecord();
        message != null;
        message = connection.nextMessage()) {
      if (message instanceof Control.Gap gap) {
        verifier.gapAnnounced(gap);
      } else if (message instanceof Control.State state) {
        sessionOver |= state.state() == Control.STATE_ENDED;
      } else if (!(message instanceof Control.Pong || message instanceof Control.Ignorable)) {
        throw connection.corrupt(
            "a control message of type 0x" + Integer.toHexString(message.type()));
      }
    }
  }

  /** FIN from the relay. */
  private void connectionEnded(long deadline) {
    if (sessionOver) {
      fatal =
          new TruncatedException(
              "the session is over, but its producer never said so: what came is not the whole");
      return;
    }
    reconnect(disconnected("the relay closed the connection", null), deadline);
  }

  private ConnectionException disconnected(String what, @Nullable Throwable cause) {
    String message = what + " (" + connection.where() + ")";
    return cause == null
        ? new ConnectionException(ErrorCode.DISCONNECTED, message)
        : new ConnectionException(ErrorCode.DISCONNECTED, message, cause);
  }

  // ---- connecting ----

  private RelayConnection connectOnce(byte[] buffer) {
    RelayConnection fresh = RelayConnection.open(options, this::join, buffer);
    Control.Joined joined = fresh.joined();
    beganEmpty = joined.id() == 0 && joined.seq() == 0;
    verifier.connected(joined.id(), joined.seq());
    return fresh;
  }

  private Control.Join join(byte[] handshakeHash) {
    boolean at = verifier.hasPosition();
    int startCode;
    if (at) {
      startCode = Control.START_AT;
    } else {
      startCode =
          start == Start.OLDEST || beganEmpty ? Control.START_OLDEST : Control.START_LIVE;
    }
    return new Control.Join(
        Role.CONSUMER.wireCode(),
        wait ? Control.FLAG_WAIT : 0,
        startCode,
        overflow.wireCode(),
        options.session().toBytes(),
        at ? verifier.stream() : 0,
        at ? verifier.next() : 0,
        new byte[Control.RESUME_LENGTH],
        new byte[64],
        new byte[8],
        new byte[32]);
  }

  /**
   * Makes the connection anew, until it stands, the time is up, or the failure is one that will come
   * again.
   */
  private void reconnect(HydraException first, long deadline) {
    connection.close();
    HydraException problem = first;
    while (!closed) {
      RetryPolicy.Decision decision = retries.after(problem, verifier.next());
      if (!decision.retry()) {
        fatal =
            decision.outOfTime()
                ? new TruncatedException(
                    retries.describe() + ": " + problem.getMessage(), problem)
                : problem;
        return;
      }
      long wait = decision.waitNanos();
      awaitClosed(deadline == FOREVER ? wait : Math.min(wait, deadline - System.nanoTime()));
      if (deadline != FOREVER && System.nanoTime() - deadline >= 0) {
        throw new TimeoutException("no connection to the relay within the time given");
      }
      try {
        connectAgain();
        return;
      } catch (HydraException e) {
        problem = e;
      }
    }
  }

  private void connectAgain() {
    if (!closed) {
      RelayConnection fresh = connectOnce(connection.frames().buffer());
      connection = fresh;
      if (closed) {
        fresh.close();
      }
    }
  }

  // ---- keeping alive, closing ----

  private void keepAlive() {
    if (!closed && System.nanoTime() - lastPingNanos >= PING_NANOS) {
      lastPingNanos = System.nanoTime();
      ClientTimer.run(this::ping);
    }
  }

  private void ping() {
    if (writeLock.tryLock()) {
      try {
        connection.write(new Control.Ping(++pings));
      } catch (IOException e) {
        // whoever receives will notice
      } finally {
        writeLock.unlock();
      }
    }
  }

  /** Waits, unless this consumer is closed before. */
  private void awaitClosed(long nanos) {
    closeLock.lock();
    try {
      long left = nanos;
      while (!closed && left > 0) {
        left = closedCondition.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectionException(ErrorCode.DISCONNECTED, "interrupted while reconnecting", e);
    } finally {
      closeLock.unlock();
    }
  }

  /**
   * Whether the next message is here already, so that {@link #receive()} need not wait for the network:
   * for an application that gathers output and has to flush it before it waits. A frame that is here
   * may turn out to be damaged or to have been delivered before; then {@code receive()} does wait. For
   * the thread that receives. Never blocks.
   *
   * @return true if a whole frame with messages has been read and not been delivered to its end
   */
  public boolean isReady() {
    return pending != Pending.NOTHING || connection.frames().isMessageBuffered();
  }

  /**
   * The key that the relay has proved to hold.
   *
   * @return the key of the present connection, the pinned one if there is one
   */
  public RelayKey relayKey() {
    return connection.relayKey();
  }

  /**
   * Whether the producer has ended the session, so that {@link #receive()} gives null.
   *
   * @return true behind the authenticated end
   */
  public boolean isEnded() {
    return ended;
  }

  /** Closes the connection. A {@code receive()} in progress ends with an exception. From any thread. */
  @Override
  public void close() {
    closeLock.lock();
    try {
      closed = true;
      closedCondition.signalAll();
    } finally {
      closeLock.unlock();
    }
    keepAlive.cancel(false);
    connection.close();
  }

  /** Options of a consumer. Not thread-safe. */
  public static final class Builder extends ClientBuilder<Builder> {
    private final SessionKey sessionKey;
    private Start start = Start.OLDEST;
    private boolean wait = true;
    private Overflow overflow = Overflow.DEFAULT;
    private Duration reconnectTimeout = Duration.ofSeconds(120);

    private Builder(InetSocketAddress relay, SessionId session, SessionKey sessionKey) {
      super(relay, session);
      this.sessionKey = sessionKey;
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Where to begin. Default {@link Start#OLDEST}.
     *
     * @param value the start
     * @return this
     */
    public Builder start(Start value) {
      start = value;
      return this;
    }

    /**
     * Whether to wait for a session that no producer has opened yet; otherwise joining it fails with
     * NO_SESSION. Default true.
     *
     * @param value true to wait
     * @return this
     */
    public Builder waitForProducer(boolean value) {
      wait = value;
      return this;
    }

    /**
     * Asks to be dropped or moved forward rather than let others wait for this consumer. Default: what
     * the session does.
     *
     * @param value DEFAULT, DROP or SKIP
     * @return this
     * @throws IllegalArgumentException if it is another policy, which only a producer may ask for
     */
    public Builder overflow(Overflow value) {
      if (value != Overflow.DEFAULT && value != Overflow.DROP && value != Overflow.SKIP) {
        throw new IllegalArgumentException("a consumer may ask for DROP or SKIP only");
      }
      overflow = value;
      return this;
    }

    /**
     * How long to try to get a lost connection back before giving up with {@link TruncatedException}.
     * Default 120 s; 0 = give up at once.
     *
     * @param value 0 or more
     * @return this
     */
    public Builder reconnectTimeout(Duration value) {
      reconnectTimeout = value;
      return this;
    }

    /**
     * Connects and joins.
     *
     * @return the consumer, joined
     * @throws HydraException if the relay cannot be reached or refuses; a first attempt is not repeated
     */
    public HydraConsumer connect() {
      return new HydraConsumer(this);
    }
  }
}
