package io.hydrasync.client;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.wire.Frames;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

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
  private static final long FIN_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final ReentrantLock lock = new ReentrantLock();
  private final ProducerLink link;
  private final ProducerStatus status;
  private final BatchBuffer batch = new BatchBuffer();
  private final LingerFlusher flusher;
  private final ScheduledFuture<?> keepAlive;
  private final byte[] tick = new byte[Frames.TICK_PLAINTEXT];
  private byte[] copied = new byte[0];
  private boolean closed;
  private int consumersSeen;
  private volatile boolean tickDue;
  private volatile long lastTickNanos = System.nanoTime();
  private volatile long lastPingNanos = System.nanoTime();

  private HydraProducer(Builder builder) {
    link =
        new ProducerLink(
            builder.options(),
            builder.session,
            builder.overflow,
            builder.ringBytes,
            builder.reconnectTimeout,
            builder.listener);
    status = link.status();
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
    link.send(type, plaintext, offset, length);
  }

  private void checkOpen(int messageBytes) {
    if (closed) {
      throw new IllegalStateException("this producer is closed");
    }
    HydraException problem = status.failure();
    if (problem != null) {
      throw problem;
    }
    if (messageBytes > maxMessageBytes()) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG,
          "a message of "
              + messageBytes
              + " bytes; the relay at "
              + link.connection().where()
              + " takes at most "
              + maxMessageBytes());
    }
  }

  private void flushIfDue() {
    lock.lock();
    try {
      if (!closed && flusher.isDue()) {
        sendBatch();
      }
    } catch (HydraException e) {
      // sticks: the next call of the application throws it
    } finally {
      lock.unlock();
    }
  }

  // ---- keeping alive ----

  private void keepAlive() {
    long now = System.nanoTime();
    int consumers = status.consumers();
    if (now - lastTickNanos >= TICK_NANOS || consumers > consumersSeen) {
      tickDue = true;
    }
    consumersSeen = consumers;
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
      if (closed || !link.isQuiet()) {
        return;
      }
      if (tickDue) {
        sendTick();
      }
      if (System.nanoTime() - lastPingNanos >= PING_NANOS) {
        lastPingNanos = System.nanoTime();
        link.ping();
      }
    } catch (HydraException e) {
      // sticks: the next call of the application throws it
    } finally {
      lock.unlock();
    }
  }

  // ---- what the relay says ----

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
    return status.await(() -> status.consumers() >= count, nanos(timeout));
  }

  private static long nanos(Duration timeout) {
    try {
      return timeout.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
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
    return link.connection().relayKey();
  }

  /**
   * The largest message that the relay takes.
   *
   * @return bytes, 64 MiB unless the relay has little memory
   */
  public int maxMessageBytes() {
    long frameBytes = Integer.toUnsignedLong(link.connection().joined().maxFrame());
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
      release();
      lock.unlock();
    }
  }

  /**
   * Gives the session up: it is over, without the authenticated end, and consumers get {@link
   * io.hydrasync.protocol.TruncatedException} behind what the relay has. For when the application cannot
   * send all that it meant to. What has been written and not been sent is dropped. Blocks for two seconds
   * at most once no other call is in progress. Does nothing after {@link #close()}.
   */
  public void abort() {
    lock.lock();
    try {
      if (!closed && status.failure() == null) {
        link.bye();
        link.awaitFin(FIN_NANOS);
      }
    } finally {
      release();
      lock.unlock();
    }
  }

  private void release() {
    closed = true;
    keepAlive.cancel(false);
    flusher.stop();
    link.close();
  }

  private void finish() {
    HydraException problem = status.failure();
    if (problem != null) {
      throw problem;
    }
    sendBatch();
    byte[] end = new byte[Frames.END_PLAINTEXT];
    Frames.putU64(end, 0, System.currentTimeMillis());
    end[Frames.END_PLAINTEXT - 1] = Frames.END_FINAL;
    transmit(Frames.END, end, 0, end.length);
    link.awaitAcknowledged();
    link.bye();
    link.awaitFin(FIN_NANOS);
  }

  /** Options of a producer. Not thread-safe. */
  public static final class Builder extends ClientBuilder<Builder> {
    private final Session session;
    private Overflow overflow = Overflow.DEFAULT;
    private Duration linger = Duration.ofMillis(1);
    private long ringBytes = 64L << 20;
    private Duration reconnectTimeout = Duration.ofSeconds(120);
    private Consumer<ProducerState> listener = state -> {};

    private Builder(InetSocketAddress relay, Session session) {
      super(relay, session.id());
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
     * How many bytes of sealed frames are kept to be sent again after a lost connection, and may be
     * unacknowledged before sending blocks. Default 64 MiB. Memory is taken as it is needed.
     *
     * @param bytes 0 or more; the last two frames are always kept
     * @return this
     */
    public Builder ring(long bytes) {
      if (bytes < 0) {
        throw new IllegalArgumentException("a ring is not negative: " + bytes);
      }
      ringBytes = bytes;
      return this;
    }

    /**
     * How long to try to get a lost connection back before every call fails. Default 120 s; 0 = fail at
     * once.
     *
     * @param value 0 or more
     * @return this
     */
    public Builder reconnectTimeout(Duration value) {
      reconnectTimeout = value;
      return this;
    }

    /**
     * Hears of lost and regained connections, on a thread of the producer's; must not block and must not
     * call the producer.
     *
     * @param value the listener
     * @return this
     */
    public Builder onStateChange(Consumer<ProducerState> value) {
      listener = value;
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
