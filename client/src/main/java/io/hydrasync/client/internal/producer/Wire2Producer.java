package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.RelayConnection;
import io.hydrasync.client.internal.stream.HeapShare;
import io.hydrasync.client.internal.threads.ClientTimer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.wire.Frames;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A producer on wire 2. A lock keeps the calls of several threads in one order. Who closes the
 * producer passes the lock once and does not keep it: from then on nobody else gets as far as the
 * outbox. Thread-safe.
 */
public final class Wire2Producer implements ProducerWire {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ReentrantLock lock = new ReentrantLock();
  private final boolean blocks;
  private final long ringBytes;
  private final ProducerLink link;
  private final ProducerStatus status;
  private final Outbox outbox;
  private final int silenceMs;
  private final BufferBytes buffers = new BufferBytes();
  private final Runnable look = guarded(this::look);
  private final ProducerEnd end;

  /**
   * Connects and joins; if that fails, nothing stays open.
   *
   * @param blocks whether sending waits while there is no connection
   * @param linger how long a written message may wait for others
   * @param coalesce whether broadcasts may share frames
   */
  public Wire2Producer(
      ClientOptions options,
      ProducerLink.Terms terms,
      boolean blocks,
      Duration linger,
      boolean coalesce) {
    this.blocks = blocks;
    silenceMs = options.silenceMs();
    ringBytes = terms.ringBytes();
    link = new ProducerLink(options, terms);
    status = link.status();
    try {
      Rush rush = new Rush(coalesce, System::nanoTime);
      outbox =
          new Outbox(
              link,
              blocks,
              linger,
              rush,
              new ProducerBeat(terms.nanos(), options.heartbeat()),
              this::flushIfDue);
      end = new ProducerEnd(link, outbox, lock, this::stopWorking);
      ClientTimer.often(look);
    } catch (RuntimeException | Error e) {
      link.close();
      throw e;
    }
  }

  // ---- sending ----

