package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.threads.Watchdog;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.noise.NoiseException;
import io.hydrasync.protocol.wire.Magic;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The magic and the Noise handshake over a fresh socket ({@code wire2.md} section 1). Stateless.
 */
final class RelayHandshake {
  private static final String WIRE_2 = "wire 2";
  private static final SecureRandom RANDOM = new SecureRandom();

  private RelayHandshake() {}

  /**
   * As {@link #over}, with a relay that may take so long to answer.
   *
   * @param ms 1 or more
   * @throws java.net.SocketTimeoutException if it does not; the socket is closed then
   */
  static Handshake.Result within(int ms, Socket socket, String where) throws IOException {
    AtomicBoolean late = new AtomicBoolean();
    Runnable end =
        () -> {
          late.set(true);
          RelaySocket.closeQuietly(socket);
        };
    try {
      return Watchdog.within(ms, end, () -> over(socket, where));
    } catch (IOException e) {
      throw late.get() ? Watchdog.timedOut("no answer to the handshake", e) : e;
    }
  }

  /**
   * Shakes hands with the relay at the other end, whose key is not checked here.
   *
   * @return the keys of the connection, the caller's to destroy
   * @throws AuthenticationException VERSION or CORRUPT
   */
  static Handshake.Result over(Socket socket, String where) throws IOException {
    Handshake.Initiator initiator =
        new Handshake.Initiator(Magic.bytes(), X25519.newPrivateKey(RANDOM));
    try {
      return shakeHands(initiator, socket, where);
    } finally {
      initiator.destroy(); // also where message 2 has not come
    }
  }

  private static Handshake.Result shakeHands(
      Handshake.Initiator initiator, Socket socket, String where) throws IOException {
    byte[] opening = Arrays.copyOf(Magic.bytes(), Magic.LENGTH + Handshake.MESSAGE_1_LENGTH);
    byte[] message1 = initiator.writeMessage1(new byte[0]);
    System.arraycopy(message1, 0, opening, Magic.LENGTH, message1.length);
    byte[] message2 = exchange(opening, socket, where);
    try {
      return initiator.readMessage2(message2).result();
    } catch (NoiseException e) {
      throw new AuthenticationException(
          ErrorCode.CORRUPT, "the handshake with the relay at " + where + " does not verify", e);
    }
  }

  private static byte[] exchange(byte[] opening, Socket socket, String where) throws IOException {
    try {
      socket.getOutputStream().write(opening);
      return readMessage2(socket, where);
    } catch (SocketException e) {
      throw RelaySocket.closedInHandshake(Optional.of(e), WIRE_2);
    }
  }

  private static byte[] readMessage2(Socket socket, String where) throws IOException {
    byte[] message = new byte[Handshake.MESSAGE_2_LENGTH];
    InputStream in = socket.getInputStream();
    int n = 0;
    while (n < message.length) {
      int read = in.read(message, n, message.length - n);
      if (read < 0) {
        break;
      }
      n += read;
      RelaySocket.requireNoForeign(message, n); // who greets may then wait for ever
    }
    if (n == message.length) {
      return message;
    }
    if (n == Magic.LENGTH && Magic.matching(message, n) >= Magic.COMMON_LENGTH) {
      throw new AuthenticationException(
          ErrorCode.VERSION, "the relay at " + where + " speaks another version of this protocol");
    }
    throw RelaySocket.closedInHandshake(Optional.empty(), WIRE_2);
  }
}
