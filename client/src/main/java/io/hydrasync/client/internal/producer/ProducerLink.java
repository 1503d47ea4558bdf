package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.RelayConnection;
import io.hydrasync.client.internal.stream.FrameRing;
import io.hydrasync.client.internal.stream.HeapShare;
import io.hydrasync.client.internal.stream.ProducerStream;
import io.hydrasync.client.internal.threads.ClientTimer;
import io.hydrasync.client.internal.threads.OwnedLock;
import io.hydrasync.client.internal.threads.Patience;
import io.hydrasync.client.internal.threads.StuckWrites;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The frames of a producer on their way to its relay, and those that may have to be sent again over
 * the next connection ({@code wire2.md} section 6, "Producer").
 *
 * <p>A frame is <em>taken</em> once it is in the ring. Whatever goes wrong before that is thrown,
 * and the frame does not exist; whatever goes wrong after it is not thrown by the call that brought
 * the frame, since it goes out with the next connection.
 *
 * <p>Threads: {@code lock} covers the epoch, the ring and all writing, so that what is sent again
 * and what is new cannot interleave. It is never held while waiting for anything but the socket,
 * and whoever reads does not take it while it reads, so acknowledgments and errors are heard
 * whatever a writer waits for. {@link ProducerConnections} has the reading threads.
 */
public final class ProducerLink {
  private static final long FOREVER = Long.MAX_VALUE;
  private static final long DESTROY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int SOCKET_SHARE = 4;

  /** From here on a lack of memory says something of the message, not of the JVM. */
  private static final int LARGE = 1 << 20;

  private final ProducerStatus status = new ProducerStatus();
  private final OwnedLock lock = new OwnedLock();
  private final ProducerConnections connections;
  private final ProducerStream stream;
  private final StuckWrites stuckWrites;
  private volatile RelayConnection connection;
  private long pings;
  private volatile long unacknowledgedSeen;
  private volatile boolean lookWanted;

  /**
   * What a producer asks for.
   *
   * @param session id, key and owner
   * @param overflow the session's policy
   * @param ringBytes how much is kept to be sent again
   * @param reconnectTimeout how long to be without a joined connection
   * @param nanos the clock for that, and of TICKs and PINGs
   * @param lastEpochFile where the number of the last epoch is kept
   * @param listener hears of lost and regained connections
   * @param unreadListener hears of frames that nobody took
   */
  public record Terms(
      SessionSecrets session,
      Overflow overflow,
      long ringBytes,
      Duration reconnectTimeout,
      LongSupplier nanos,
      Optional<Path> lastEpochFile,
      LinkListener listener,
      Consumer<UnreadMessage> unreadListener) {}

