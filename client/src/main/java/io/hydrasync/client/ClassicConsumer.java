package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.TimeoutException;
import io.hydrasync.protocol.classic.ClassicCipher;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A consumer on the classic wire: opens frames as they come. Nothing is made anew and nothing
 * resumed; the relay's FIN is the end. For the thread that receives, but for {@link #close()}.
 */
final class ClassicConsumer implements ConsumerWire {
  private final ClassicConnection connection;
  private final ClassicCipher cipher;
  private final MessageCursor messages = new MessageCursor();
  private byte[] plaintext = new byte[64 << 10];
  private boolean hasReceived;
  private boolean ended;
  private @Nullable HydraException fatal;
  private volatile boolean closed;

  ClassicConsumer(ClientOptions options, String version, SessionKey sessionKey) {
    cipher = ClassicConnection.messages(sessionKey);
    connection = ClassicConnection.open(options, Role.CONSUMER, version);
  }

  @Override
  public @Nullable ByteBuffer receive(long deadline) {
    HydraException last = fatal;
    if (closed) {
      throw new IllegalStateException("this consumer is closed");
    }
    if (last != null) {
      throw last;
    }
    try {
      ended = ended || !nextFrame(deadline);
    } catch (SocketTimeoutException e) {
      throw new TimeoutException("no message within the time given");
    } catch (EOFException e) {
      throw fail(
          new SessionTruncatedException("the relay closed the connection within a message", e));
    } catch (IOException e) {
      if (closed) {
        throw new IllegalStateException("this consumer is closed", e);
      }
      throw fail(broken(e));
    } catch (AuthenticationException e) {
      throw fail(e);
    }
    return ended ? null : open();
  }

  private boolean nextFrame(long deadline) throws IOException {
    if (deadline == FOREVER) {
      return connection.nextFrame(0);
    }
    while (true) {
      long ms = (deadline - System.nanoTime()) / 1_000_000 + 1; // rounded up
      try {
        return connection.nextFrame((int) Math.max(1, Math.min(Integer.MAX_VALUE, ms)));
      } catch (SocketTimeoutException e) {
        if (System.nanoTime() - deadline >= 0) {
          throw e;
        }
      }
    }
  }

  private ByteBuffer open() {
    FrameReader frames = connection.frames();
    int length = frames.length() - ClassicCipher.OVERHEAD;
    if (length > plaintext.length) {
      plaintext = new byte[Math.max(length, Math.min(2 * plaintext.length, ClassicCipher.MAX_LEN))];
    }
    if (!cipher.open(frames.buffer(), frames.offset(), frames.length(), plaintext)) {
      throw fail(unverified());
    }
    hasReceived = true;
    messages.take(plaintext, length, false, 0);
    return messages.next();
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
    return new SessionTruncatedException(
        hasReceived
            ? what + "; the classic wire cannot resume"
            : what + ". That is also how it refuses, for the version or because it serves no more",
        problem);
  }

  private HydraException fail(HydraException problem) {
    fatal = problem;
    connection.close();
    return problem;
  }

  @Override
  public Optional<Position> position() {
    return Optional.empty();
  }

  @Override
  public long missedBefore() {
    return 0;
  }

  @Override
  public boolean isReady() {
    return connection.frames().isNextBuffered();
  }

  @Override
  public RelayKey relayKey() {
    throw ClassicConnection.noRelayKey();
  }

  @Override
  public boolean isEnded() {
    return ended;
  }

  @Override
  public void close() {
    closed = true;
    connection.close();
    cipher.destroy();
  }
}
