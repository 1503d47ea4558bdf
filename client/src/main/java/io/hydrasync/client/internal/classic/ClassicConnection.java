package io.hydrasync.client.internal.classic;

import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.FrameReader;
import io.hydrasync.client.internal.connection.RelaySocket;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicJoin;
import io.hydrasync.protocol.crypto.X25519.LowOrderPointException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/**
 * One TCP connection to a relay over the classic wire. A relay that refuses closes it, without a
 * word. Reading belongs to one thread, writing to whoever holds the owner's lock; {@link #close}
 * may be called by anybody.
 */
final class ClassicConnection {
  private static final SecureRandom RANDOM = new SecureRandom();

  private static final String CLASSIC = "the classic wire";

  private final Socket socket;
  private final String where;
  private final OutputStream out;
  private final FrameReader frames;
  private int readTimeoutMs;

  private ClassicConnection(Socket socket, String where) throws IOException {
    this.socket = socket;
    this.where = where;
    out = socket.getOutputStream();
    frames = new FrameReader(socket.getInputStream());
    frames.maxLen(ClassicCipher.MAX_LEN);
    socket.setKeepAlive(true); // nobody says anything while there is nothing to send
  }

  /**
   * Connects, shakes hands and joins. That the relay accepts the join is not known then.
   *
   * @param version of the crate that the relay takes us for
   * @throws AuthenticationException CORRUPT if the relay's key cannot be one
   * @throws ConnectionException if the connection cannot be made or breaks
   * @throws io.hydrasync.protocol.InterruptedOperationException if the thread is interrupted;
   *     nothing stays open
   */
  static ClassicConnection open(ClientOptions options, Role role, String version) {
    return RelaySocket.open(
        options,
        (socket, where) -> {
          ClassicCipher transport = shakeHands(socket, where, version);
          byte[] join = new ClassicJoin(role, options.session()).seal(transport);
          transport.destroy();
          socket.getOutputStream().write(join);
          return new ClassicConnection(socket, where);
        },
        ClassicConnection::close);
  }

  private static ClassicCipher shakeHands(Socket socket, String where, String version)
      throws IOException {
    ClassicHandshake handshake = new ClassicHandshake(RANDOM);
    try {
      return agree(handshake, socket, where, version);
    } finally {
      handshake.destroy();
    }
  }

  private static ClassicCipher agree(
      ClassicHandshake handshake, Socket socket, String where, String version) throws IOException {
    byte[] answer = exchange(handshake.hello(), socket);
    try {
      ClassicHandshake.Agreement agreement = handshake.withServer(answer);
      try {
        return agreement.transport(version);
      } finally {
        agreement.destroy();
      }
    } catch (LowOrderPointException e) {
      throw new AuthenticationException(
          ErrorCode.CORRUPT, "the relay at " + where + " has a key of low order", e);
    }
  }

  private static byte[] exchange(byte[] hello, Socket socket) throws IOException {
    byte[] answer;
    try {
      socket.getOutputStream().write(hello);
      answer = socket.getInputStream().readNBytes(ClassicHandshake.HELLO_LENGTH);
    } catch (SocketException e) {
      throw RelaySocket.closedInHandshake(Optional.of(e), CLASSIC);
    }
    if (answer.length < ClassicHandshake.HELLO_LENGTH) {
      throw RelaySocket.closedInHandshake(Optional.empty(), CLASSIC);
    }
    return answer;
  }

  /** What seals and opens a session's messages. */
  static ClassicCipher messages(SessionKey key) {
    byte[] bytes = key.secretBytes();
    try {
      return new ClassicCipher(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  static UnsupportedByWireException noRelayKey() {
    return new UnsupportedByWireException(
        "a relay has no key on the classic wire; use wire 2 to know whom you talk to");
  }

  FrameReader frames() {
    return frames;
  }

  /**
   * Waits for the next frame.
   *
   * @param timeoutMs 1 or more
   * @return false if the relay has closed the connection between two frames
   * @throws java.net.SocketTimeoutException if nothing whole has come; the call can be made again
   * @throws java.io.InterruptedIOException if the thread is interrupted and would have to wait; the
   *     call can be made again
   */
  boolean nextFrame(int timeoutMs) throws IOException {
    if (timeoutMs != readTimeoutMs) { // the call makes an object each time
      socket.setSoTimeout(timeoutMs);
      readTimeoutMs = timeoutMs;
    }
    return frames.next(timeoutMs);
  }

  /** Waits until the relay closes the connection; whatever it says is not for a producer. */
  void awaitClose() throws IOException {
    InputStream in = socket.getInputStream();
    byte[] ignored = new byte[64];
    while (in.read(ignored) >= 0) {
      // nothing is expected
    }
  }

  void write(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
  }

  void finishOutput() throws IOException {
    socket.shutdownOutput();
  }

  String where() {
    return where;
  }

  boolean isClosed() {
    return socket.isClosed();
  }

  void close() {
    RelaySocket.closeQuietly(socket);
  }

  /** Closes so that the relay does not take it for the end: what is on its way is lost. */
  void reset() {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // closed already
    }
    close();
  }
}
