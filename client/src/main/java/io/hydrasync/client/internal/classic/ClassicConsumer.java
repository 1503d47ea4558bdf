package io.hydrasync.client.internal.classic;

import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.FrameReader;
import io.hydrasync.client.internal.consumer.ConsumerWire;
import io.hydrasync.client.internal.stream.HeapShare;
import io.hydrasync.client.internal.stream.MessageCursor;
import io.hydrasync.client.internal.stream.StreamPosition;
import io.hydrasync.client.internal.threads.ReceivingThread;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicRole;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A consumer on the classic wire: opens frames as they come. Nothing is made anew and nothing
 * resumed; the relay's FIN is the end. For the thread that receives, but for {@link #close()}.
 *
 * <p>There is no PING on this wire that would wake a thread which waits for bytes and has been
 * interrupted. So it waits in steps, and looks in between.
 */
public final class ClassicConsumer implements ConsumerWire {
  /** Within a second an interrupted thread notices. */
  private static final int STEP_MS = 750;

  private final ReceivingThread receiver = new ReceivingThread();
  private final ClassicConnection connection;
  private final ClassicMessages sealed;
  private final MessageCursor messages = new MessageCursor();
  private byte[] plaintext = new byte[64 << 10];
  private boolean hasReceived;
  private volatile boolean ended;
  private @Nullable HydraException fatal;
  private volatile boolean closed;

  public ClassicConsumer(ClientOptions options, String version, SessionKey sessionKey) {
    ConsumerWire.rehearse();
    connection = ClassicConnection.open(options, ClassicRole.CONSUMER, version);
    sealed = new ClassicMessages(sessionKey, connection.packetBytes());
  }

  @Override
  public @Nullable ByteBuffer receive(long deadline) {
    receiver.enter();
    try {
      return receiveFrame(deadline);
    } catch (HydraException e) {
      throw e;
    } catch (RuntimeException | Error e) { // such as a key that close() has zeroed meanwhile
      fatal = ConsumerWire.LAST_RESORT; // whatever happens here, no later call goes on
      throw fail(ConsumerWire.fault(e));
    } finally {
      receiver.leave();
    }
  }

  private @Nullable ByteBuffer receiveFrame(long deadline) {
    HydraException last = fatal;
    if (closed) {
      throw ConsumerWire.closed(null);
    }
    if (last != null) {
      throw last;
    }
    try {
      ended = ended || !nextFrame(deadline);
    } catch (SocketTimeoutException e) {
      throw new ReceiveTimeoutException("no message within the time given");
    } catch (EOFException e) {
      throw fail(
          new SessionTruncatedException("the relay closed the connection within a message", e));
    } catch (InterruptedIOException e) {
      throw ConsumerWire.interrupted(e);
    } catch (IOException e) {
      throw failed(e);
    } catch (AuthenticationException | ProtocolException e) {
      throw fail(e);
    }
    return ended ? null : open();
  }

  /** A virtual thread's interrupt closes its socket: that is told first, and the end of it next. */
  private HydraException failed(IOException problem) {
    HydraException known = fail(broken(problem));
    return !closed && Thread.currentThread().isInterrupted()
        ? ConsumerWire.interrupted(problem)
        : known;
  }

  private boolean nextFrame(long deadline) throws IOException {
    while (true) {
      long ms = STEP_MS;
      if (deadline != FOREVER) {
        ms = Math.min(ms, (deadline - System.nanoTime()) / 1_000_000 + 1); // rounded up
      }
      try {
        return connection.nextFrame((int) Math.max(1, ms));
      } catch (SocketTimeoutException e) {
        if (deadline != FOREVER && System.nanoTime() - deadline >= 0) {
          throw e;
        }
      }
    }
  }

  private ByteBuffer open() {
    FrameReader frames = connection.frames();
    int length = frames.length() - sealed.overhead();
    if (length > plaintext.length) {
      plaintext = largerPlaintext(length);
    }
    if (!sealed.open(frames, plaintext)) {
      throw fail(unverified());
    }
    hasReceived = true;
    messages.take(plaintext, length, false, 0);
    return messages.next();
  }

  /**
   * Twice as large, where there is memory for that, too: sizes that rise slowly would take each.
   */
  private byte[] largerPlaintext(int length) {
    int most = Math.min(ClassicCipher.MAX_LEN, HeapShare.OF_THIS_JVM.largestMessage());
    try {
      return HeapShare.OF_THIS_JVM.array(
          "the next message", Math.max(length, Math.min(2 * plaintext.length, most)));
    } catch (ProtocolException e) {
      throw fail(e);
    }
  }

  private AuthenticationException unverified() {
    return hasReceived
        ? new AuthenticationException(
            ErrorCode.CORRUPT,
            "the relay at " + connection.where() + " sent a message that does not verify")
        : new AuthenticationException(
            ErrorCode.WRONG_KEY,
            "the first message from the relay at "
                + connection.where()
                + " does not open with this session key, or was damaged");
  }

  private SessionTruncatedException broken(IOException problem) {
    String what =
        "the connection to the relay at " + connection.where() + " broke: " + problem.getMessage();
    if (connection.isLater()) {
      return new SessionTruncatedException(
          what
              + "; the classic wire cannot resume. A relay ends a consumer that lags too far in that"
              + " way, and all where the producer has broken off",
          problem);
    }
    return new SessionTruncatedException(
        hasReceived
            ? what + "; the classic wire cannot resume"
            : what
                + ". Classic relays refuse a consumer in that way: for its version, because no"
                + " producer is there, or because they serve no more",
        problem);
  }

  /** What sticks; told is that this consumer is closed, where that was the reason. */
  private HydraException fail(HydraException problem) {
    fatal = problem;
    connection.close();
    return closed ? ConsumerWire.closed(problem) : problem;
  }

  @Override
  public Optional<StreamPosition> position() {
    return Optional.empty();
  }

  @Override
  public long missedBefore() {
    return 0;
  }

  @Override
  public boolean isReady() {
    return !closed && connection.frames().isNextBuffered();
  }

  @Override
  public boolean isProducerLive() {
    return true;
  }

  @Override
  public RelayKey relayKey() {
    throw ClassicConnection.noRelayKey();
  }

  @Override
  public OptionalInt packetBytes() {
    return connection.packetBytes();
  }

  @Override
  public boolean isEnded() {
    return ended;
  }

  @Override
  public void close() {
    closed = true;
    connection.close();
    sealed.destroy();
  }
}
