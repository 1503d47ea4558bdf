package io.hydrasync.client;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.wire.Control;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.OwnerProof;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A producer's connections to its relay, one after the other, and the frames that may have to be
 * sent again over the next ({@code wire2.md} section 6, "Producer").
 *
 * <p>Threads: each connection has a reader, which reads control frames and never writes; when its
 * connection ends it makes the next one. {@code lock} covers the epoch, the ring and all writing,
 * so that what is sent again and what is new cannot interleave. It is never held while waiting for
 * anything but the socket, and the reader does not take it while it reads, so acknowledgments and
 * errors are heard whatever a writer waits for.
 */
final class ProducerLink {
  private static final long FOREVER = Long.MAX_VALUE;
  private static final int SOCKET_SHARE = 4;

  private final ClientOptions options;
  private final Terms terms;
  private final Session session;
  private final RetryPolicy retries;
  private final ProducerEpoch.Opener epochs;
  private final ProducerStatus status = new ProducerStatus();
  private final ReentrantLock lock = new ReentrantLock();
  private final FrameRing ring;
  private volatile RelayConnection connection;
  private volatile ProducerEpoch current;
  private volatile byte[] resumeToken = new byte[Control.RESUME_LENGTH];
  private volatile boolean mayResume = true;
  private long pings;
  private volatile long unacknowledgedSeen;
  private volatile boolean lookWanted;

  /**
   * What a producer asks for.
   *
   * @param session id, key and owner
   * @param overflow the session's policy
   * @param ringBytes how much is kept to be sent again
   * @param reconnectTimeout how long to try to get a connection back
   * @param lastEpochFile where the number of the last epoch is kept
   * @param listener hears of lost and regained connections
   * @param unreadListener hears of frames that nobody took
   */
  record Terms(
      Session session,
      Overflow overflow,
      long ringBytes,
      Duration reconnectTimeout,
      Optional<Path> lastEpochFile,
      Consumer<ProducerState> listener,
      Consumer<Unread> unreadListener) {}

  ProducerLink(ClientOptions options, Terms terms) {
    this.options = options;
    this.terms = terms;
    session = terms.session;
    retries = new RetryPolicy(terms.reconnectTimeout, System::nanoTime);
    epochs =
        new ProducerEpoch.Opener(
            session, new LastEpoch(terms.lastEpochFile), System::currentTimeMillis);
    ring = new FrameRing(terms.ringBytes);
    connection = RelayConnection.open(options, hash -> join(hash, null), new byte[0]);
    try {
      current = epochs.newStream(connection.joined().id());
      sendHead();
    } catch (IOException e) {
      connection.close();
      throw connection.lost(e.getMessage(), e);
    } catch (RuntimeException e) {
      connection.close();
      throw e;
    }
    resumeToken = connection.joined().resume();
    status.connected(connection::isClosed);
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
    return current.sealer().next();
  }

  /** The stream's name. */
  long stream() {
    return current.stream();
  }

  /**
   * Seals a frame and sends it. Blocks while the ring is full of unacknowledged frames, and while
   * there is no connection. One caller at a time.
   *
   * @param blocks whether to wait for a connection, too
   * @throws HydraException if there will be no connection any more, or there is none and {@code
   *     blocks} is false: nothing is sent
   */
  void send(int type, byte[] plaintext, int offset, int length, boolean blocks) {
    while (true) {
      // Taken first: a change between the attempt and the waiting must end the waiting.
      long seen = status.changes();
      if (trySend(type, plaintext, offset, length)) {
        break;
      }
      if (!blocks) {
        checkConnected();
      }
      await(() -> status.changes() != seen);
    }
    if (blocks && !status.isConnected()) {
      await(status::isConnected); // the frame is in the ring and goes out with the next connection
    }
  }

