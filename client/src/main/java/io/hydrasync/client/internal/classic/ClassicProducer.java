package io.hydrasync.client.internal.classic;

import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.RelaySocket;
import io.hydrasync.client.internal.producer.BufferBytes;
import io.hydrasync.client.internal.producer.ProducerStatus;
import io.hydrasync.client.internal.producer.ProducerWire;
import io.hydrasync.client.internal.threads.ClientTimer;
import io.hydrasync.client.internal.threads.OwnedLock;
import io.hydrasync.client.internal.threads.Patience;
import io.hydrasync.client.internal.threads.StuckWrites;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.protocol.classic.ClassicRole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A producer on the classic wire: who may send, and how it ends; {@link ClassicOutbox} makes and
 * writes the frames. Nothing is acknowledged and nothing is sent again. Thread-safe.
 */
public final class ClassicProducer implements ProducerWire {
  private static final long FIN_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** With FIN, or a reset where it had not read all, which is seen in reading or in writing. */
  private static final String REFUSAL =
      "Classic relays refuse a producer in that way: for its version, because the session has one"
          + " already, or because no consumer is there";

  private final OwnedLock lock = new OwnedLock();
  private final ClassicConnection connection;
  private final ClassicOutbox outbox;
  private final BufferBytes buffers = new BufferBytes();
  private final StuckWrites stuckWrites;
  private final CountDownLatch relayGone = new CountDownLatch(1);
  private boolean closed;
  private volatile boolean ending;
  private volatile boolean finishing;
  private volatile @Nullable HydraException failure;

  public ClassicProducer(
      ClientOptions options,
      String version,
      SessionKey sessionKey,
      Duration linger,
      boolean coalesce) {
    connection = ClassicConnection.open(options, ClassicRole.PRODUCER, version);
    try {
      outbox =
          new ClassicOutbox(
              connection,
              sessionKey,
              linger,
              coalesce,
              this::flushIfDue,
              this::checkOpen,
              this::broken);
      ClientTimer.daemon("hydra-producer").newThread(this::watch).start();
      stuckWrites = new StuckWrites(lock, outbox::writes, connection::close);
    } catch (RuntimeException | Error e) {
      connection.close();
      throw e;
    }
  }

  /** Nothing is ever said to a producer but that it is over. */
  private void watch() {
    try {
      connection.awaitClose();
      fail("it closed the connection" + refusal(), null);
    } catch (Throwable e) {
      broken(e);
    } finally {
      relayGone.countDown();
    }
  }

  /** On the later wire a relay has said by now whether it refuses. */
  private String refusal() {
    return connection.isLater() ? "" : ". " + REFUSAL;
  }

  /** Whatever it was, the connection is of no use any more: the classic wire cannot resume. */
  private void broken(Throwable what) {
    fail(what instanceof IOException io ? Reasons.of(io) + refusal() : Reasons.of(what), what);
    connection.close();
  }

  private void fail(String what, @Nullable Throwable cause) {
    if (failure == null && (cause != null || !finishing)) { // FIN is what a finished one waits for
      failure = RelaySocket.lost(connection.where(), what, cause);
    }
  }

  // ---- sending ----

  @Override
  public void broadcast(byte[] message) {
    locked(() -> outbox.broadcast(message, 0, message.length));
  }

  @Override
  public void broadcast(ByteBuffer message) {
    locked(
        () -> {
          int size = message.remaining();
          outbox.checkSize(size); // before it is copied
          outbox.broadcast(buffers.array(message), BufferBytes.offset(message), size);
          message.position(message.limit());
        });
  }

  @Override
  public void write(byte[] message) {
    locked(() -> outbox.write(message, 0, message.length));
  }

  @Override
  public void write(ByteBuffer message) {
    locked(
        () -> {
          int size = message.remaining();
          outbox.checkSize(size); // before it is copied
          outbox.write(buffers.array(message), BufferBytes.offset(message), size);
          message.position(message.limit());
        });
  }

  @Override
  public void flush() {
    locked(
        () -> {
          outbox.send();
          HydraException problem = failure;
          if (problem != null && Thread.currentThread().isInterrupted()) {
            throw new InterruptedOperationException(
                "interrupted while sending, and the classic wire cannot resume", problem);
          }
          checkOpen();
        });
  }

  private void locked(Runnable step) {
    enter();
    try {
      checkOpen();
      step.run();
    } finally {
      lock.unlock();
    }
  }