  /** Connects, joins and opens the stream; if that fails, nothing stays open. */
  public ProducerLink(ClientOptions options, Terms terms) {
    connections = new ProducerConnections(options, terms, this);
    connection = connections.first();
    try {
      stream = new ProducerStream(connections.epochs(), terms.ringBytes, connection.joined().id());
      connection.write(stream.head(), 0, stream.head().length);
      status.connected(connection::isClosed);
      connections.startReader(connection);
      stuckWrites = new StuckWrites(lock, this::next, this::cut);
    } catch (IOException e) {
      cut();
      throw connection.lost(e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      status.closing();
      cut();
      throw e;
    }
  }

  // ---- what the producer asks ----

  ProducerStatus status() {
    return status;
  }

  RelayConnection connection() {
    return connection;
  }

  ProducerStream stream() {
    return stream;
  }

  /** Sequence of the next frame. */
  public long next() {
    return stream.next();
  }

  /** The newest that the relay has said of frames that nobody took. */
  UnreadNews unread() {
    return connections.unread();
  }

  /**
   * Seals a frame and sends it. Blocks while the ring is full of unacknowledged frames, and while
   * there is no connection. One caller at a time.
   *
   * @param blocks whether to wait for a connection, too
   * @throws InterruptedOperationException if the thread is interrupted where it has to wait
   * @throws ClosedException if the producer is closed meanwhile
   * @throws HydraException if there will be no connection any more, or there is none and {@code
   *     blocks} is false; whatever is thrown, the frame has not been taken
   */
  public void send(int type, byte[] plaintext, int offset, int length, boolean blocks) {
    while (true) {
      // Taken first: a change between the attempt and the waiting must end the waiting.
      long seen = status.changes();
      checkNotFailed();
      lockForSending();
      try {
        if (take(type, plaintext, offset, length)) {
          return;
        }
      } finally {
        lock.unlock();
      }
      if (!blocks) {
        checkConnected();
      }
      await(() -> status.changes() != seen);
    }
  }

  /**
   * As {@link #send}, for who closes the producer: an interrupt does not shorten it.
   *
   * @throws ClosedException if it is given up
   */
  void sendToTheEnd(int type, byte[] plaintext, int offset, int length) {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted(); // it would close the socket of a virtual thread
        long seen = status.changes();
        if (status.isClosing()) {
          throw ProducerStatus.closed();
        }
        checkNotFailed();
        lock.lock();
        try {
          if (take(type, plaintext, offset, length)) {
            return;
          }
        } finally {
          lock.unlock();
        }
        status.awaitToTheEnd(() -> status.changes() != seen, FOREVER);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * As {@link #send}, but gives up instead of waiting for another thread, for a connection or for
   * acknowledgments.
   *
   * @return false if the frame was not taken
   */
  boolean sendNow(int type, byte[] plaintext, int offset, int length) {
    checkNotFailed();
    if (!lock.tryLock()) {
      return false;
    }
    try {
      return take(type, plaintext, offset, length);
    } finally {
      lock.unlock();
    }
  }

  /**
   * As {@link #sendNow}, for who gives the producer up: it waits for a thread that looks at the
   * ring, and for the socket.
   *
   * @return false if the frame was not taken, because there is no connection or no room
   */
  boolean sendLast(int type, byte[] plaintext, int offset, int length) {
    lock.lock();
    try {
      checkNotFailed();
      return take(type, plaintext, offset, length);
    } finally {
      lock.unlock();
    }
  }

  private void lockForSending() {
    if (!lock.tryLock()) { // which does not look at the flag: nothing has to be waited for
      try {
        lock.lockInterruptibly();
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  /** The sticking failure, if there is one. */
  private void checkNotFailed() {
    HydraException problem = status.failure();
    if (problem != null) {
      throw problem;
    }
  }

  /** Throws if there is no connection. */
  void checkConnected() {
    checkNotFailed();
    if (!status.isConnected()) {
      throw new ConnectionException(
          ErrorCode.DISCONNECTED,
          "no connection to the relay at "
              + connection.where()
              + " at present; nothing was sent, and it is being made anew");
    }
  }

  /**
   * Takes a frame into the ring and writes it, if there are a connection and room. From the moment
   * when it is in the ring nothing is thrown.
   */
  private boolean take(int type, byte[] plaintext, int offset, int length) {
    int frameBytes = length + Frames.OVERHEAD;
    if (!status.isConnected() || !makeRoom(frameBytes)) {
      return false;
    }
    if (lookWanted) {
      lookAtUnacknowledged();
      unacknowledgedSeen += frameBytes;
    }
    long seq = stream.next();
    FrameRing.Chunk chunk;
    try {
      chunk = stream.seal(type, plaintext, offset, length);
    } catch (RuntimeException | Error e) {
      if (stream.next() != seq) {
        broken(e); // the number is used up, and there is no frame for it
        checkNotFailed();
        throw e;
      }
      if (e instanceof OutOfMemoryError none && length >= LARGE) {
        throw HeapShare.OF_THIS_JVM.tooBig("a message", length, none);
      }
      throw e;
    }
    write(chunk.data, chunk.length() - frameBytes, frameBytes);
    return true;
  }

  private boolean makeRoom(int frameBytes) {
    return stream.makeRoom(frameBytes, status.acknowledged());
  }

  private void write(byte[] bytes, int offset, int length) {
    try {
      connection.write(bytes, offset, length);
    } catch (IOException | RuntimeException | Error e) {
      // Whatever it was, the frame is taken, and part of it may be on its way: this connection is
      // of no use any more. Its reader notices and makes the next one.
      try {
        cut();
        status.disconnected();
      } catch (RuntimeException | Error worse) {
        broken(worse);
      }
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
      return stream.unacknowledgedBytes(status.acknowledged()) + frameBytes
              <= connection.sendBufferBytes() / SOCKET_SHARE
          && makeRoom((int) Math.min(Integer.MAX_VALUE, frameBytes));
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
    unacknowledgedSeen = stream.unacknowledgedBytes(status.acknowledged());
    lookWanted = false;
  }

  /**
   * PING, if nobody is writing and nothing is unacknowledged, so that this write does not block.
   */
  void ping() {
    if (isQuiet() && lock.tryLock()) {
      try {
        if (!connection.isClosed()) {
          connection.write(new PingMessage(++pings));
        }
      } catch (IOException e) {
        cut();
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

  // ---- waiting ----

  /** Waits until there is a connection over which everything has been sent again. */
  void awaitConnected() {
    await(status::isConnected);
  }

  private void await(BooleanSupplier condition) {
    try {
      status.await(condition, FOREVER);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private InterruptedOperationException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new InterruptedOperationException(
        "interrupted while waiting for the relay at " + connection.where(), e);
  }

  /** Waits until everything is in the relay's log; for who closes the producer. */
  void awaitAcknowledged() {
    status.awaitToTheEnd(this::isQuiet, FOREVER);
  }

  // ---- the end ----

  /** Closing is up to this thread: an interrupt does not free it from a write. */
  void endsHere() {
    stuckWrites.exemptThisThread();
  }

  /** Says that the session is over; everything has been acknowledged, or is given up. */
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
          connection.write(new ByeMessage());
        }
        connection.finishOutput();
      }
    } catch (IOException e) {
      cut(); // without BYE the session merely lingers
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the relay has closed the connection, so that it is spared a reset. */
  void awaitFin(long nanos) {
    status.awaitDisconnected(nanos);
  }

  /** Closes the connection, which frees whoever is stuck in it. Never blocks; from any thread. */
  void cut() {
    connection.close();
  }

  /**
   * Something has happened that must not happen: all calls fail from now on. From any thread, which
   * may end with it.
   */
  void broken(Throwable what) {
    HydraException why;
    try {
      why =
          what instanceof HydraException known
              ? known
              : connection.lost(String.valueOf(what), what);
    } catch (Throwable e) { // as when there is no memory left
      why = ProducerConnections.LAST_RESORT;
    }
    status.failed(why);
    try {
      cut();
    } catch (RuntimeException | Error e) {
      // all who wait have been told; the relay finds out by itself
    }
  }

  /** Closes and zeroes. Returns soon, whatever another thread does meanwhile. */
  public void close() {
    status.closing();
    stuckWrites.stop();
    cut();
    connections.giveUp();
    connections.unread().stop();
    if (!Patience.await(DESTROY_NANOS, nanos -> lock.tryLock(nanos, TimeUnit.NANOSECONDS))) {
      // such as a file that cannot be written at present
      ClientTimer.daemon("hydra-producer-end").newThread(this::destroyLater).start();
      return;
    }
    try {
      destroy();
    } finally {
      lock.unlock();
    }
  }

  private void destroyLater() {
    lock.lock();
    try {
      destroy();
    } finally {
      lock.unlock();
    }
  }

  private void destroy() {
    lookAtUnacknowledged(); // it stays known
    stream.destroy();
  }

  // ---- the next connection ----

  /**
   * Goes on over another connection: sends again what the relay does not have.
   *
   * @return what has become of the stream, or null if this connection is not needed or has broken
   *     meanwhile
   */
  ProducerStream.@Nullable Outcome adopt(RelayConnection fresh) {
    lock.lock();
    try {
      connection = fresh;
      if (status.isClosing() || status.failure() != null) {
        fresh.close();
        fresh.destroyReader();
        fresh.destroyWriter();
        return null;
      }
      connections.goOn(fresh);
      return goOn(fresh);
    } catch (RuntimeException | Error e) {
      broken(e); // before anybody goes on with a ring that may be half sealed anew
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private ProducerStream.@Nullable Outcome goOn(RelayConnection fresh) {
    ProducerStream.Continuation what = stream.goOn(fresh.joined(), status.acknowledged());
    if (what.outcome() == ProducerStream.Outcome.REFUSED) {
      fresh.close(); // its reader makes the next one
      return null;
    }
    status.acknowledged(what.acknowledged());
    try {
      send(what, fresh);
    } catch (IOException e) {
      fresh.close(); // its reader makes the next one
      return null;
    }
    status.connected(fresh::isClosed);
    return what.outcome();
  }

  private void send(ProducerStream.Continuation what, RelayConnection to) throws IOException {
    if (what.opensEpoch()) {
      to.write(stream.head(), 0, stream.head().length);
    }
    stream.framesFrom(what.acknowledged(), to::write);
  }

  /** Zeroes what wrote to a connection that has ended. */
  void writesNoMoreTo(RelayConnection ended) {
    lock.lock();
    try {
      ended.destroyWriter();
    } finally {
      lock.unlock();
    }
  }
}
