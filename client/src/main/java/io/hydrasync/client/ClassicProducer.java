package io.hydrasync.client;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.classic.ClassicCipher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A producer on the classic wire: every message is a frame; written ones share a socket write.
 * Nothing is acknowledged and nothing is sent again. Thread-safe.
 */
final class ClassicProducer implements ProducerWire {
  private static final int BATCH = 64 << 10;
  private static final long FIN_SECONDS = 2;

  private final ReentrantLock lock = new ReentrantLock();
  private final ClassicConnection connection;
  private final ClassicCipher cipher;
  private final LingerFlusher flusher;
  private final Rush rush;
  private final CountDownLatch relayGone = new CountDownLatch(1);
  private byte[] out = new byte[BATCH];
  private byte[] copied = new byte[0];
  private int length;
  private boolean closed;
  private volatile boolean finishing;
  private volatile @Nullable HydraException failure;

  ClassicProducer(
      ClientOptions options,
      String version,
      SessionKey sessionKey,
      Duration linger,
      boolean coalesce) {
    rush = new Rush(coalesce, System::nanoTime);
    cipher = ClassicConnection.messages(sessionKey);
    connection = ClassicConnection.open(options, Role.PRODUCER, version);
    flusher = new LingerFlusher(linger, this::flushIfDue);
    ClientTimer.daemon("hydra-producer").newThread(this::watch).start();
  }

  /** Nothing is ever said to a producer but that it is over. */
  private void watch() {
    try {
      connection.awaitClose();
      fail(
          "it closed the connection. Classic relays refuse a producer in that way: for its"
              + " version, because the session has one already, or because no consumer is there",
          null);
    } catch (IOException e) {
      fail(String.valueOf(e.getMessage()), e);
    } finally {
      relayGone.countDown();
    }
  }

  private ConnectionException fail(String what, @Nullable IOException cause) {
    ConnectionException problem = RelaySocket.lost(connection.where(), what, cause);
    if (failure == null && (cause != null || !finishing)) { // FIN is what a finished one waits for
      failure = problem;
    }
    return problem;
  }

  // ---- sending ----

  @Override
  public void broadcast(byte[] message) {
    locked(
        () -> {
          boolean mayWait = rush.mayWait(message.length);
          add(message, 0, message.length);
          sendUnless(mayWait);
        });
  }

  @Override
  public void broadcast(ByteBuffer message) {
    locked(
        () -> {
          boolean mayWait = rush.mayWait(message.remaining());
          add(message);
          sendUnless(mayWait);
        });
  }

  private void sendUnless(boolean mayWait) {
    if (!mayWait) {
      send();
      rush.sentAlone();
    } else if (length > 0 && rush.kept()) {
      flusher.dueIn(Rush.LINGER_NANOS);
    }
  }

  @Override
  public void write(byte[] message) {
    locked(() -> add(message, 0, message.length));
  }

  @Override
  public void write(ByteBuffer message) {
    locked(() -> add(message));
  }

  @Override
  public void flush() {
    locked(this::send);
  }

  private void locked(Runnable step) {
    lock.lock();
    try {
      checkOpen();
      step.run();
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("this producer is closed");
    }
    HydraException problem = failure;
    if (problem != null) {
      throw problem;
    }
  }

  private void add(ByteBuffer message) {
    int size = message.remaining();
    if (message.hasArray()) {
      add(message.array(), message.arrayOffset() + message.position(), size);
    } else {
      checkSize(size);
      copied = copied.length < size ? new byte[size] : copied;
      message.get(message.position(), copied, 0, size);
      add(copied, 0, size);
    }
    message.position(message.limit());
  }

  private void add(byte[] message, int offset, int size) {
    checkSize(size);
    int frame = size + ClassicCipher.OVERHEAD;
    if (length > 0 && length + frame > BATCH) {
      send();
    }
    if (frame > out.length) {
      out = new byte[frame];
    }
    cipher.seal(message, offset, size, out, length);
    if (length == 0) {
      flusher.firstWritten();
    }
    length += frame;
    if (length >= BATCH) {
      send();
    }
  }

  private void checkSize(int size) {
    if (size > maxMessageBytes()) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG,
          "a message of " + size + " bytes; the classic wire takes at most " + maxMessageBytes());
    }
  }

  private void send() {
    if (length > 0) {
      try {
        connection.write(out, length);
      } catch (IOException e) {
        throw fail(String.valueOf(e.getMessage()), e);
      } finally {
        length = 0;
        rush.sent();
        flusher.sent();
      }
      out = out.length > BATCH ? Arrays.copyOf(out, BATCH) : out;
    }
  }

  private void flushIfDue() {
    lock.lock();
    try {
      if (!closed && flusher.isDue()) {
        send();
      }
    } catch (HydraException e) {
      // it sticks: the next call of the application throws it
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

  @Override
  public void close(long nanos) {
    close();
  }

  @Override
  public long unreadFrames() {
    return 0;
  }

  private void finish() {
    checkNotFailed();
    send();
    finishing = true;
    try {
      connection.finishOutput();
      relayGone.await(FIN_SECONDS, TimeUnit.SECONDS);
      checkNotFailed();
    } catch (IOException e) {
      finishing = false;
      throw fail(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void checkNotFailed() {
    HydraException problem = failure;
    if (problem != null) {
      throw ProducerWire.notEnded(problem);
    }
  }

  @Override
  public void abort() {
    lock.lock();
    try {
      if (!closed) {
        finishing = true;
        connection.reset();
      }
    } finally {
      release();
      lock.unlock();
    }
  }

  private void release() {
    closed = true;
    flusher.stop();
    connection.close();
    cipher.destroy();
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
    return ClassicCipher.MAX_MESSAGE;
  }
}
