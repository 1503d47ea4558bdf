package io.hydrasync.client;

import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.wire.Frames;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Makes frames of messages: single ones, batches of small ones, the producer's TICKs and its END.
 * Covered by the producer's lock, except where it says otherwise.
 */
final class Outbox {
  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final ProducerLink link;
  private final boolean blocks;
  private final BatchBuffer batch = new BatchBuffer();
  private final LingerFlusher flusher;
  private final Rush rush;
  private final byte[] tick = new byte[Frames.TICK_PLAINTEXT];
  private byte[] copied = new byte[0];
  private int consumersSeen;
  private volatile boolean tickDue;
  private volatile long lastTickNanos = System.nanoTime();
  private volatile long lastPingNanos = System.nanoTime();

  /**
   * An outbox.
   *
   * @param link where frames go
   * @param blocks whether to wait while there is no connection
   * @param linger how long a message may wait for others
   * @param rush whether broadcasts come so fast that they had better share frames
   * @param flushIfDue takes the producer's lock and calls {@link #flushIfDue}
   */
  Outbox(ProducerLink link, boolean blocks, Duration linger, Rush rush, Runnable flushIfDue) {
    this.link = link;
    this.blocks = blocks;
    this.rush = rush;
    flusher = new LingerFlusher(linger, flushIfDue);
  }

  // ---- messages ----

  void broadcast(byte[] message) {
    if (rush.mayWait(message.length)) {
      write(message);
      hurry();
    } else {
      sendBatch();
      send(Frames.DATA, message, 0, message.length);
      rush.sentAlone();
    }
  }

  void broadcast(ByteBuffer message) {
    if (rush.mayWait(message.remaining())) {
      write(message);
      hurry();
    } else {
      broadcastAlone(message);
    }
  }

  /** Sends a message in a frame of its own, whatever else comes. */
  void broadcastAlone(ByteBuffer message) {
    sendBatch();
    sendData(message);
    rush.sentAlone();
  }

  /** What waits may not wait for the linger time any more. */
  private void hurry() {
    if (rush.kept()) {
      flusher.dueIn(Rush.LINGER_NANOS);
    }
  }

  void write(byte[] message) {
    if (prepareBatch(message.length)) {
      batch.add(message, 0, message.length);
    } else {
      send(Frames.DATA, message, 0, message.length);
    }
  }

  void write(ByteBuffer message) {
    if (prepareBatch(message.remaining())) {
      batch.add(message);
    } else {
      sendData(message);
    }
  }

  /**
   * Whether a message could be sent without waiting for anything, with what stands before it.
   *
   * @param messageBytes of the message, or 0 for none
   */
  boolean hasRoomNow(int messageBytes) {
    long frames = (long) messageBytes + Frames.OVERHEAD;
    if (!batch.isEmpty()) {
      frames += batch.plaintextLength() + Frames.OVERHEAD;
    }
    if (tickDue) {
      frames += Frames.TICK_PLAINTEXT + Frames.OVERHEAD;
    }
    return link.hasRoomNow(frames);
  }

  boolean isEmpty() {
    return batch.isEmpty();
  }

  /**
   * Makes room in the batch. False if the message is too large for one and the batch has been sent.
   */
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

  /** Sends what has been written; if that fails, it is still there. */
  void sendBatch() {
    if (!batch.isEmpty()) {
      send(batch.type(), batch.bytes(), batch.plaintextOffset(), batch.plaintextLength());
      rush.sent();
      batch.clear();
      flusher.sent();
    }
  }

  /** Sends broadcasts that were kept for others, if that takes no waiting and can be done. */
  void sendKept() {
    try {
      if (rush.keeps() && hasRoomNow(0)) {
        sendBatch();
      }
    } catch (HydraException e) {
      // the connection is lost, and so are they
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
      message.get(message.position(), copied, 0, length);
      send(Frames.DATA, copied, 0, length);
      message.position(message.limit());
    }
  }

  private void send(int type, byte[] plaintext, int offset, int length) {
    if (tickDue) {
      sendTick();
    }
    link.send(type, plaintext, offset, length, blocks);
  }

  private void sendTick() {
    Frames.putU64(tick, 0, System.currentTimeMillis());
    link.send(Frames.TICK, tick, 0, tick.length, blocks);
    tickDue = false;
    lastTickNanos = System.nanoTime();
  }

  /**
   * Sends what has been written and the authenticated end, and waits until the relay has all of it.
   *
   * @param sessionOver false if another stream may follow
   */
  void end(boolean sessionOver) {
    if (!batch.isEmpty()) {
      link.send(
          batch.type(), batch.bytes(), batch.plaintextOffset(), batch.plaintextLength(), true);
      batch.clear();
    }
    byte[] end = new byte[Frames.END_PLAINTEXT];
    Frames.putU64(end, 0, System.currentTimeMillis());
    if (sessionOver) {
      end[Frames.END_PLAINTEXT - 1] = Frames.END_FINAL;
    }
    link.send(Frames.END, end, 0, end.length, true);
    link.awaitAcknowledged();
  }

  // ---- keeping alive ----

  /** Sends what has waited for the linger time. */
  void flushIfDue() {
    try {
      if (flusher.isDue()) {
        sendBatch();
      }
    } catch (HydraException e) {
      // what is fatal sticks: the next call of the application throws it
    }
  }

  /** Whether {@link #keepAlive} has something to do. Called once a second, without the lock. */
  boolean isKeepAliveDue() {
    long now = System.nanoTime();
    int consumers = link.status().consumers();
    if (now - lastTickNanos >= TICK_NANOS || consumers > consumersSeen) {
      tickDue = true;
    }
    consumersSeen = consumers;
    return tickDue || now - lastPingNanos >= PING_NANOS;
  }

  /**
   * PING and TICK of a producer that is idle. Not while frames are unacknowledged: the relay may
   * not be reading, this write would block, and the frames themselves keep the connection alive.
   */
  void keepAlive() {
    try {
      if (!link.isQuiet()) {
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
      // what is fatal sticks: the next call of the application throws it
    }
  }

  void stop() {
    flusher.stop();
  }
}
