package io.hydrasync.client.internal.classic;

import io.hydrasync.client.internal.producer.LingerFlusher;
import io.hydrasync.client.internal.producer.Rush;
import io.hydrasync.client.internal.stream.HeapShare;
import io.hydrasync.protocol.SessionKey;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A producer's messages on a classic wire, each a frame, or one packet or several: sealed one
 * behind the other, and written to the socket together. Covered by the producer's lock, except
 * {@link #writes()}.
 */
final class ClassicOutbox {
  private static final int BATCH = 64 << 10;

  private final ClassicConnection connection;
  private final ClassicMessages messages;

  /** A larger array than that is let go of. */
  private final int kept;

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
    messages = new ClassicMessages(sessionKey, connection.packetBytes());
    kept = Math.max(BATCH, connection.packetBytes().orElse(0) + messages.overhead());
    rush = new Rush(coalesce, System::nanoTime);
    flusher = new LingerFlusher(linger, flushIfDue, broken);
  }

  /** The largest message that the wire takes and this JVM has the heap for. */
  int maxMessageBytes() {
    return messages.maxBytes();
  }

  /**
   * Looks at the length of a message.
   *
   * @throws IllegalArgumentException if it is not made of whole packets
   * @throws io.hydrasync.protocol.ProtocolException TOO_BIG; LIMIT if the key has sealed what it
   *     may
   */
  void checkSize(int size) {
    messages.checkSize(size);
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
    int piece = messages.pieceOf(size);
    int end = offset + size;
    int at = offset;
    do {
      writePiece(message, at, piece);
      at += piece;
    } while (at < end);
  }

  private void writePiece(byte[] message, int offset, int size) {
    int frame = size + messages.overhead();
    if (length > 0 && length + frame > BATCH) {
      send();
      checkOpen.run();
    }
    if (frame > out.length) {
      out = HeapShare.OF_THIS_JVM.array("a message", frame);
    }
    messages.seal(message, offset, size, out, length);
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
        out = out.length > kept ? new byte[BATCH] : out;
      } catch (IOException | RuntimeException | Error e) {
        broken.accept(e); // part of a frame may be on its way
      }
      writes++;
      length = 0;
      rush.sent();
      flusher.sent();
    }
  }

  /** Sends what was broadcast and kept for others. */
  void sendKept() {
    if (rush.keeps()) {
      send();
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
    messages.destroy();
  }
}
