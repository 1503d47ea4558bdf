package io.hydrasync.client;

import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionSecrets;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * Broadcasts messages into a session. What an application depends on, and puts a double of its own
 * in the place of; {@link HydraProducer} is the one that sends them. Methods may be added to it.
 *
 * <p>{@link #broadcast} sends a message now, and if there are many, as fast as they come. {@link
 * #write} may keep it for a moment so that small messages share a frame; {@link #flush()} sends
 * them, and what nobody flushes is sent after the linger time. Calls block while the relay does not
 * take more, which is how a slow consumer reaches the producer.
 *
 * <p>Thread-safe: a lock keeps the calls of several threads in one order. Messages are copied or
 * sealed before a call returns, so the caller may use its array again. {@link #close()} ends the
 * session.
 *
 * <h2>Taken once</h2>
 *
 * <p>A message is <em>taken</em> once its bytes are in the batch of small messages or in the ring
 * of frames that are kept to be sent again ({@link HydraProducer.Builder#ring}). A call that throws
 * has not taken its message, which is then never sent; the position of a {@code ByteBuffer} has not
 * moved. Once the message is taken the call returns normally, at the latest when it notices that
 * the thread was interrupted, the producer closed or the connection lost for good; what is lost for
 * good is thrown by the next call and by {@link #close()}. The message goes out once, over this
 * connection or a later one. It has arrived when a later {@link #flush(Duration)} has returned true
 * or {@code close()} has returned; until then it may still be lost with the process, or with the
 * producer's failing. {@link #flush()} takes nothing: what it cannot send is kept, and sent later.
 */
public interface SessionProducer extends AutoCloseable {
  // ---- sending ----

  /**
   * Sends a message now, behind all that were written before. The same as {@link #write(byte[])}
   * and {@link #flush()}, except that of broadcasts that follow each other within a few
   * microseconds all but the first ones may wait for 0.05 ms and share frames (see {@link
   * HydraProducer.Builder#coalesce}). Blocks while the relay does not take more, and while the
   * connection is being made anew; a message that was taken is sent again after that where it was
   * lost. If this throws, the message is never sent.
   *
   * @param message 0 to {@link #maxMessageBytes()} bytes; may be used again after the call
   * @throws ProtocolException TOO_BIG if it is larger, or there is no memory for it at present; the
   *     producer can be used on
   * @throws io.hydrasync.protocol.ConnectionException if there is no connection at present and
   *     {@link HydraProducer.Builder#blockWhileDisconnected} was set to false; the producer can be
   *     used on
   * @throws io.hydrasync.protocol.InterruptedOperationException if the thread is interrupted where
   *     it has to wait; the producer can be used on
   * @throws io.hydrasync.protocol.ClosedException if the producer is closed, also meanwhile
   * @throws HydraException if the connection is lost for good; the producer cannot be used any more
   */
  void broadcast(byte[] message);

  /**
   * Sends a message now, behind all that were written before.
   *
   * @param message from its position to its limit; the position moves to the limit iff the message
   *     is taken
   * @throws HydraException as {@link #broadcast(byte[])}
   */
  void broadcast(ByteBuffer message);

  /**
   * Sends a message now if that takes no waiting: not for another thread, not for a connection, not
   * for acknowledgments and not for the socket; it is a frame of its own. To be sure of the last,
   * it sends only what fits, together with all that the relay has not acknowledged yet, into a
   * quarter of the socket's send buffer; a message that is larger than that is never sent in this
   * way.
   *
   * @param message 0 to {@link #maxMessageBytes()} bytes; may be used again after the call
   * @return false if the message was not taken
   * @throws ProtocolException TOO_BIG if it is larger than the relay takes
   * @throws io.hydrasync.protocol.ClosedException if the producer is closed
   * @throws HydraException if the connection is lost for good
   */
  boolean tryBroadcast(byte[] message);

  /**
   * Sends a message now if that takes no waiting, as {@link #tryBroadcast(byte[])}.
   *
   * @param message from its position to its limit; the position moves to the limit iff the message
   *     is taken
   * @return false if the message was not taken
   * @throws HydraException as {@link #tryBroadcast(byte[])}
   */
  boolean tryBroadcast(ByteBuffer message);

  /**
   * Sends a message soon: with {@link #flush()}, when 64 KiB have come together, or after the
   * linger time.
   *
   * @param message 0 to {@link #maxMessageBytes()} bytes; may be used again after the call
   * @throws HydraException as {@link #broadcast(byte[])}
   */
  void write(byte[] message);

  /**
   * Sends a message soon.
   *
   * @param message from its position to its limit; the position moves to the limit iff the message
   *     is taken
   * @throws HydraException as {@link #broadcast(byte[])}
   */
  void write(ByteBuffer message);

  /**
   * Sends what has been written. Blocks until the operating system has taken it, also over the next
   * connection where the present one is lost.
   *
   * @throws HydraException as {@link #broadcast(byte[])}; what has been written is kept, and sent
   *     once all the same where the producer can be used on
   */
  void flush();

  /**
   * Sends what has been written, by any thread, and waits until all of it is in the relay's log:
   * from then on it survives this process. Waits for a connection, too, whatever {@link
   * HydraProducer.Builder#blockWhileDisconnected} says.
   *
   * @param timeout how long to wait; 0 or less does not wait, and more than a century is for ever
   * @return true if everything that was ever taken is in the relay's log; false if the time ran
   *     out, or if another producer has taken the session, now or before, and messages that the
   *     relay had not acknowledged by then were not sent again
   * @throws io.hydrasync.protocol.ClosedException if the producer is closed, also meanwhile
   * @throws HydraException if the connection is lost for good
   * @throws InterruptedException if the thread is interrupted; what has been written is kept
   */
  boolean flush(Duration timeout) throws InterruptedException;

  // ---- what the relay says ----

  /**
   * How many consumers are connected.
   *
   * @return as the relay said last
   */
  int consumers();

  /**
   * Waits for consumers.
   *
   * @param count how many
   * @param timeout how long to wait; 0 or less does not wait, and more than a century is for ever
   * @return true if that many are connected, false if the time ran out
   * @throws io.hydrasync.protocol.ClosedException if the producer is closed, also meanwhile
   * @throws HydraException if the connection is lost for good
   * @throws InterruptedException if the thread is interrupted
   */
  boolean awaitConsumers(int count, Duration timeout) throws InterruptedException;

  /**
   * How many frames the relay has in its log. A frame holds one message, or several small ones.
   *
   * @return all frames below this sequence
   */
  long acknowledged();

  /**
   * How many bytes of sealed frames are on their way to the relay's log: sent, or being kept for
   * when the connection is back, and not acknowledged. Never blocks: while another thread is
   * sending, this is what was so at that thread's last frame that came after a call of this method.
   *
   * @return 0 or more
   * @throws io.hydrasync.protocol.UnsupportedByWireException on the classic wire
   */
  long unacknowledgedBytes();

  /**
   * How many frames of this stream the relay has let go of before any consumer had taken them. What
   * the relay says, and it may not say it: advice.
   *
   * @return 0 or more, 0 on the classic wire
   */
  long unreadFrames();

  /**
   * The key that the relay has proved to hold, for instance to put it into a {@link
   * SessionSecrets#ticket ticket}.
   *
   * @return the key, the pinned one if there is one
   */
  RelayKey relayKey();

  /**
   * The largest message that the relay takes and this JVM has the heap for, which is four times the
   * message.
   *
   * @return bytes, 64 MiB unless the relay has little memory, or this JVM has less than 256 MiB;
   *     where there are {@link #packetBytes()}, the largest multiple of them up to that
   */
  int maxMessageBytes();

  /**
   * How many bytes of payload each packet has on the later classic wire, that of the crate's
   * 1.0.0-beta.7 to beta.9: a message is a positive multiple of it, and arrives as so many
   * messages.
   *
   * @return 1 to 64 MiB - 28, as the relay says; empty on the other wires, where messages have any
   *     length
   */
  default OptionalInt packetBytes() {
    return OptionalInt.empty();
  }

  /**
   * How many bytes of sealed frames are kept to be sent again after a lost connection, and may be
   * unacknowledged before sending blocks: what {@link HydraProducer.Builder#ring} was given, or its
   * default, which is less on a small heap.
   *
   * @return bytes; 0 on the classic wire, which sends nothing again
   */
  long ringBytes();

  /**
   * Ends the session: sends what has been written, the authenticated end, and closes the connection
   * once the relay has taken all of it; then the keys are zeroed. Blocks as long as that takes, and
   * an interrupt does not shorten it; {@link #close(Duration)} is bounded, and so is {@link
   * #abort()} from another thread. Later calls do nothing.
   *
   * @throws HydraException if the relay may not have got everything
   */
  @Override
  void close();

  /**
   * Ends the session as {@link #close()} does, but gives it up as {@link #abort()} does when the
   * time is over. An interrupt does not shorten it, nor does another thread that is stuck in a call
   * lengthen it.
   *
   * @param timeout how long it may take, 0 or less for no time; it returns within this and one
   *     second. More than three weeks are for ever
   * @throws io.hydrasync.protocol.ReceiveTimeoutException if the session was given up
   * @throws HydraException if the relay may not have got everything
   */
  void close(Duration timeout);

  /**
   * Gives the session up: it is over, without the authenticated end, and consumers get {@link
   * io.hydrasync.protocol.TruncatedException} behind what the relay has. For when the application
   * cannot send all that it meant to. What has been written and not been sent is dropped. Blocks
   * for two seconds, three at most, whatever another thread does: one that is stuck in a call
   * leaves it. Where there is no connection, or the relay takes nothing, it cannot be told, and
   * keeps the session for its linger time. Does nothing after {@link #close()}.
   */
  void abort();

  /**
   * Leaves the session without ending it: sends what has been written and the authenticated end of
   * this stream, and closes the connection once the relay has taken all of it. Consumers go on
   * waiting for the next producer, whose stream follows for them without a gap; the relay forgets a
   * session to which none comes within its linger time. Blocks as {@link #close()} does, after
   * which this does nothing; the keys are zeroed then.
   *
   * @throws HydraException if the relay may not have got everything
   * @throws io.hydrasync.protocol.UnsupportedByWireException on the classic wire; the producer can
   *     be used on
   */
  void leave();
}
