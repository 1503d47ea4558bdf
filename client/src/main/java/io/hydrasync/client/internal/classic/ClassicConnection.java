package io.hydrasync.client.internal.classic;

import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.FrameReader;
import io.hydrasync.client.internal.connection.RelaySocket;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicRole;
import io.hydrasync.protocol.classic.ClassicVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.OptionalInt;

/**
 * One TCP connection to a relay over a classic wire, joined. On the earlier wires a relay that
 * refuses closes it then, without a word. Reading belongs to one thread, writing to whoever holds
 * the owner's lock; {@link #close} may be called by anybody.
 */
final class ClassicConnection {
  private final Socket socket;
  private final String where;
  private final OutputStream out;
  private final FrameReader frames;
  private final OptionalInt packetBytes;
  private int readTimeoutMs;

  /**
   * A connection that has been joined.
   *
   * @param packetBytes of payload in each packet; empty on the earlier wires
   */
  ClassicConnection(Socket socket, String where, OptionalInt packetBytes) throws IOException {
    this.socket = socket;
    this.where = where;
    this.packetBytes = packetBytes;
    out = socket.getOutputStream();
    frames = new FrameReader(socket.getInputStream());
    frames.maxLen(ClassicCipher.MAX_LEN);
    packetBytes.ifPresent(bytes -> frames.fixedLength(bytes + ClassicCipher.PART_OVERHEAD));
    socket.setKeepAlive(true); // nobody says anything while there is nothing to send
  }

  /**
   * Connects, shakes hands and joins. On the earlier wires it is not known then that the relay
   * accepts the join.
   *
   * @param version of the crate that the relay takes us for; decides about the wire
   * @throws AuthenticationException CORRUPT if something does not verify, or the relay's key cannot
   *     be one
   * @throws io.hydrasync.protocol.RelayException if the relay says that it refuses
   * @throws io.hydrasync.protocol.ProtocolException if it says what cannot be, or too much for the
   *     heap
   * @throws ConnectionException if the connection cannot be made or breaks
   * @throws io.hydrasync.protocol.InterruptedOperationException if the thread is interrupted;
   *     nothing stays open
   */
  static ClassicConnection open(ClientOptions options, ClassicRole role, String version) {
    return RelaySocket.open(
        options,
        () -> new ClassicOpening(role, options.session(), ClassicVersion.of(version)),
        ClassicConnection::close);
  }

  static UnsupportedByWireException noRelayKey() {
    return new UnsupportedByWireException(
        "a relay has no key on the classic wire; use wire 2 to know whom you talk to");
  }

  FrameReader frames() {
    return frames;
  }

  /** How many bytes of payload each packet has; empty on the earlier wires. */
  OptionalInt packetBytes() {
    return packetBytes;
  }

  /** Whether a relay says why it refuses, so that a close means something else. */
  boolean isLater() {
    return packetBytes.isPresent();
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

  /**
   * Begins a packet that has no end, and closes this direction: the relay passes on what came
   * before, and does not take it for the end of the session.
   */
  void breakOff() throws IOException {
    out.write(0);
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
