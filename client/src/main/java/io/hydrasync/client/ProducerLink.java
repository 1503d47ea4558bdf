package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.wire.Control;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.OwnerProof;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A producer's connections to its relay, one after the other, and the frames that may have to be sent
 * again over the next ({@code wire2.md} section 6, "Producer").
 *
 * <p>Threads: each connection has a reader, which reads control frames and never writes; when its
 * connection ends it makes the next one. {@code lock} covers the epoch, the ring and all writing, so that
 * what is sent again and what is new cannot interleave. It is never held while waiting for anything but
 * the socket, and the reader does not take it while it reads, so acknowledgments and errors are heard
 * whatever a writer waits for.
 */
final class ProducerLink {
  private static final long MAX_AHEAD_MS = TimeUnit.HOURS.toMillis(24);
  private static final long FOREVER = Long.MAX_VALUE;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ClientOptions options;
  private final Session session;
  private final Overflow overflow;
  private final RetryPolicy retries;
  private final Consumer<ProducerState> listener;
  private final ProducerStatus status = new ProducerStatus();
  private final ReentrantLock lock = new ReentrantLock();
  private final FrameRing ring;
  private volatile RelayConnection connection;
  private volatile Current current;
  private byte[] resumeToken = new byte[Control.RESUME_LENGTH];
  private boolean mayResume = true;
  private long pings;

  /**
   * The epoch that frames are sealed in.
   *
   * @param sealer its keys and its sequence
   * @param epoch its number
   * @param stream the stream that it belongs to
   * @param digest the name of its HEAD in ACK
   */
  private record Current(FrameSealer sealer, long epoch, long stream, byte[] digest) {}

  ProducerLink(
      ClientOptions options,
      Session session,
      Overflow overflow,
      long ringBytes,
      Duration reconnectTimeout,
      Consumer<ProducerState> listener) {
    this.options = options;
    this.session = session;
    this.overflow = overflow;
    this.listener = listener;
    retries = new RetryPolicy(reconnectTimeout);
    ring = new FrameRing(ringBytes);
    connection = RelayConnection.open(options, hash -> join(hash, null), new byte[0]);
    try {
      current = newEpoch(connection.joined().id(), 0, 0);
      connection.write(current.sealer.head(), 0, current.sealer.head().length);
    } catch (IOException e) {
      connection.close();
      throw disconnected(e.getMessage(), e);
    } catch (HydraException e) {
      connection.close();
      throw e;
    }
    resumeToken = connection.joined().resume();
    status.connected();
    startReader(connection);
  }

  // ---- what the producer asks ----

  ProducerStatus status() {
    return status;
  }

  RelayConnection connection() {
    return connection;
  }

  /** Sequence of the next frame. */
  long next() {
    return current.sealer.next();
  }

  /**
   * Seals a frame and sends it. Blocks while there is no connection or the ring is full of unacknowledged
   * frames. One caller at a time.
   *
   * @throws HydraException if there will be no connection any more
   */
  void send(int type, byte[] plaintext, int offset, int length) {
    while (!trySend(type, plaintext, offset, length)) {
      long seen = status.acknowledged();
      await(() -> !status.isConnected() || status.acknowledged() != seen);
      await(status::isConnected);
    }
    if (!status.isConnected()) {
      await(status::isConnected); // the frame is in the ring and goes out with the next connection
    }
  }