  /** Throws if there is no connection. */
  void checkConnected() {
    HydraException problem = status.failure();
    if (problem != null) {
      throw problem;
    }
    if (!status.isConnected()) {
      throw new ConnectionException(
          ErrorCode.DISCONNECTED,
          "no connection to the relay at "
              + connection.where()
              + " at present; nothing was sent, and it is being made anew");
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
      int frameBytes = length + Frames.OVERHEAD;
      if (!status.isConnected() || !ring.makeRoom(frameBytes, status.acknowledged())) {
        return false;
      }
      FrameRing.Chunk chunk = ring.seal(current.sealer(), type, plaintext, offset, length);
      if (lookWanted) {
        lookAtUnacknowledged();
      }
      write(chunk.data, chunk.length() - frameBytes, frameBytes);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whether frames of this many bytes could be sent without waiting for anything: there is a
   * connection, and they fit, with all that the relay has not acknowledged, into a quarter of the
   * socket's send buffer. A quarter, because the operating system counts its own overhead, too,
   * which for small writes is larger than what they carry.
   */
  boolean hasRoomNow(long frameBytes) {
    if (!status.isConnected() || !lock.tryLock()) {
      return false;
    }
    try {
      long waiting = ring.unacknowledgedBytes(status.acknowledged());
      return waiting + frameBytes <= connection.sendBufferBytes() / SOCKET_SHARE
          && ring.makeRoom((int) Math.min(Integer.MAX_VALUE, frameBytes), status.acknowledged());
    } catch (IOException e) {
      return false; // closed at this moment
    } finally {
      lock.unlock();
    }
  }

  /**
   * What is sent and not acknowledged. While somebody is writing it is what was so at the last
   * look, and the writer looks again with its next frame, before it can block.
   */
  long unacknowledgedBytes() {
    if (lock.tryLock()) {
      try {
        lookAtUnacknowledged();
      } finally {
        lock.unlock();
      }
    } else {
      lookWanted = true;
    }
    return unacknowledgedSeen;
  }

  private void lookAtUnacknowledged() {
    unacknowledgedSeen = ring.unacknowledgedBytes(status.acknowledged());
    lookWanted = false;
  }

  private void write(byte[] bytes, int offset, int length) {
    try {
      connection.write(bytes, offset, length);
    } catch (IOException e) {
      connection.close(); // its reader notices and makes the next one
      status.disconnected();
    }
  }

  /**
   * PING, if nobody is writing and nothing is unacknowledged, so that this write does not block.
   */
  void ping() {
    if (isQuiet() && lock.tryLock()) {
      try {
        if (!connection.isClosed()) {
          connection.write(new Control.Ping(++pings));
        }
      } catch (IOException e) {
        connection.close();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Whether the relay has everything, and so is reading. */
  boolean isQuiet() {
    // connected: while frames are sealed anew, the numbers of another epoch are compared
    return status.isConnected() && status.acknowledged() == next();
  }

  /** Waits until everything is in the relay's log. */
  void awaitAcknowledged() {
    await(this::isQuiet);
  }

  private void await(BooleanSupplier condition) {
    await(condition, FOREVER);
  }

  /** Waits; false if the time ran out. */
  boolean await(BooleanSupplier condition, long nanos) {
    try {
      return status.await(condition, nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectionException(
          ErrorCode.DISCONNECTED, "interrupted while waiting for the relay", e);
    }
  }

  /** Says that the session is over; everything has been acknowledged. */
  void bye() {
    finishOutput(true);
  }

  /** FIN without BYE: the session lingers; everything has been acknowledged. */
  void finishOutput() {
    finishOutput(false);
  }

  private void finishOutput(boolean sessionOver) {
    status.closing();
    lock.lock();
    try {
      if (!connection.isClosed()) {
        if (sessionOver) {
          connection.write(new Control.Bye());
        }
        connection.finishOutput();
      }
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
      current.sealer().destroy();
    } finally {
      lock.unlock();
    }
  }

  // ---- joining ----

  private Control.Join join(byte[] handshakeHash, @Nullable ProducerEpoch resumed) {
    boolean at = resumed != null;
    return new Control.Join(
        Role.PRODUCER.wireCode(),
        0,
        at ? Control.START_AT : Control.START_LIVE,
        terms.overflow.wireCode(),
        session.id().toBytes(),
        at ? resumed.epoch() : 0,
        at ? status.acknowledged() : 0,
        resumeToken,
        session
            .owner()
            .map(key -> OwnerProof.sign(key, handshakeHash, session.id()))
            .orElse(new byte[OwnerProof.LENGTH]),
        new byte[8],
        new byte[32]);
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
        tell(ProducerState.RECONNECTING);
        told = true;
      }
      try {
        status.pause(decision.waitNanos());
        connectAgain();
        return;
      } catch (HydraException e) {
        problem = e;
      } catch (InterruptedException e) {
        fail(connection.lost("interrupted", e));
        return;
      } catch (RuntimeException e) {
        // such as a file that cannot be written: nobody else would tell those who wait
        fail(connection.lost(e.getMessage(), e));
        return;
      }
    }
    status.failed(first);
  }

  private void fail(HydraException problem) {
    status.failed(problem);
    if (!status.isClosing()) {
      tell(ProducerState.FAILED);
    }
  }

  private void tell(ProducerState state) {
    try {
      terms.listener.accept(state);
    } catch (RuntimeException e) {
      // the application's; a listener that fails must not end the reconnecting
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
    ProducerEpoch last = mayResume ? current : null;
    RelayConnection fresh =
        RelayConnection.open(options, hash -> join(hash, last), connection.frames().buffer());
    ProducerState state;
    lock.lock();
    try {
      connection = fresh;
      if (status.isClosing()) {
        fresh.close();
        fresh.destroyWriter();
        return;
      }
      resumeToken = fresh.joined().resume();
      startReader(fresh);
      state = goOn(fresh.joined());
      status.connected(fresh::isClosed);
    } catch (IOException e) {
      fresh.close(); // its reader makes the next one
      return;
    } catch (RuntimeException e) {
      fresh.close();
      fail(e instanceof HydraException known ? known : connection.lost(e.getMessage(), e));
      return;
    } finally {
      lock.unlock();
    }
    tell(state);
  }

  /** Sends again what the relay does not have. */
  private ProducerState goOn(Control.Joined joined) throws IOException {
    boolean resumed = (joined.flags() & Control.FLAG_RESUMED) != 0;
    if (resumed && joined.id() == current.epoch() && isInRing(joined.seq())) {
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
    if (joined.id() > current.epoch()) {
      ring.clear();
      FrameSealer old = current.sealer();
      current = epochs.newStream(joined.id());
      status.acknowledged(0);
      old.destroy();
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
    connection.write(current.sealer().head(), 0, current.sealer().head().length);
  }

  /**
   * The relay has lost the epoch: another one of the same stream, with every frame of the ring
   * sealed anew under its old sequence.
   */
  private void startOver(long relayEpoch) throws IOException {
    long first = ring.isEmpty() ? next() : ring.first();
    FrameSealer old = current.sealer();
    current = epochs.continuing(relayEpoch, current.stream(), first);
    status.acknowledged(first);
    ring.reseal(current.sealer());
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
    ProducerReader reader = new ProducerReader(from, () -> current, status, retries);
    final HydraException end = reader.read();
    if (reader.wasLiedTo()) {
      mayResume = false;
    }
    from.close(); // a write that is stuck ends with this
    from.destroyReader();
    lock.lock();
    try {
      from.destroyWriter();
    } finally {
      lock.unlock();
    }
    reconnect(end);
  }
}
