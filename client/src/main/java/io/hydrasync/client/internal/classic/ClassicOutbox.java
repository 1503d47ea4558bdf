package io.hydrasync.client.internal.classic;

import io.hydrasync.client.internal.producer.LingerFlusher;
import io.hydrasync.client.internal.producer.Rush;
import io.hydrasync.client.internal.stream.HeapShare;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.classic.ClassicCipher;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A producer's messages on the classic wire, each a frame: sealed one behind the other, and written
 * to the socket together. Covered by the producer's lock, except {@link #writes()}.
 */
final class ClassicOutbox {
  private static final int BATCH = 64 << 10;

  private final ClassicConnection connection;
  private final ClassicCipher cipher;
  private final Rush rush;
  private final LingerFlusher flusher;
  private final Runnable checkOpen;
  private final Consumer<Throwable> broken;
  private byte[] out = new byte[BATCH];
  private int length;
  private volatile long writes;

  /**
   * An outbox, whose flusher runs.
   *
   * @param sessionKey seals messages, borrowed
   * @param linger how long a written message may wait for others
   * @param coalesce whether broadcasts may share a write
   * @param flushIfDue takes the producer's lock and calls {@link #sendIfDue}
   * @param checkOpen throws if the connection is lost
   * @param broken hears what makes it so
   */
  ClassicOutbox(
      ClassicConnection connection,
      SessionKey sessionKey,
      Duration linger,
      boolean coalesce,
      Runnable flushIfDue,
      Runnable checkOpen,
      Consumer<Throwable> broken) {
    this.connection = connection;
    this.checkOpen = checkOpen;
    this.broken = broken;
    cipher = ClassicConnection.messages(sessionKey);
    rush = new Rush(coalesce, System::nanoTime);
    flusher = new LingerFlusher(linger, flushIfDue, broken);
  }

  /** The largest message that the wire takes and this JVM has the heap for. */
  static int maxMessageBytes() {
    return Math.min(ClassicCipher.MAX_MESSAGE, HeapShare.OF_THIS_JVM.largestMessage());
  }

  /**
   * Looks at the length of a message.
   *
   * @throws ProtocolException TOO_BIG
   */
  static void checkSize(int size) {
    if (size > HeapShare.OF_THIS_JVM.largestMessage()) {
      throw HeapShare.OF_THIS_JVM.tooBig("a message", size, null);
    }
    if (size > maxMessageBytes()) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG,
          "a message of " + size + " bytes; the classic wire takes at most " + maxMessageBytes());
    }
  }

  /** How many writes the operating system has taken. From any thread. */
  long writes() {
    return writes;
  }

  /** Takes a message and sends it, unless it may wait for more of its kind. */
  void broadcast(byte[] message, int offset, int size) {
    boolean mayWait = rush.mayWait(size);
    write(message, offset, size);
    if (!mayWait) {
      send();
      rush.sentAlone();
    } else if (length > 0 && rush.kept()) {
      flusher.dueIn(Rush.LINGER_NANOS);
    }
  }

  /** Takes a message, or throws and does not. */
  void write(byte[] message, int offset, int size) {
    checkSize(size);
    int frame = size + ClassicCipher.OVERHEAD;
    if (length > 0 && length + frame > BATCH) {
      send();
      checkOpen.run();
    }
    if (frame > out.length) {
      out = HeapShare.OF_THIS_JVM.array("a message", frame);
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

  /** Sends what has been taken. What goes wrong sticks: the next call throws it. */
  void send() {
    if (length > 0) {
      try {
        connection.write(out, length);
        out = out.length > BATCH ? new byte[BATCH] : out;
      } catch (IOException | RuntimeException | Error e) {
        broken.accept(e); // part of a frame may be on its way
      }
      writes++;
      length = 0;
      rush.sent();
      flusher.sent();
    }
  }

  /** Sends what has waited for the linger time. */
  void sendIfDue() {
    if (flusher.isDue()) {
      send();
    }
  }

  /** Ends the flusher and zeroes the key. */
  void destroy() {
    flusher.stop();
    cipher.destroy();
  }
}