  /**
   * As {@link #send}, but gives up instead of waiting for a connection or for acknowledgments.
   *
   * @return false if nothing was done
   */
  boolean trySend(int type, byte[] plaintext, int offset, int length) {
    HydraException problem = status.failure();
    if (problem != null) {
      throw problem;
    }
    lock.lock();
    try {
      long acknowledged = status.acknowledged();
      int frameBytes = length + Frames.OVERHEAD;
      if (!status.isConnected() || !ring.makeRoom(frameBytes, acknowledged)) {
        return false;
      }
      FrameRing.Chunk chunk = ring.seal(current.sealer, type, plaintext, offset, length);
      write(chunk.data, chunk.length() - frameBytes, frameBytes);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void write(byte[] bytes, int offset, int length) {
    try {
      connection.write(bytes, offset, length);
    } catch (IOException e) {
      status.disconnected();
      connection.close(); // its reader notices and makes the next one
    }
  }

  /** PING, if nobody is writing and nothing is unacknowledged, so that this write does not block. */
  void ping() {
    if (isQuiet() && lock.tryLock()) {
      try {
        connection.write(new Control.Ping(++pings));
      } catch (IOException e) {
        connection.close();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Whether the relay has everything, and so is reading. */
  boolean isQuiet() {
    return status.isConnected() && status.acknowledged() == next();
  }

  /** Waits until everything is in the relay's log. */
  void awaitAcknowledged() {
    await(() -> status.acknowledged() == next());
  }

  private void await(BooleanSupplier condition) {
    try {
      status.await(condition, FOREVER);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectionException(
          ErrorCode.DISCONNECTED, "interrupted while waiting for the relay", e);
    }
  }

  /** Says that the session is over; everything has been acknowledged. */
  void bye() {
    status.closing();
    lock.lock();
    try {
      connection.write(new Control.Bye());
      connection.finishOutput();
    } catch (IOException e) {
      connection.close(); // the end is in the relay's log: without BYE the session merely lingers
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the relay has closed the connection, so that it is spared a reset. */
  void awaitFin(long nanos) {
    try {
      status.await(() -> !status.isConnected(), nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void close() {
    status.closing();
    connection.close();
    lock.lock();
    try {
      current.sealer.destroy();
    } finally {
      lock.unlock();
    }
  }

  // ---- joining ----

  private Control.Join join(byte[] handshakeHash, @Nullable Current resumed) {
    boolean at = resumed != null;
    return new Control.Join(
        Role.PRODUCER.wireCode(),
        0,
        at ? Control.START_AT : Control.START_LIVE,
        overflow.wireCode(),
        session.id().toBytes(),
        at ? resumed.epoch : 0,
        at ? status.acknowledged() : 0,
        resumeToken,
        session
            .owner()
            .map(key -> OwnerProof.sign(key, handshakeHash, session.id()))
            .orElse(new byte[OwnerProof.LENGTH]),
        new byte[8],
        new byte[32]);
  }

  /** An epoch above all that the relay knows; of a new stream if {@code stream} is 0. */
  private Current newEpoch(long relayEpoch, long stream, long first) {
    long now = System.currentTimeMillis();
    if (relayEpoch > now + MAX_AHEAD_MS) {
      throw new AuthenticationException(
          ErrorCode.STALE_EPOCH,
          "the relay knows an epoch of this session from more than 24 hours in the future;"
              + " check this machine's clock");
    }
    long own = stream == 0 ? 0 : current.epoch;
    long epoch = Math.max(now, Math.max(own, relayEpoch) + 1);
    byte[] salt = new byte[Head.SALT_LENGTH];
    RANDOM.nextBytes(salt);
    long name = stream == 0 ? epoch : stream;
    FrameSealer sealer =
        FrameSealer.open(
            session.id(), session.key(), session.owner(), epoch, name, first, 0, salt);
    byte[] digest = Head.parse(sealer.head(), session.id()).digest();
    return new Current(sealer, epoch, name, digest);
  }

  // ---- the next connection ----

  /** On the reader's thread, whose connection has ended. */
  private void reconnect(HydraException first) {
    status.disconnected();
    HydraException problem = first;
    boolean told = false;
    while (!status.isClosing() && status.failure() == null) {
      RetryPolicy.Decision decision = retries.after(problem, status.acknowledged());
      if (!decision.retry()) {
        fail(decision.outOfTime() ? gaveUp(problem) : problem);
        return;
      }
      if (!told) {
        listener.accept(ProducerState.RECONNECTING);
        told = true;
      }
      try {
        status.pause(decision.waitNanos());
        connectAgain();
        return;
      } catch (HydraException e) {
        problem = e;
      } catch (InterruptedException e) {
        fail(disconnected("interrupted", e));
        return;
      }
    }
    status.failed(first);
  }

  private void fail(HydraException problem) {
    status.failed(problem);
    if (!status.isClosing()) {
      listener.accept(ProducerState.FAILED);
    }
  }

  private ConnectionException gaveUp(HydraException last) {
    return new ConnectionException(
        ErrorCode.DISCONNECTED, retries.describe() + ": " + last.getMessage(), last);
  }

  private void connectAgain() {
    if (status.isClosing()) {
      return;
    }
    Current last = mayResume ? current : null;
    RelayConnection fresh =
        RelayConnection.open(options, hash -> join(hash, last), connection.frames().buffer());
    ProducerState state;
    lock.lock();
    try {
      connection = fresh;
      if (status.isClosing()) {
        fresh.close();
      }
      resumeToken = fresh.joined().resume();
      startReader(fresh);
      state = goOn(fresh.joined());
      status.connected();
    } catch (IOException e) {
      fresh.close(); // its reader makes the next one
      return;
    } catch (HydraException e) {
      fail(e);
      fresh.close();
      return;
    } finally {
      lock.unlock();
    }
    listener.accept(state);
  }

  /** Sends again what the relay does not have. */
  private ProducerState goOn(Control.Joined joined) throws IOException {
    boolean resumed = (joined.flags() & Control.FLAG_RESUMED) != 0;
    if (resumed && joined.id() == current.epoch && isInRing(joined.seq())) {
      mayResume = true;
      status.acknowledged(joined.seq());
      sendRing(joined.seq());
      return ProducerState.CONNECTED;
    }
    if (resumed) {
      mayResume = false; // it claims what cannot be: next time a new epoch
      throw new IOException("the relay resumes at a place that this producer does not have");
    }
    mayResume = true;
    if (joined.id() > current.epoch) {
      ring.takeAll();
      status.acknowledged(0);
      current = newEpoch(joined.id(), 0, 0);
      sendHead();
      return ProducerState.SUPERSEDED;
    }
    startOver(joined.id());
    return ProducerState.CONNECTED;
  }

  private boolean isInRing(long seq) {
    return seq == next() || (!ring.isEmpty() && seq >= ring.first() && seq < next());
  }

  private void sendHead() throws IOException {
    connection.write(current.sealer.head(), 0, current.sealer.head().length);
  }

  /**
   * The relay has lost the epoch: another one of the same stream, with every frame of the ring sealed anew
   * under its old sequence.
   */
  private void startOver(long relayEpoch) throws IOException {
    long first = ring.isEmpty() ? next() : ring.first();
    FrameSealer old = current.sealer;
    var kept = ring.takeAll();
    current = newEpoch(relayEpoch, current.stream, first);
    status.acknowledged(first);
    byte[] plaintext = new byte[0];
    for (FrameRing.Chunk chunk = kept.poll(); chunk != null; chunk = kept.poll()) {
      for (int at = 0; at < chunk.length(); at += chunk.frameLength(at)) {
        int frameBytes = chunk.frameLength(at);
        int length = frameBytes - Frames.OVERHEAD;
        if (plaintext.length < length) {
          plaintext = new byte[length];
        }
        chunk.epoch().reopen(chunk.data, at, frameBytes, plaintext);
        int type = chunk.data[at + Frames.TYPE_OFFSET] & 0xFF;
        ring.seal(current.sealer, type, plaintext, 0, length);
      }
    }
    Arrays.fill(plaintext, (byte) 0);
    old.destroy();
    sendHead();
    sendRing(first);
  }

  private void sendRing(long from) throws IOException {
    for (var chunks = ring.iterator(); chunks.hasNext(); ) {
      FrameRing.Chunk chunk = chunks.next();
      if (chunk.next() > from) {
        int at = chunk.offsetOf(Math.max(from, chunk.first()));
        connection.write(chunk.data, at, chunk.length() - at);
      }
    }
  }

  // ---- what the relay says ----

  private void startReader(RelayConnection of) {
    ClientTimer.daemon("hydra-producer").newThread(() -> read(of)).start();
  }

  private void read(RelayConnection from) {
    HydraException end;
    try {
      while (from.nextFrame(RelayConnection.LIVENESS_MS)) {
        retries.heard();
        if (from.frames().type() != Frames.SEALED) {
          throw from.corrupt("a relayed frame to a producer");
        }
        for (Control message = from.openRecord(); message != null; message = from.nextMessage()) {
          handle(from, message);
        }
      }
      end = disconnected("the relay closed the connection", null);
    } catch (SocketTimeoutException e) {
      end = disconnected("the relay has fallen silent", e);
    } catch (IOException e) {
      end = disconnected(e.getMessage(), e);
    } catch (HydraException e) {
      end = e;
    }
    from.close(); // a write that is stuck ends with this
    reconnect(end);
  }

  private ConnectionException disconnected(@Nullable String what, @Nullable Throwable cause) {
    String message = "the connection to the relay at " + connection.where() + " is lost: " + what;
    return cause == null
        ? new ConnectionException(ErrorCode.DISCONNECTED, message)
        : new ConnectionException(ErrorCode.DISCONNECTED, message, cause);
  }

  private void handle(RelayConnection from, Control message) {
    if (message instanceof Control.Ack ack) {
      acknowledged(from, ack);
    } else if (!(message instanceof Control.Pong || message instanceof Control.Ignorable)) {
      throw from.corrupt(
          "a control message of type 0x" + Integer.toHexString(message.type()) + " to a producer");
    }
  }

  private void acknowledged(RelayConnection from, Control.Ack ack) {
    Current now = current;
    status.consumers(ack.consumers());
    if (ack.epoch() != now.epoch) {
      return; // of another epoch: only the count counts
    }
    if (!Arrays.equals(ack.head(), now.digest) || ack.next() > now.sealer.next()) {
      mayResume = false;
      throw from.corrupt("an acknowledgment of what was never sent");
    }
    if (ack.next() > status.acknowledged()) {
      retries.progressed();
      status.acknowledged(ack.next());
    }
  }
}
