package io.hydrasync.client.internal.consumer;

import io.hydrasync.client.internal.stream.StreamPosition;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.RelayKey;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What a {@code HydraConsumer} does over one wire; its methods are described there. */
public interface ConsumerWire {
  /** A deadline that never comes. */
  long FOREVER = Long.MAX_VALUE;

  /**
   * Waits for the next message.
   *
   * @param deadline by {@link System#nanoTime()}, or {@link #FOREVER}
   */
  @Nullable ByteBuffer receive(long deadline);

  Optional<StreamPosition> position();

  /** From any thread. */
  long missedBefore();

  boolean isReady();

  /** From any thread. */
  boolean isProducerLive();

  RelayKey relayKey();

  default OptionalInt packetBytes() {
    return OptionalInt.empty();
  }

  boolean isEnded();

  /** From any thread. */
  void close();

  /** What a receiving call throws once this consumer is closed. */
  static ClosedException closed(@Nullable Throwable noticed) {
    String what = "this consumer is closed";
    return noticed == null ? new ClosedException(what) : new ClosedException(what, noticed);
  }

  /** What a receiving call throws before it would wait, if its thread is interrupted. */
  static InterruptedOperationException interrupted(Throwable noticed) {
    return new InterruptedOperationException("interrupted while waiting for a message", noticed);
  }

  /** Told where there is no memory for anything else; {@link #rehearse} makes it. */
  ConnectionException LAST_RESORT =
      new ConnectionException(
          ErrorCode.INTERNAL,
          "this consumer cannot go on: out of memory",
          new OutOfMemoryError("while a failure was told"));

  /**
   * Makes {@link #LAST_RESORT}, and has what {@link #fault} does linked: the first time takes
   * memory. Called as long as there is some.
   */
  static void rehearse() {
    fault(LAST_RESORT);
  }

  /** Something that is this library's own fault, or the JVM's. Throws nothing. */
  static ConnectionException fault(Throwable what) {
    try {
      String why = what instanceof Error ? "an error of the JVM ends" : "a fault in";
      return new ConnectionException(
          ErrorCode.INTERNAL, why + " this consumer, which cannot go on: " + what, what);
    } catch (RuntimeException | Error e) { // what has no memory for its text, or an odd one
      return LAST_RESORT;
    }
  }
}