  @Override
  public void broadcast(byte[] message) {
    enter();
    try {
      checkCanSend(message.length);
      outbox.broadcast(message, 0, message.length);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void broadcast(ByteBuffer message) {
    enter();
    try {
      checkCanSend(message.remaining());
      outbox.broadcast(buffers.array(message), BufferBytes.offset(message), message.remaining());
      message.position(message.limit());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean tryBroadcast(ByteBuffer message) {
    checkOpen(0);
    if (!lock.tryLock()) {
      return false;
    }
    try {
      checkOpen(message.remaining());
      int length = message.remaining();
      boolean taken =
          outbox.tryBroadcast(buffers.array(message), BufferBytes.offset(message), length);
      if (taken) {
        message.position(message.limit());
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(byte[] message) {
    enter();
    try {
      checkCanSend(message.length);
      outbox.write(message, 0, message.length);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(ByteBuffer message) {
    enter();
    try {
      checkCanSend(message.remaining());
      outbox.write(buffers.array(message), BufferBytes.offset(message), message.remaining());
      message.position(message.limit());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void flush() {
    enter();
    try {
      checkCanSend(0);
      outbox.sendBatch();
      if (blocks && !status.isConnected()) {
        link.awaitConnected(); // all that is in the ring goes out with it
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean flush(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    if (!enterUntil(deadline)) {
      return false;
    }
    long stream;
    long end;
    try {
      checkOpen(0);
      stream = link.stream().name();
      if (!sendBatchUntil(deadline)) {
        return false;
      }
      end = link.next();
    } finally {
      lock.unlock();
    }
    return status.await(
            () -> isInLog(stream, end) || link.stream().name() != stream,
            deadline - System.nanoTime())
        && link.stream().name() == stream
        && !link.stream().hasLostFrames();
  }

  /**
   * Sends the batch once that cannot block: a blocked write knows no deadline. What is in the way
   * may also be another thread that looks at the ring, and tells nobody when it has.
   */
  private boolean sendBatchUntil(long deadline) throws InterruptedException {
    while (true) {
      long seen = status.changes(); // first: a change meanwhile must end the waiting
      if (outbox.trySendBatch()) {
        return true;
      }
      long left = deadline - System.nanoTime();
      if (!status.await(() -> status.changes() != seen, Math.min(left, RETRY_NANOS))
          && left <= RETRY_NANOS) {
        return false;
      }
    }
  }

  private boolean isInLog(long stream, long end) {
    return status.isConnected() && link.stream().name() == stream && status.acknowledged() >= end;
  }

  /** Takes the lock, however long that takes. */
  private void enter() {
    if (lock.tryLock()) { // which does not look at the flag: nothing has to be waited for
      return;
    }
    try {
      while (!enterWithin(LOOK_NANOS)) {
        // the thread that has it is still sending
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedOperationException(
          "interrupted while another thread was sending; nothing was sent", e);
    }
  }

  private boolean enterUntil(long deadline) throws InterruptedException {
    while (true) {
      long left = deadline - System.nanoTime();
      if (enterWithin(Math.min(left, LOOK_NANOS))) {
        return true;
      }
      if (left <= LOOK_NANOS) {
        return false;
      }
    }
  }

  /** Waits for the lock for a moment; then looks at whether the producer is being closed. */
  private boolean enterWithin(long nanos) throws InterruptedException {
    boolean entered = lock.tryLock(nanos, TimeUnit.NANOSECONDS);
    if (!entered && status.isEnding()) {
      throw ProducerStatus.closed();
    }
    return entered;
  }

  private void checkCanSend(int messageBytes) {
    checkOpen(messageBytes);
    if (!blocks) {
      link.checkConnected();
    }
  }

  private void checkOpen(int messageBytes) {
    if (status.isEnding()) {
      throw ProducerStatus.closed();
    }
    HydraException problem = status.failure();
    if (problem != null) {
      throw problem;
    }
    if (messageBytes > HeapShare.OF_THIS_JVM.largestMessage()) {
      throw HeapShare.OF_THIS_JVM.tooBig("a message", messageBytes, null);
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

  // ---- in the background ----

  /** Whatever ends work in the background is told to those who wait for it. */
  private Runnable guarded(Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (Throwable e) {
        link.broken(e);
      }
    };
  }

  private void flushIfDue() {
    lock.lock();
    try {
      if (!status.isEnding()) {
        outbox.flushIfDue();
      }
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    // A relay that waits for consumers says something every second, but only of one that knows
    // PEERS is that certain: others get more time while a write is blocked.
    RelayConnection current = link.connection();
    boolean mayBeSilent = current.isWriting() && !current.hasPeers();
    current.look(mayBeSilent ? RelayConnection.LIVENESS_MS : silenceMs);
    if (outbox.isKeepAliveDue()) {
      ClientTimer.run(guarded(this::sendKeepAlive));
    }
  }

  private void sendKeepAlive() {
    if (!lock.tryLock()) {
      return; // somebody is writing, which does as well
    }
    try {
      if (!status.isEnding()) {
        outbox.keepAlive();
      }
    } finally {
      lock.unlock();
    }
  }

  private void stopWorking() {
    ClientTimer.noLonger(look);
    outbox.stop();
    link.close();
  }

  // ---- what the relay says ----

  @Override
  public int consumers() {
    return status.consumers();
  }

  @Override
  public boolean awaitConsumers(int count, Duration timeout) throws InterruptedException {
    checkOpen(0);
    return status.await(() -> status.consumers() >= count, timeout.toNanos());
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
  public long unreadFrames() {
    return link.unread().frames(link.stream().name());
  }

  @Override
  public RelayKey relayKey() {
    return link.connection().relayKey();
  }

  @Override
  public int maxMessageBytes() {
    long frameBytes = Integer.toUnsignedLong(link.connection().joined().maxFrame());
    long most = Math.min(Frames.MAX_MESSAGE, frameBytes - Frames.MIN_RELAYED_LEN);
    return (int) Math.max(0, Math.min(most, HeapShare.OF_THIS_JVM.largestMessage()));
  }

  @Override
  public long ringBytes() {
    return ringBytes;
  }

  // ---- the end ----

  @Override
  public void close() {
    end.close(Long.MAX_VALUE);
  }

  @Override
  public void close(long nanos) {
    end.close(nanos);
  }

  @Override
  public void leave() {
    end.leave();
  }

  @Override
  public void abort() {
    end.abort();
  }
}
