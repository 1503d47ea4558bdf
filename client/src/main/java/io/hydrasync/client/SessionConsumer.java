package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.StreamTruncatedException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Receives a session's messages, each once and in order, or says what is missing. What an
 * application depends on, and puts a double of its own in the place of; {@link HydraConsumer} is
 * the one that receives them. Methods may be added to it.
 *
 * <p>{@link #receive()} blocks; one thread at a time may receive, and a second one gets an {@link
 * IllegalStateException}. {@link #close()} may be called from any thread. After it {@code receive}
 * throws {@link ClosedException}, also where it was waiting; what was known stays readable.
 */
public interface SessionConsumer extends AutoCloseable {
  // ---- receiving ----

  /**
   * Waits for the next message.
   *
   * <p>What comes after an exception depends on it (the table in {@code docs/reference/errors.md}
   * has all of them):
   *
   * <ul>
   *   <li>The next call goes on after {@link GapException} (behind the gap), {@link
   *       StreamTruncatedException} (with the stream or epoch that follows), {@link
   *       ReceiveTimeoutException}, {@link InterruptedOperationException} and what a listener has
   *       thrown: what it was told counts as told, and nothing is delivered twice or left out.
   *   <li>Every later call throws the same again after {@link SessionTruncatedException} and all
   *       others: this consumer is done, and can only be closed. {@link HydraException#isRetryable}
   *       says whether another one may fare better. Whoever calls this in a loop leaves the loop.
   * </ul>
   *
   * @return a read-only view of the message, from its position to its limit, valid until the next
   *     call; null once the producer has ended the session, which is authenticated
   * @throws GapException if messages are missing; the next call goes on behind them
   * @throws StreamTruncatedException if a stream stopped without its producer's end and another
   *     stream has taken its place, or an epoch could not be opened; the next call goes on with
   *     what follows
   * @throws SessionTruncatedException if the session is over without the producer's end, or there
   *     was no joined connection for the reconnect timeout; final
   * @throws AuthenticationException if something does not verify, for the third time at one place
   *     or for the sixteenth time without progress
   * @throws InterruptedOperationException if the thread is interrupted and nothing has come
   * @throws ClosedException if this consumer is closed, before the call or during it
   * @throws HydraException if the relay refuses for good
   * @throws IllegalStateException if another thread is in this call, or a listener makes it
   */
  @Nullable ByteBuffer receive();

  /**
   * Waits for the next message, but not forever; the time is kept to within a second, also while
   * the connection is being made anew.
   *
   * @param timeout how long; less than a millisecond, which is also 0 and less, counts as one,
   *     longer than a century as forever
   * @return as {@link #receive()}
   * @throws ReceiveTimeoutException if nothing came in time; nothing is lost
   * @throws HydraException as {@link #receive()}
   * @throws IllegalStateException as {@link #receive()}
   */
  @Nullable ByteBuffer receive(Duration timeout);

  /**
   * How far this consumer has come. Everything that {@link #receive()} has returned, the message
   * returned last included, and every gap that has been told, counts as done: whoever goes on at
   * this position gets what follows, and nothing of that twice. To process each message exactly
   * once over a crash, store its result together with the position in one step, after {@code
   * receive()} returned the message and before the next call. For the thread that receives, which
   * this never blocks; after {@link #close()} for any thread, and then it waits up to a second for
   * a {@code receive()} that is ending.
   *
   * @return the position, empty before the first frame has been delivered
   */
  Optional<Position> position();

  /**
   * How many frames of the first stream came before the first one that this consumer asked for.
   * From any thread.
   *
   * @return the sequence at which it began: 0 for {@link HydraConsumer.Start#BEGINNING}, for a
   *     position, and before the first frame
   */
  long missedBefore();

  /**
   * Whether the next message is here already, so that {@link #receive()} need not wait for the
   * network: for an application that gathers output and has to flush it before it waits. A frame
   * that is here may turn out to be damaged or to have been delivered before; then {@code
   * receive()} does wait. For the thread that receives. Never blocks.
   *
   * @return true if a whole frame with messages has been read and not been delivered to its end
   */
  boolean isReady();

  /**
   * Whether a producer is connected, as the relay said last: when this consumer joined, or since
   * then. From any thread; what it says after joining is heard while a thread is in {@code
   * receive()}. Never blocks. Advice: a relay can lie.
   *
   * @return true if one is; always on the classic wire, which does not tell
   */
  boolean isProducerLive();

  /**
   * The key that the relay has proved to hold.
   *
   * @return the key of the present connection, the pinned one if there is one
   */
  RelayKey relayKey();

  /**
   * How many bytes each message has on the later classic wire, that of the crate's 1.0.0-beta.7 to
   * beta.9, where messages are packets of one length. From any thread.
   *
   * @return 1 to 64 MiB - 28, as the relay says; empty on the other wires, where messages have any
   *     length
   */
  default OptionalInt packetBytes() {
    return OptionalInt.empty();
  }

  /**
   * Whether the producer has ended the session, so that {@link #receive()} gives null.
   *
   * @return true behind the authenticated end
   */
  boolean isEnded();

  /**
   * Closes the connection and zeroes its keys. A {@code receive()} in progress ends with {@link
   * ClosedException} at once, also where a connection is being made. From any thread, at any time;
   * does not wait for anything. Later calls do nothing.
   */
  @Override
  void close();
}
