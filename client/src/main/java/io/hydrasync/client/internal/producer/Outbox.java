package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.stream.BatchBuffer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.wire.Frames;
import java.time.Duration;

/**
 * Makes frames of messages: single ones, batches of small ones, the producer's TICKs and its END.
 * Covered by the producer's lock, except where it says otherwise.
 */
final class Outbox {
  private final ProducerLink link;
  private final boolean blocks;
  private final BatchBuffer batch = new BatchBuffer();
  private final LingerFlusher flusher;
  private final Rush rush;
  private final byte[] tick = new byte[Frames.TICK_PLAINTEXT];
  private final ProducerBeat beat;

  /**
   * An outbox.
   *
   * @param link where frames go
   * @param blocks whether to wait while there is no connection
   * @param linger how long a message may wait for others
   * @param rush whether broadcasts come so fast that they had better share frames
   * @param beat when TICKs and PINGs are due
   * @param flushIfDue takes the producer's lock and calls {@link #flushIfDue}
   */
  Outbox(
      ProducerLink link,
      boolean blocks,
      Duration linger,
      Rush rush,
      ProducerBeat beat,
      Runnable flushIfDue) {
    this.link = link;
    this.blocks = blocks;
    this.rush = rush;
    this.beat = beat;
    flusher = new LingerFlusher(linger, flushIfDue, link::broken);
  }

  // ---- messages ----

  void broadcast(byte[] message, int offset, int length) {
    if (rush.mayWait(length)) {
      write(message, offset, length);
      hurry();
    } else {
      putBatch(true);
      put(true, Frames.DATA, message, offset, length);
      rush.sentAlone();
    }
  }

  /**
   * Sends a message in a frame of its own if that takes no waiting.
   *
   * @return false if it was not taken; what stands before it may have been sent
   */
  boolean tryBroadcast(byte[] message, int offset, int length) {
    // kept messages would be sent by another thread, which would be in the way of the next call
    boolean taken =
        hasRoomNow(length) && putBatch(false) && put(false, Frames.DATA, message, offset, length);
    if (taken) {
      rush.sentAlone();
    }
    return taken;
  }

  /** What waits may not wait for the linger time any more. */
  private void hurry() {
    if (rush.kept()) {
      flusher.dueIn(Rush.LINGER_NANOS);
    }
  }

  void write(byte[] message, int offset, int length) {
    if (prepareBatch(length)) {
      batch.add(message, offset, length);
      written();
    } else {
      put(true, Frames.DATA, message, offset, length);
    }
  }

  /**
   * Whether a message could be sent without waiting for anything, with what stands before it.
   *
   * @param messageBytes of the message, or 0 for none
   */
  private boolean hasRoomNow(int messageBytes) {
    long frames = (long) messageBytes + Frames.OVERHEAD;
    if (!batch.isEmpty()) {
      frames += batch.plaintextLength() + Frames.OVERHEAD;
    }
    if (beat.isTickDue()) {
      frames += Frames.TICK_PLAINTEXT + Frames.OVERHEAD;
    }
    return link.hasRoomNow(frames);
  }

  /**
   * Makes room in the batch. False if the message is too large for one and the batch has been sent.
   */
  private boolean prepareBatch(int length) {
    if (!batch.hasRoom(length)) {
      putBatch(true);
      if (!BatchBuffer.takes(length)) {
        return false;
      }
    }
    return true;
  }

  private void written() {
    if (batch.isSingle()) {
      flusher.firstWritten();
    }
  }

  /** Sends what has been written; if that throws, it is still there. */
  void sendBatch() {
    putBatch(true);
  }

  /**
   * Sends what has been written if that takes no waiting.
   *
   * @return whether nothing waits any more
   */
  boolean trySendBatch() {
    return batch.isEmpty() || ((hasRoomNow(0) || link.isQuiet()) && putBatch(false));
  }

  /**
   * Sends broadcasts that were kept for others, if there are a connection and room for them. Waits
   * for the socket as those did that were sent at once: who gives up closes it in time.
   */
  void sendKept() {
    try {
      if (rush.keeps()
          && !batch.isEmpty()
          && link.sendLast(
              batch.type(), batch.bytes(), batch.plaintextOffset(), batch.plaintextLength())) {
        batch.clear();
      }
    } catch (HydraException e) {
      // the connection is lost, and so are they
    }
  }

  // ---- frames ----

  /** The batch is in the ring or as it was: what is thrown, or false, leaves it as it was. */
  private boolean putBatch(boolean waits) {
    if (batch.isEmpty()) {
      return true;
    }
    boolean taken =
        put(waits, batch.type(), batch.bytes(), batch.plaintextOffset(), batch.plaintextLength());
    if (taken) {
      batch.clear();
      rush.sent();
      flusher.sent();
    }
    return taken;
  }

  /** A frame, behind the TICK that is due. What is thrown, or false, says that it was not taken. */
  private boolean put(boolean waits, int type, byte[] plaintext, int offset, int length) {
    return (!beat.isTickDue() || putTick(waits))
        && putPlainly(waits, type, plaintext, offset, length);
  }

  private boolean putPlainly(boolean waits, int type, byte[] plaintext, int offset, int length) {
    if (waits) {
      link.send(type, plaintext, offset, length, blocks);
      return true;
    }
    return link.sendNow(type, plaintext, offset, length);
  }

  private boolean putTick(boolean waits) {
    Frames.putU64(tick, 0, System.currentTimeMillis());
    boolean taken = putPlainly(waits, Frames.TICK, tick, 0, tick.length);
    if (taken) {
      beat.ticked();
    }
    return taken;
  }

  /**
   * Sends what has been written and the authenticated end, and waits until the relay has all of it.
   * An interrupt does not shorten it.
   *
   * @param sessionOver false if another stream may follow
   */
  void end(boolean sessionOver) {
    flusher.stop();
    if (!batch.isEmpty()) {
      link.sendToTheEnd(
          batch.type(), batch.bytes(), batch.plaintextOffset(), batch.plaintextLength());
      batch.clear();
    }
    byte[] end = new byte[Frames.END_PLAINTEXT];
    Frames.putU64(end, 0, System.currentTimeMillis());
    if (sessionOver) {
      end[Frames.END_PLAINTEXT - 1] = Frames.END_FINAL;
    }
    link.sendToTheEnd(Frames.END, end, 0, end.length);
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

  /** Whether {@link #keepAlive} has something to do. Called now and then, without the lock. */
  boolean isKeepAliveDue() {
    int rises = link.status().rises(); // first: a rise meanwhile is for the next look
    return beat.look(link.status().consumers(), rises);
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
      if (beat.isTickDue()) {
        putTick(false);
      }
      if (beat.isPingDue()) {
        beat.pinged();
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
