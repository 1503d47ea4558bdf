package io.hydrasync.client.internal.classic;

import io.hydrasync.client.internal.connection.RelaySocket;
import io.hydrasync.client.internal.stream.HeapShare;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicHello;
import io.hydrasync.protocol.classic.ClassicJoin;
import io.hydrasync.protocol.classic.ClassicPackets;
import io.hydrasync.protocol.classic.ClassicRole;
import io.hydrasync.protocol.classic.ClassicStatus;
import io.hydrasync.protocol.classic.ClassicVersion;
import io.hydrasync.protocol.crypto.X25519.LowOrderPointException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The beginning of a connection over a classic wire: both hellos, the join and, on the later wire,
 * what the relay answers to it. For one connection, and one thread but for {@link #hint()}.
 */
final class ClassicOpening implements RelaySocket.Opening<ClassicConnection> {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** What to try where a relay does not take the version: the last of each wire that has one. */
  private static final String EARLIEST = "1.0.0-beta.2";

  private static final String EARLIER = "1.0.0-beta.6";
  private static final String LATER = "1.0.0-beta.9";

  private final ClassicRole role;
  private final SessionId session;
  private final ClassicVersion version;
  private volatile boolean joined;
  private volatile int helloBytes;

  /**
   * What to say.
   *
   * @param version decides about the wire
   */
  ClassicOpening(ClassicRole role, SessionId session, ClassicVersion version) {
    this.role = role;
    this.session = session;
    this.version = version;
  }

  /**
   * Shakes hands and joins. On the earlier wires it is not known then that the relay accepts the
   * join.
   *
   * @throws AuthenticationException CORRUPT if the relay's key cannot be one, or an answer does not
   *     verify
   * @throws RelayException what the relay says, on the later wire
   * @throws ProtocolException PROTOCOL if it says what cannot be; TOO_BIG if this JVM's heap cannot
   *     hold its packets
   */
  @Override
  public ClassicConnection open(Socket socket, String where) throws IOException {
    ClassicCipher transport = shakeHands(socket, where);
    try {
      socket.getOutputStream().write(new ClassicJoin(role, session).seal(transport, version));
      joined = true;
      OptionalInt packetBytes =
          version.isLater()
              ? OptionalInt.of(packetBytes(socket, where, transport))
              : OptionalInt.empty();
      return new ClassicConnection(socket, where, packetBytes);
    } finally {
      transport.destroy();
    }
  }

  // ---- the hellos ----

  private ClassicCipher shakeHands(Socket socket, String where) throws IOException {
    ClassicHandshake handshake = new ClassicHandshake(version.hello(), RANDOM);
    try {
      byte[] answer = exchange(handshake.hello(), socket);
      ClassicHandshake.Agreement agreement = handshake.withServer(answer);
      try {
        return agreement.transport(version.name());
      } finally {
        agreement.destroy();
      }
    } catch (LowOrderPointException e) {
      throw new AuthenticationException(
          ErrorCode.CORRUPT, "the relay at " + where + " has a key of low order", e);
    } finally {
      handshake.destroy();
    }
  }

  private byte[] exchange(byte[] hello, Socket socket) throws IOException {
    byte[] answer = new byte[hello.length];
    try {
      socket.getOutputStream().write(hello);
      InputStream in = socket.getInputStream();
      while (helloBytes < answer.length) {
        int n = in.read(answer, helloBytes, answer.length - helloBytes);
        if (n < 0) {
          throw closedInHello(Optional.empty());
        }
        helloBytes += n; // which only this thread changes
        RelaySocket.requireNoForeign(answer, helloBytes);
      }
    } catch (SocketException e) {
      throw closedInHello(Optional.of(e));
    }
    return answer;
  }

  private IOException closedInHello(Optional<IOException> problem) {
    return RelaySocket.closedInHandshake(
        problem, version.isLater() ? "the classic wire of " + version.name() : "the classic wire");
  }

  /**
   * A relay that knows the version by a longer hello waits for the rest of this one; one that knows
   * it by a shorter hello has given its own, and takes the rest for a join.
   */
  @Override
  public String hint() {
    if (joined) {
      return ": it does not answer the join";
    }
    String other = version.isLater() ? EARLIER : LATER;
    if (helloBytes == ClassicHello.BETA_2.length()) {
      other = EARLIEST;
    } else if (helloBytes == ClassicHello.BETA_3.length()) {
      other = EARLIER;
    }
    return "; does it serve another version? --classic=" + other;
  }

  // ---- what the relay answers ----

  /** Nothing is allocated for packets before their length has been looked at. */
  private int packetBytes(Socket socket, String where, ClassicCipher transport) throws IOException {
    int number =
        ClassicStatus.open(
            transport,
            read(
                socket,
                ClassicStatus.LENGTH,
                "instead of answering the join; does it serve " + version.name() + "?"));
    if (!version.status(number).equals(Optional.of(ClassicStatus.SUCCESS))) {
      throw refusal(number, where);
    }
    int bytes =
        ClassicPackets.open(
            transport,
            read(
                socket,
                ClassicPackets.LENGTH,
                "before it has said how long its packets are; is it shutting down?"));
    if (bytes > HeapShare.OF_THIS_JVM.largestMessage()) {
      throw HeapShare.OF_THIS_JVM.tooBig("a packet of the relay at " + where, bytes, null);
    }
    return bytes;
  }

  private static byte[] read(Socket socket, int length, String closed) throws IOException {
    String gone = "the relay closed the connection " + closed;
    byte[] bytes;
    try {
      bytes = socket.getInputStream().readNBytes(length);
    } catch (SocketException e) {
      throw new IOException(gone, e);
    }
    if (bytes.length < length) {
      throw new EOFException(gone);
    }
    return bytes;
  }

  private HydraException refusal(int number, String where) {
    String relay = "the relay at " + where;
    return switch (version.status(number).orElse(ClassicStatus.SUCCESS)) {
      case SESSION_OCCUPIED ->
          refusal(ErrorCode.PRODUCER_EXISTS, relay + " says that the session has a producer");
      case SESSION_NOT_FOUND ->
          refusal(ErrorCode.NO_SESSION, relay + " says that no producer has opened the session");
      case INTERNAL_ERROR ->
          refusal(
              ErrorCode.INTERNAL,
              relay
                  + " refuses with an internal error, which on this wire also stands for a"
                  + " credential that it asks for, a limit that is reached, and a relay that winds"
                  + " down");
      default ->
          new ProtocolException(
              ErrorCode.PROTOCOL, relay + " answers the join with the status " + number);
    };
  }

  private static RelayException refusal(ErrorCode code, String message) {
    return new RelayException(code, message, code.defaultRetryAfter().orElse(Duration.ZERO));
  }
}
