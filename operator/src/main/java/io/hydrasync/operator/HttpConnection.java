package io.hydrasync.operator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One connection with one request: its head is read, it is answered, the answer is written, and
 * what else the client sends is thrown away until it closes, so that no reset destroys the answer.
 * Never blocks. For the thread of {@link HttpConnections} only.
 */
final class HttpConnection {
  private static final int FIRST_BYTES = 512;

  /** In the order in which they are gone through. */
  enum Phase {
    HEAD,
    ANSWER,
    WRITE,
    CLOSING,
    CLOSED
  }

  private final SocketChannel channel;
  private final SelectionKey key;
  private byte[] head = new byte[FIRST_BYTES];
  private int length;
  private @Nullable ByteBuffer answer;
  private Phase phase = Phase.HEAD;
  private long deadlineNanos;

  HttpConnection(SocketChannel channel, SelectionKey key, long deadlineNanos) {
    this.channel = channel;
    this.key = key;
    this.deadlineNanos = deadlineNanos;
  }

  Phase phase() {
    return phase;
  }

  /** Whether it has waited for its client for too long. */
  boolean isLate(long nowNanos) {
    return phase != Phase.ANSWER && nowNanos - deadlineNanos >= 0;
  }

  /** Bytes of the answer that the client has not taken. */
  int unsent() {
    ByteBuffer bytes = answer;
    return bytes == null ? 0 : bytes.remaining();
  }

  /**
   * Reads what has come of the head.
   *
   * @return the head's length once it is whole, 0 before
   * @throws IOException if the client has gone
   * @throws TooLongException if it does not end within {@link HttpHead#MAX_BYTES}
   */
  int readHead() throws IOException, TooLongException {
    while (true) {
      if (length == head.length) {
        head = Arrays.copyOf(head, Math.min(2 * length, HttpHead.MAX_BYTES));
      }
      int n = channel.read(ByteBuffer.wrap(head, length, head.length - length));
      if (n < 0) {
        throw new IOException("the client has gone");
      }
      int from = length;
      length += n;
      int end = HttpHead.end(head, from, length);
      if (end >= 0) {
        return end;
      }
      if (n == 0) {
        return 0;
      }
      if (length == HttpHead.MAX_BYTES) {
        throw new TooLongException();
      }
    }
  }

  /** A head without an end. */
  static final class TooLongException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  byte[] head() {
    return head;
  }

  /** The request is whole: nothing is read until it is answered. */
  void answering() {
    phase = Phase.ANSWER;
    key.interestOps(0);
  }

  /** Begins to write an answer. */
  void answer(byte[] bytes, long writeDeadlineNanos) {
    head = new byte[0];
    answer = ByteBuffer.wrap(bytes);
    phase = Phase.WRITE;
    deadlineNanos = writeDeadlineNanos;
    key.interestOps(SelectionKey.OP_WRITE);
  }

  /** Goes on writing; then the client has until the deadline to close. */
  void write(long closeDeadlineNanos) throws IOException {
    ByteBuffer bytes = answer;
    if (bytes == null) {
      throw new IllegalStateException("no answer");
    }
    channel.write(bytes);
    if (!bytes.hasRemaining()) {
      answer = null;
      channel.shutdownOutput();
      phase = Phase.CLOSING;
      deadlineNanos = closeDeadlineNanos;
      key.interestOps(SelectionKey.OP_READ);
    }
  }

  /**
   * Throws away what comes.
   *
   * @return false once the client has closed
   */
  boolean discard(ByteBuffer scratch) throws IOException {
    return channel.read(scratch.clear()) >= 0;
  }

  void close() {
    phase = Phase.CLOSED;
    answer = null;
    head = new byte[0];
    key.cancel();
    try {
      channel.close();
    } catch (IOException e) {
      // gone all the same
    }
  }
}
