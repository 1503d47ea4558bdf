package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.RelayConnection;
import io.hydrasync.client.internal.connection.Relays;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.AdminMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.ReplyMessage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An operator's connection to a relay: requests in JSON, one at a time. It is sealed like every
 * control message, and the relay's key is checked like any other client's.
 *
 * <p>Thread-safe: calls wait for each other. Not made anew when it breaks: a call that throws
 * leaves it unusable. The relay closes it after 45 s without a request. Whoever builds it closes
 * it; after that requests throw {@link ClosedException}, and {@link #relayKey()} tells what was so.
 * A thread that is interrupted gets an {@link InterruptedOperationException} within a second.
 */
public final class HydraAdmin implements AutoCloseable {
  /** Largest request in bytes of UTF-8. */
  public static final int MAX_REQUEST = 64 << 10;

  /** Within a second an interrupted thread notices. */
  private static final int STEP_MS = 750;

  private final RelayConnection connection;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean closed;
  private int lastId;

  private HydraAdmin(RelayConnection connection, Duration timeout) {
    this.connection = connection;
    this.timeout = timeout;
  }

  /**
   * An admin with options.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param credential one that the relay's operator issued for admins
   * @return a builder
   */
  public static Builder builder(RelayAddress relay, Credential credential) {
    return new Builder(Relays.of(relay), credential);
  }

  /**
   * An admin with options.
   *
   * @param relays with one key, of which the first that lets the admin in is the one that it speaks
   *     to, see {@link ClientBuilder}
   * @param credential one that the relay's operator issued for admins
   * @return a builder
   */
  public static Builder builder(List<RelayAddress> relays, Credential credential) {
    return new Builder(Relays.of(relays), credential);
  }

  /**
   * An admin with options.
   *
   * @param relay where the relay is, see {@link ClientBuilder}
   * @param credential one that the relay's operator issued for admins
   * @return a builder
   */
  public static Builder builder(InetSocketAddress relay, Credential credential) {
    return new Builder(Relays.of(relay), credential);
  }

  /**
   * The key that the relay has shown.
   *
   * @return the key
   */
  public RelayKey relayKey() {
    return connection.relayKey();
  }

  /**
   * Asks, and waits for the reply.
   *
   * @param json of at most {@value #MAX_REQUEST} bytes
   * @return the relay's reply, JSON of at most 1 MiB; as it came, so that a relay that lies can
   *     have put anything into it, sequences for a terminal too
   * @throws ConnectionException if the connection breaks, or no reply comes in time
   * @throws InterruptedOperationException if the thread is interrupted while it waits; whether the
   *     relay did what was asked for is not known then
   * @throws ClosedException if this is closed, before the call or during it
   * @throws HydraException if the relay closes the connection with an error, or sends what it must
   *     not
   * @throws IllegalArgumentException if the request is too long; nothing was sent then
   */
  public String request(String json) {
    byte[] request = Arguments.given(json, "a request").getBytes(UTF_8);
    if (request.length > MAX_REQUEST) {
      throw new IllegalArgumentException(
          "a request has at most " + MAX_REQUEST + " bytes, not " + request.length);
    }
    try {
      lock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedOperationException("interrupted before the request was sent", e);
    }
    try {
      return ask(request);
    } catch (RuntimeException e) {
      HydraException problem = closed ? new ClosedException("this admin is closed", e) : known(e);
      release();
      throw problem;
    } finally {
      lock.unlock();
    }
  }

  private static HydraException known(RuntimeException problem) {
    return problem instanceof HydraException known
        ? known
        : new ConnectionException(
            ErrorCode.INTERNAL, "a fault in this client: " + Reasons.of(problem), problem);
  }

  private String ask(byte[] request) {
    if (connection.isClosed()) {
      throw new ConnectionException(ErrorCode.DISCONNECTED, "this connection is closed");
    }
    try {
      int id = ++lastId;
      connection.write(new AdminMessage(id, request));
      return new String(awaitReply(id).json(), UTF_8);
    } catch (SocketTimeoutException e) {
      throw new ConnectionException(ErrorCode.TIMEOUT, "no reply from " + connection.where(), e);
    } catch (InterruptedIOException e) {
      throw interrupted(e);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) { // which closes a virtual thread's socket
        throw interrupted(e);
      }
      throw new ConnectionException(
          ErrorCode.DISCONNECTED, "lost the relay at " + connection.where(), e);
    }
  }

  private static InterruptedOperationException interrupted(IOException noticed) {
    return new InterruptedOperationException("interrupted while waiting for a reply", noticed);
  }

  private ReplyMessage awaitReply(int id) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    Control message = connection.nextMessage();
    while (!(message instanceof ReplyMessage reply && reply.id() == id)) {
      message = message == null ? nextRecord(deadline) : connection.nextMessage();
    }
    return (ReplyMessage) message;
  }

  private @Nullable Control nextRecord(long deadline) throws IOException {
    while (true) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (leftMs < 1) {
        throw new SocketTimeoutException();
      }
      try {
        return record(connection.nextFrame((int) Math.min(STEP_MS, leftMs)));
      } catch (SocketTimeoutException e) {
        // looks whether the thread is interrupted, and goes on
      }
    }
  }

  private @Nullable Control record(boolean hasCome) throws IOException {
    if (!hasCome) {
      throw new IOException("the relay closed the connection");
    }
    if (connection.frames().type() != Frames.SEALED) {
      throw connection.corrupt("a relayed frame to an admin");
    }
    return connection.openRecord();
  }

  /**
   * Closes the connection and zeroes its keys; a request in progress throws {@link
   * ClosedException}. From any thread. Later calls do nothing.
   */
  @Override
  public void close() {
    closed = true;
    release();
  }

  private void release() {
    connection.close();
    lock.lock(); // what is being read or written ends with the socket
    try {
      connection.destroyReader();
      connection.destroyWriter();
    } finally {
      lock.unlock();
    }
  }

  /** Options of an admin's connection. Not thread-safe. */
  public static final class Builder extends ClientBuilder<Builder> {
    private Duration timeout = Duration.ofSeconds(15);

    private Builder(Relays relays, Credential credential) {
      super(relays, SessionId.of(new byte[SessionId.LENGTH]));
      credential(credential);
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * How long to wait for a reply. Default 15 s.
     *
     * @param timeout 1 ms or more
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public Builder replyTimeout(Duration timeout) {
      this.timeout = Arguments.positiveTime(timeout, "a reply timeout");
      return this;
    }

    /**
     * Connects.
     *
     * @return the connection
     * @throws InterruptedOperationException if the thread is interrupted; nothing stays open
     * @throws HydraException if the relay cannot be reached, has another key, or does not accept
     *     the credential
     */
    public HydraAdmin connect() {
      ClientOptions options = options();
      return new HydraAdmin(RelayConnection.open(options, hash -> join(options)), timeout);
    }

    /** Without the credential's fields: they are added for every role. */
    private static JoinMessage join(ClientOptions options) {
      return JoinMessage.of(Role.ADMIN, options.session());
    }
  }
}
