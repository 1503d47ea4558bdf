package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.wire.Control;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.OwnerProof;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Broadcasts messages into a session. Each is sealed once, on the caller's thread, however many consumers
 * there are.
 *
 * <p>{@link #broadcast} sends a message now. {@link #write} may keep it for a moment so that small
 * messages share a frame; {@link #flush()} sends them, and what nobody flushes is sent after the linger
 * time. Calls block while the relay does not take more, which is how a slow consumer reaches the producer.
 *
 * <p>Thread-safe: a lock keeps the calls of several threads in one order. Messages are copied or sealed
 * before a call returns, so the caller may use its array again. {@link #close()} ends the session.
 */
public final class HydraProducer implements AutoCloseable {
  private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long MAX_AHEAD_MS = TimeUnit.HOURS.toMillis(24);
  private static final long LAST_WORDS_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int INITIAL_FRAME = 4 << 10;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ClientOptions options;
  private final Optional<OwnerKey> owner;
  private final Overflow overflow;
  private final ReentrantLock lock = new ReentrantLock();
  private final ProducerStatus status = new ProducerStatus();
  private final RelayConnection connection;
  private final FrameSealer sealer;
  private final long epoch;
  private final BatchBuffer batch = new BatchBuffer();
  private final LingerFlusher flusher;
  private final ScheduledFuture<?> keepAlive;
  private final byte[] tick = new byte[Frames.TICK_PLAINTEXT];
  private byte[] frame = new byte[INITIAL_FRAME];
  private byte[] copied = new byte[0];
  private @Nullable HydraException failure;
  private boolean closed;
  private long pings;
  private volatile boolean tickDue;
  private volatile long lastTickNanos = System.nanoTime();
  private volatile long lastPingNanos = System.nanoTime();

  private HydraProducer(Builder builder) {
    options = builder.options();
    owner = builder.owner;
    overflow = builder.overflow;
    connection = RelayConnection.open(options, this::join, new byte[0]);
    try {
      epoch = newEpoch(connection.joined().id());
      sealer =
          FrameSealer.open(
              options.session(), builder.sessionKey, owner, epoch, epoch, 0, 0, newSalt());
      connection.write(sealer.head(), 0, sealer.head().length);
    } catch (IOException e) {
      connection.close();
      throw disconnected(e);
    } catch (HydraException e) {
      connection.close();
      throw e;
    }
    ClientTimer.daemon("hydra-producer").newThread(this::readControls).start();
    flusher = new LingerFlusher(builder.linger, this::flushIfDue);
    keepAlive = ClientTimer.everySecond(this::keepAlive);
  }

  /**
   * Joins a plain session as its producer.
   *
   * @param relay the relay's address
   * @param sessionId 64 bytes; one of an owned session needs {@link #connect(InetSocketAddress, Session)}
   * @param sessionKey 32 bytes
   * @return the producer, joined
   * @throws HydraException if the relay cannot be reached or refuses
   */
  public static HydraProducer connect(InetSocketAddress relay, byte[] sessionId, byte[] sessionKey) {
    return builder(
            relay,
            new Session(
                SessionId.of(sessionId), SessionKey.of(sessionKey), Optional.empty()))
        .connect();
  }

  /**
   * Joins a session as its producer.
   *
   * @param relay the relay's address
   * @param session id, key, and the owner's key for an owned session
   * @return the producer, joined
   * @throws HydraException if the relay cannot be reached or refuses
   */
  public static HydraProducer connect(InetSocketAddress relay, Session session) {
    return builder(relay, session).connect();
  }

  /**
   * A producer with options.
   *
   * @param relay the relay's address
   * @param session id, key, and the owner's key for an owned session; borrowed, and needed until the
   *     producer is closed
   * @return a builder
   */
  public static Builder builder(InetSocketAddress relay, Session session) {
    return new Builder(relay, session);
  }

  private Control.Join join(byte[] handshakeHash) {
    return new Control.Join(
        Role.PRODUCER.wireCode(),
        0,
        Control.START_LIVE,
        overflow.wireCode(),
        options.session().toBytes(),
        0,
        0,
        new byte[Control.RESUME_LENGTH],
        owner
            .map(key -> OwnerProof.sign(key, handshakeHash, options.session()))
            .orElse(new byte[OwnerProof.LENGTH]),
        new byte[8],
        new byte[32]);
  }

  private static long newEpoch(long relayEpoch) {
    long now = System.currentTimeMillis();
    if (relayEpoch > now + MAX_AHEAD_MS) {
      throw new AuthenticationException(
          ErrorCode.STALE_EPOCH,
          "the relay knows an epoch of this session from more than 24 hours in the future;"
              + " check this machine's clock");
    }
    return Math.max(now, relayEpoch + 1);
  }

  private static byte[] newSalt() {
    byte[] salt = new byte[Head.SALT_LENGTH];
    RANDOM.nextBytes(salt);
    return salt;
  }

  // ---- sending ----

  /**
   * Sends a message now, behind all that were written before. The same as {@link #write(byte[])} and
   * {@link #flush()}.
   *
   * @param message 0 to {@link #maxMessageBytes()} bytes; may be used again after the call
   * @throws ProtocolException TOO_BIG if it is larger; nothing is sent, the producer can be used on
   * @throws HydraException if the connection is lost; the producer cannot be used any more
   */
  public void broadcast(byte[] message) {
    lock.lock();
    try {
      checkOpen(message.length);
      sendBatch();
      send(Frames.DATA, message, 0, message.length);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends a message now, behind all that were written before.
   *
   * @param message from its position to its limit; the position moves to the limit
   * @throws HydraException as {@link #broadcast(byte[])}
   */
  public void broadcast(ByteBuffer message) {
    lock.lock();
    try {
      checkOpen(message.remaining());
      sendBatch();
      sendData(message);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends a message soon: with {@link #flush()}, when 64 KiB have come together, or after the linger time.
   *
   * @param message 0 to {@link #maxMessageBytes()} bytes; may be used again after the call
   * @throws HydraException as {@link #broadcast(byte[])}
   */
  public void write(byte[] message) {
    lock.lock();
    try {
      checkOpen(message.length);
      if (prepareBatch(message.length)) {
        batch.add(message, 0, message.length);
      } else {
        send(Frames.DATA, message, 0, message.length);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends a message soon.
   *
   * @param message from its position to its limit; the position moves to the limit
   * @throws HydraException as {@link #broadcast(byte[])}
   */
  public void write(ByteBuffer message) {
    lock.lock();
    try {
      checkOpen(message.remaining());
      if (prepareBatch(message.remaining())) {
        batch.add(message);
      } else {
        sendData(message);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends what has been written. Blocks until the operating system has taken it.
   *
   * @throws HydraException if the connection is lost
   */
  public void flush() {
    lock.lock();
    try {
      checkOpen(0);
      sendBatch();
    } finally {
      lock.unlock();
    }
  }

  /** Makes room in the batch. False if the message is too large for one and the batch has been sent. */
  private boolean prepareBatch(int length) {
    if (!batch.hasRoom(length)) {
      sendBatch();
      if (!BatchBuffer.takes(length)) {
        return false;
      }
    }
    if (batch.isEmpty()) {
      flusher.firstWritten();
    }
    return true;
  }

  private void sendBatch() {
    if (!batch.isEmpty()) {
      flusher.sent();
      send(batch.type(), batch.bytes(), batch.plaintextOffset(), batch.plaintextLength());
      batch.clear();
    }
  }

  private void sendData(ByteBuffer message) {
    int length = message.remaining();
    if (message.hasArray()) {
      send(Frames.DATA, message.array(), message.arrayOffset() + message.position(), length);
      message.position(message.limit());
    } else {
      if (copied.length < length) {
        copied = new byte[length];
      }
      message.get(copied, 0, length);
      send(Frames.DATA, copied, 0, length);
    }
  }

  private void send(int type, byte[] plaintext, int offset, int length) {
    if (tickDue) {
      sendTick();
    }
    transmit(type, plaintext, offset, length);
  }

  private void sendTick() {
    tickDue = false;
    lastTickNanos = System.nanoTime();
    Frames.putU64(tick, 0, System.currentTimeMillis());
    transmit(Frames.TICK, tick, 0, tick.length);
  }

  private void transmit(int type, byte[] plaintext, int offset, int length) {
    if (frame.length < length + Frames.OVERHEAD) {
      frame = new byte[length + Frames.OVERHEAD];
    }
    int total = sealer.seal(type, plaintext, offset, length, frame);
    try {
      connection.write(frame, 0, total);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** What the relay said before the connection broke counts for more than how it broke. */
  private HydraException failed(IOException cause) {
    try {
      status.awaitEnd(LAST_WORDS_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    HydraException said = status.failure();
    HydraException problem = said == null ? disconnected(cause) : said;
    failure = problem;
    connection.close();
    return problem;
  }

  private ConnectionException disconnected(IOException cause) {
    return new ConnectionException(
        ErrorCode.DISCONNECTED,
        "the connection to the relay at " + connection.where() + " broke: " + cause.getMessage(),
        cause);
  }

  private void checkOpen(int messageBytes) {
    if (closed) {
      throw new IllegalStateException("this producer is closed");
    }
    if (failure == null) {
      failure = status.failure();
    }
    HydraException last = failure;
    if (last != null) {
      throw last;
    }
    if (messageBytes > maxMessageBytes()) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG,
          "a message of " + messageBytes + " bytes; the relay at " + connection.where()
              + " takes at most " + maxMessageBytes());
    }
  }

  private void flushIfDue() {
    lock.lock();
    try {
      if (!closed && failure == null && flusher.isDue()) {
        sendBatch();
      }
    } catch (HydraException e) {
      // sticks: the next call of the application throws it
    } finally {
      lock.unlock();
    }
  }

  // ---- what the relay says ----

  /** On a thread of its own, which reads and never writes. */
  private void readControls() {
    try {
      while (connection.nextFrame(RelayConnection.LIVENESS_MS)) {
        if (connection.frames().type() != Frames.SEALED) {
          throw connection.corrupt("a relayed frame to a producer");
        }
        for (Control message = connection.openRecord();
            message != null;
            message = connection.nextMessage()) {
          handle(message);
        }
      }
      status.ended(
          new ConnectionException(
              ErrorCode.DISCONNECTED,
              "the relay at " + connection.where() + " closed the connection"));
    } catch (SocketTimeoutException e) {
      status.ended(
          new ConnectionException(
              ErrorCode.DISCONNECTED,
              "the relay at " + connection.where() + " has fallen silent",
              e));
      connection.close(); // a write that is stuck ends with this
    } catch (IOException e) {
      status.ended(disconnected(e));
    } catch (HydraException e) {
      status.ended(e);
      connection.close();
    }
  }

  private void handle(Control message) {
    if (message instanceof Control.Ack ack) {
      if (ack.consumers() > status.consumers()) {
        tickDue = true;
      }
      status.ack(ack, epoch);
    } else if (!(message instanceof Control.Pong || message instanceof Control.Ignorable)) {
      throw connection.corrupt(
          "a control message of type 0x" + Integer.toHexString(message.type()) + " to a producer");
    }
  }

  private void keepAlive() {
    long now = System.nanoTime();
    if (now - lastTickNanos >= TICK_NANOS) {
      tickDue = true;
    }
    if (tickDue || now - lastPingNanos >= PING_NANOS) {
      ClientTimer.run(this::sendKeepAlive);
    }
  }

  /**
   * PING and TICK of a producer that is idle. Not while frames are unacknowledged: the relay may not be
   * reading, this write would block, and the frames themselves keep the connection alive.
   */
  private void sendKeepAlive() {
    if (!lock.tryLock()) {
      return; // somebody is writing, which does as well
    }
    try {
      if (closed || failure != null || status.acknowledged() != sealer.next()) {
        return;
      }
      if (tickDue) {
        sendTick();
      }
      if (System.nanoTime() - lastPingNanos >= PING_NANOS) {
        lastPingNanos = System.nanoTime();
        connection.write(new Control.Ping(++pings));
      }
    } catch (IOException e) {
      failure = disconnected(e);
    } catch (HydraException e) {
      // sticks: the next call of the application throws it
    } finally {
      lock.unlock();
    }
  }

  /**
   * How many consumers are connected.
   *
   * @return as the relay said last
   */
  public int consumers() {
    return status.consumers();
  }

  /**
   * Waits for consumers.
   *
   * @param count how many
   * @param timeout how long to wait
   * @return true if that many are connected, false if the time ran out
   * @throws HydraException if the connection is lost
   * @throws InterruptedException if the thread is interrupted
   */
  public boolean awaitConsumers(int count, Duration timeout) throws InterruptedException {
    boolean there = status.awaitConsumers(count, timeout.toNanos());
    HydraException problem = status.failure();
    if (!there && problem != null) {
      throw problem;
    }
    return there;
  }

  /**
   * How many frames the relay has in its log. A frame holds one message, or several small ones.
   *
   * @return all frames below this sequence
   */
  public long acknowledgedFrames() {
    return status.acknowledged();
  }

  /**
   * The key that the relay has proved to hold, for instance to put it into a {@link
   * Session#ticket ticket}.
   *
   * @return the key, the pinned one if there is one
   */
  public RelayKey relayKey() {
    return connection.relayKey();
  }

  /**
   * The largest message that the relay takes.
   *
   * @return bytes, 64 MiB unless the relay has little memory
   */
  public int maxMessageBytes() {
    long frameBytes = Integer.toUnsignedLong(connection.joined().maxFrame());
    return (int) Math.min(Frames.MAX_MESSAGE, frameBytes - Frames.MIN_RELAYED_LEN);
  }

  /**
   * Ends the session: sends what has been written, the authenticated end, and closes the connection once
   * the relay has taken all of it. Blocks as long as that takes. Later calls do nothing.
   *
   * @throws HydraException if the relay may not have got everything
   */
  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        finish();
      }
    } finally {
      closed = true;
      keepAlive.cancel(false);
      flusher.stop();
      sealer.destroy();
      connection.close();
      lock.unlock();
    }
  }

  private void finish() {
    if (failure == null) {
      sendBatch();
      byte[] end = new byte[Frames.END_PLAINTEXT];
      Frames.putU64(end, 0, System.currentTimeMillis());
      end[Frames.END_PLAINTEXT - 1] = Frames.END_FINAL;
      transmit(Frames.END, end, 0, end.length);
      awaitRelay();
      try {
        connection.write(new Control.Bye());
        connection.finishOutput();
        status.awaitEnd(LAST_WORDS_NANOS); // reading its FIN spares the relay a reset
      } catch (IOException | InterruptedException e) {
        // the end is in the relay's log: without BYE the session merely lingers
      }
    } else if (!batch.isEmpty()) {
      throw failure;
    }
  }

  /** Until everything is in the relay's log. */
  private void awaitRelay() {
    boolean taken;
    try {
      taken = status.awaitAcknowledged(sealer.next());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectionException(
          ErrorCode.DISCONNECTED, "interrupted before the relay had taken everything", e);
    }
    HydraException problem = status.failure();
    if (!taken && problem != null) {
      throw problem;
    }
  }

  /** Options of a producer. Not thread-safe. */
  public static final class Builder extends ClientBuilder<Builder> {
    private final SessionKey sessionKey;
    private final Optional<OwnerKey> owner;
    private Overflow overflow = Overflow.DEFAULT;
    private Duration linger = Duration.ofMillis(1);

    private Builder(InetSocketAddress relay, Session session) {
      super(relay, session.id());
      if (session.id().isOwned() && session.owner().isEmpty()) {
        throw new IllegalArgumentException(
            "this session id is owned: producing needs the owner's key");
      }
      sessionKey = session.key();
      owner = session.owner();
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * How long a written message may wait for others. Default 1 ms.
     *
     * @param value 0 or more
     * @return this
     */
    public Builder linger(Duration value) {
      if (value.isNegative()) {
        throw new IllegalArgumentException("linger is not negative: " + value);
      }
      linger = value;
      return this;
    }

    /**
     * What the relay does when a consumer lags too far. Default: what the relay's operator chose.
     *
     * @param value the policy; the relay may refuse it with UNSUPPORTED
     * @return this
     */
    public Builder overflow(Overflow value) {
      overflow = value;
      return this;
    }

    /**
     * Connects, joins and opens the stream.
     *
     * @return the producer, joined
     * @throws HydraException if the relay cannot be reached or refuses; nothing is tried again
     */
    public HydraProducer connect() {
      return new HydraProducer(this);
    }
  }
}
