package io.hydrasync.cli;

import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.inner.SealedWriter;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;

/** A relay that answers every JOIN with an ERROR, in words of its own. */
final class LyingRelay implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
  private final byte[] key = X25519.newPrivateKey(new SecureRandom());
  private volatile ErrorMessage answer = new ErrorMessage(0, 0, "");

  LyingRelay() throws IOException {
    Thread thread = new Thread(this::serve, "lying-relay");
    thread.setDaemon(true);
    thread.start();
  }

  /** What it says from now on. */
  void says(ErrorMessage failure) {
    answer = failure;
  }

  int port() {
    return listener.getLocalPort();
  }

  String name() {
    return "127.0.0.1:" + port();
  }

  private void serve() {
    while (!listener.isClosed()) {
      try (Socket socket = listener.accept()) {
        refuse(socket);
      } catch (Exception e) {
        // the next one
      }
    }
  }

  private void refuse(Socket socket) throws Exception {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    in.readNBytes(Magic.LENGTH);
    Handshake.Responder responder =
        new Handshake.Responder(
            Magic.bytes(), key, X25519.publicKey(key), X25519.newPrivateKey(new SecureRandom()));
    responder.readMessage1(in.readNBytes(Handshake.MESSAGE_1_LENGTH));
    Handshake.Finished finished = responder.writeMessage2(new byte[0]);
    socket.getOutputStream().write(finished.bytes());
    in.readNBytes(in.readInt()); // JOIN
    socket.getOutputStream().write(new SealedWriter(finished.result().sender()).seal(answer));
    in.readAllBytes();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
