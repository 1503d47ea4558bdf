package io.hydrasync.tests.peer;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.inner.SealedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;

/**
 * Joins a session as the wire has it and leaves the connection to the caller: no thread, no key, no
 * look at what comes. For tests that need thousands of clients of a relay on this machine.
 *
 * @param port of the relay, which listens on all loopback addresses
 * @param receiveBuffer what the operating system may hold for a client that does not read, in
 *     bytes; 0 = what it likes
 */
public record RawClient(int port, int receiveBuffer) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int LOOPBACKS = 4;

  /**
   * Connects and joins.
   *
   * @param number of this client, which chooses one of several loopback addresses: there are more
   *     clients than an address has ports
   * @param role to join in
   * @param sid the session id
   * @param start one of {@code JoinMessage.START_}
   * @return a blocking channel, owned by the caller, from which one byte of the answer has been
   *     read
   * @throws IOException if the relay refuses
   */
  public SocketChannel join(int number, Role role, byte[] sid, int start) throws Exception {
    byte[] host = {127, 0, 0, (byte) (1 + number % LOOPBACKS)};
    SocketChannel channel = SocketChannel.open();
    if (receiveBuffer > 0) {
      channel.setOption(
          StandardSocketOptions.SO_RCVBUF, receiveBuffer); // before the window is told
    }
    channel.connect(new InetSocketAddress(InetAddress.getByAddress(host), port));
    InputStream in = channel.socket().getInputStream();
    OutputStream out = channel.socket().getOutputStream();
    Handshake.Initiator initiator =
        new Handshake.Initiator(Magic.bytes(), X25519.newPrivateKey(RANDOM));
    out.write(Magic.bytes());
    out.write(initiator.writeMessage1(new byte[0]));
    byte[] message2 = in.readNBytes(Handshake.MESSAGE_2_LENGTH);
    SealedWriter writer = new SealedWriter(initiator.readMessage2(message2).result().sender());
    out.write(writer.seal(join(role, sid, start)));
    if (in.read() < 0) {
      throw new IOException("the relay refused connection " + number);
    }
    return channel;
  }

  private static JoinMessage join(Role role, byte[] sid, int start) {
    return JoinMessage.of(role, SessionId.of(sid)).waiting().from(start);
  }
}