  /** Takes the lock. Looks now and then at whether the producer is being closed. */
  private void enter() {
    if (lock.tryLock()) { // which does not look at the flag: nothing has to be waited for
      return;
    }
    try {
      while (!lock.tryLock(LOOK_NANOS, TimeUnit.NANOSECONDS)) {
        if (ending) {
          throw ProducerStatus.closed();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedOperationException(
          "interrupted while another thread was sending; nothing was sent", e);
    }
  }

  private void checkOpen() {
    if (ending) {
      throw ProducerStatus.closed();
    }
    HydraException problem = failure;
    if (problem != null) {
      throw problem;
    }
  }

  private void flushIfDue() {
    lock.lock();
    try {
      if (!ending) {
        outbox.sendIfDue();
      }
    } finally {
      lock.unlock();
    }
  }

  // ---- the end ----

  /**
   * Sends what has been written, then FIN. Whether the relay has taken all of it cannot be known.
   */
  @Override
  public void close() {
    close(Long.MAX_VALUE);
  }

  @Override
  public void close(long nanos) {
    long ms = TimeUnit.NANOSECONDS.toMillis(Math.max(0, nanos));
    boolean forEver = ms > Integer.MAX_VALUE;
    AtomicBoolean late = new AtomicBoolean();
    ScheduledFuture<?> cut = forEver ? null : ClientTimer.after((int) ms, () -> giveUp(late));
    ending = true;
    stuckWrites.exemptThisThread();
    boolean interrupted = Thread.interrupted(); // it would close the socket of a virtual thread
    lock.lock();
    try {
      if (!closed) {
        finish();
      }
    } catch (HydraException e) {
      throw late.get()
          ? new ReceiveTimeoutException("not everything was sent in the time given")
          : e;
    } finally {
      release();
      lock.unlock();
      if (cut != null) {
        cut.cancel(false);
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void giveUp(AtomicBoolean late) {
    late.set(true);
    connection.reset();
  }

  @Override
  public long unreadFrames() {
    return 0;
  }

  private void finish() {
    checkNotFailed();
    outbox.send();
    finishing = true;
    try {
      connection.finishOutput();
      Patience.await(FIN_NANOS, nanos -> relayGone.await(nanos, TimeUnit.NANOSECONDS));
    } catch (IOException e) {
      finishing = false;
      fail(e.getMessage() + refusal(), e);
    }
    checkNotFailed();
  }

  private void checkNotFailed() {
    HydraException problem = failure;
    if (problem != null) {
      throw ProducerWire.notEnded(problem);
    }
  }

  /**
   * On the earlier wires by a reset, which loses what is on its way. It comes first: whoever is
   * stuck in the connection leaves.
   */
  @Override
  public void abort() {
    ending = true;
    finishing = true;
    if (connection.isLater()) {
      breakOff();
    } else {
      connection.reset();
    }
    lock.lock();
    try {
      release();
    } finally {
      lock.unlock();
    }
  }

  /** Whoever is stuck in the connection leaves when the time is over. */
  private void breakOff() {
    ScheduledFuture<?> cut =
        ClientTimer.after((int) TimeUnit.NANOSECONDS.toMillis(FIN_NANOS), connection::reset);
    stuckWrites.exemptThisThread();
    boolean interrupted = Thread.interrupted(); // it would close the socket of a virtual thread
    long began = System.nanoTime();
    lock.lock();
    try {
      if (!closed && failure == null) {
        outbox.sendKept();
        connection.breakOff();
        long left = FIN_NANOS - (System.nanoTime() - began);
        Patience.await(left, nanos -> relayGone.await(nanos, TimeUnit.NANOSECONDS));
      }
    } catch (IOException e) {
      // it is gone, or the time is over
    } finally {
      connection.reset();
      lock.unlock();
      cut.cancel(false);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void release() {
    closed = true;
    outbox.destroy();
    stuckWrites.stop();
    connection.close();
  }

  // ---- what only wire 2 has ----

  @Override
  public boolean tryBroadcast(ByteBuffer message) {
    throw unacknowledged("tryBroadcast");
  }

  @Override
  public boolean flush(Duration timeout) {
    throw unacknowledged("flush with a timeout");
  }

  @Override
  public long acknowledged() {
    throw unacknowledged("acknowledged");
  }

  @Override
  public long unacknowledgedBytes() {
    throw unacknowledged("unacknowledgedBytes");
  }

  @Override
  public void leave() {
    throw new UnsupportedByWireException(
        "leaving a session without ending it needs an end, which the classic wire does not have;"
            + " use wire 2");
  }

  @Override
  public int consumers() {
    throw unacknowledged("consumers");
  }

  @Override
  public boolean awaitConsumers(int count, Duration timeout) {
    throw unacknowledged("awaitConsumers");
  }

  private static UnsupportedByWireException unacknowledged(String what) {
    return new UnsupportedByWireException(
        what + " needs to hear from the relay, which says nothing on the classic wire; use wire 2");
  }

  @Override
  public RelayKey relayKey() {
    throw ClassicConnection.noRelayKey();
  }

  @Override
  public int maxMessageBytes() {
    return outbox.maxMessageBytes();
  }

  @Override
  public OptionalInt packetBytes() {
    return connection.packetBytes();
  }

  @Override
  public long ringBytes() {
    return 0;
  }
}
