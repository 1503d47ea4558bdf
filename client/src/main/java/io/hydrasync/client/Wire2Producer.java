package io.hydrasync.client;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.wire.Frames;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** A producer on wire 2. A lock keeps the calls of several threads in one order. Thread-safe. */
final class Wire2Producer implements ProducerWire {
  private static final long FIN_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final ReentrantLock lock = new ReentrantLock();
  private final boolean blocks;
  private final ProducerLink link;
  private final ProducerStatus status;
  private final Outbox outbox;
  private final ScheduledFuture<?> keepAlive;
  private boolean closed;

  /**
   * Connects and joins.
   *
   * @param blocks whether sending waits while there is no connection
   * @param linger how long a written message may wait for others
   * @param coalesce whether broadcasts may share frames
   */
  Wire2Producer(
      ClientOptions options,
      ProducerLink.Terms terms,
      boolean blocks,
      Duration linger,
      boolean coalesce) {
    this.blocks = blocks;
    link = new ProducerLink(options, terms);
    status = link.status();
    Rush rush = new Rush(coalesce, System::nanoTime);
    outbox = new Outbox(link, blocks, linger, rush, this::flushIfDue);
    keepAlive = ClientTimer.everySecond(this::keepAlive);
  }

  // ---- sending ----

  @Override
  public void broadcast(byte[] message) {
    lock.lock();
    try {
      checkCanSend(message.length);
      outbox.broadcast(message);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void broadcast(ByteBuffer message) {
    lock.lock();
    try {
      checkCanSend(message.remaining());
      outbox.broadcast(message);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean tryBroadcast(ByteBuffer message) {
    if (!lock.tryLock()) {
      return false;
    }
    try {
      checkOpen(message.remaining());
      if (!outbox.hasRoomNow(message.remaining())) {
        return false;
      }
      // kept messages would be sent by another thread, which would be in the way of the next call
      outbox.broadcastAlone(message);
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(byte[] message) {
    lock.lock();
    try {
      checkCanSend(message.length);
      outbox.write(message);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(ByteBuffer message) {
    lock.lock();
    try {
      checkCanSend(message.remaining());
      outbox.write(message);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void flush() {
    lock.lock();
    try {
      checkCanSend(0);
      outbox.sendBatch();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean flush(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + Math.min(nanos(timeout), Long.MAX_VALUE / 2);
    if (!lock.tryLock(nanos(timeout), TimeUnit.NANOSECONDS)) {
      return false;
    }
    long stream;
    long end;
    try {
      checkOpen(0);
      stream = link.stream();
      // The batch is sent only once that cannot block: a blocked write knows no deadline.
      while (!outbox.isEmpty() && !outbox.hasRoomNow(0)) {
        long seen = status.changes();
        if (link.isQuiet()) {
          break;
        }
        if (!status.await(() -> status.changes() != seen, deadline - System.nanoTime())) {
          return false;
        }
      }
      outbox.sendBatch();
      end = link.next();
    } finally {
      lock.unlock();
    }
    return status.await(
            () -> isInLog(stream, end) || link.stream() != stream, deadline - System.nanoTime())
        && link.stream() == stream;
  }

  private boolean isInLog(long stream, long end) {
    return status.isConnected() && link.stream() == stream && status.acknowledged() >= end;
  }

  private void checkCanSend(int messageBytes) {
    checkOpen(messageBytes);
    if (!blocks) {
      link.checkConnected();
    }
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
      if (!closed) {
        outbox.flushIfDue();
      }
    } finally {
      lock.unlock();
    }
  }

  private void keepAlive() {
    link.connection().look();
    if (outbox.isKeepAliveDue()) {
      ClientTimer.run(this::sendKeepAlive);
    }
  }

  private void sendKeepAlive() {
    if (!lock.tryLock()) {
      return; // somebody is writing, which does as well
    }
    try {
      if (!closed) {
        outbox.keepAlive();
      }
    } finally {
      lock.unlock();
    }
  }

  // ---- what the relay says ----

  @Override
  public int consumers() {
    return status.consumers();
  }

  @Override
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

  @Override
  public long acknowledged() {
    return status.acknowledged();
  }

  @Override
  public long unacknowledgedBytes() {
    return link.unacknowledgedBytes();
  }

  @Override
  public RelayKey relayKey() {
    return link.connection().relayKey();
  }

  @Override
  public int maxMessageBytes() {
    long frameBytes = Integer.toUnsignedLong(link.connection().joined().maxFrame());
    return (int) Math.max(0, Math.min(Frames.MAX_MESSAGE, frameBytes - Frames.MIN_RELAYED_LEN));
  }

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

  @Override
  public void abort() {
    lock.lock();
    try {
      if (!closed && status.failure() == null) {
        outbox.sendKept();
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
    outbox.stop();
    link.close();
  }

  @Override
  public void leave() {
    lock.lock();
    try {
      if (!closed) {
        checkOpen(0);
        outbox.end(false);
        link.finishOutput();
        link.awaitFin(FIN_NANOS);
      }
    } finally {
      release();
      lock.unlock();
    }
  }

  private void finish() {
    HydraException problem = status.failure();
    if (problem != null) {
      throw ProducerWire.notEnded(problem);
    }
    outbox.end(true);
    link.bye();
    link.awaitFin(FIN_NANOS);
  }
}
