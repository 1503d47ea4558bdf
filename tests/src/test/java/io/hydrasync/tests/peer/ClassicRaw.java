package io.hydrasync.tests.peer;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.check.ClassicVersions;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicHello;
import io.hydrasync.protocol.classic.ClassicJoin;
import io.hydrasync.protocol.classic.ClassicRole;
import io.hydrasync.protocol.classic.ClassicVersion;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.SecureRandom;

/** A client of the classic wire that says when each of its bytes goes out. */
public final class ClassicRaw implements Closeable {
  private static final SecureRandom RANDOM = new SecureRandom();
  private final Socket socket = new Socket();
  private final byte[] join;

  private ClassicRaw(InetSocketAddress relay, Role role, SessionSecrets session) throws Exception {
    socket.connect(relay);
    socket.setTcpNoDelay(true);
    ClassicHandshake handshake = new ClassicHandshake(ClassicHello.BETA_3, RANDOM);
    send(handshake.hello());
    byte[] hello = in().readNBytes(ClassicHello.BETA_3.length());
    join =
        new ClassicJoin(roleOf(role), session.id())
            .seal(
                handshake.withServer(hello).transport(ClassicVersions.DEFAULT),
                ClassicVersion.of(ClassicVersions.DEFAULT));
  }

  static ClassicRole roleOf(Role role) {
    return role == Role.PRODUCER ? ClassicRole.PRODUCER : ClassicRole.CONSUMER;
  }

  /** Has asked to join. */
  public static ClassicRaw joined(InetSocketAddress relay, Role role, SessionSecrets session)
      throws Exception {
    return silent(relay, role, session).joinWith(new byte[0]);
  }

  /** Has not asked to join yet. */
  public static ClassicRaw silent(InetSocketAddress relay, Role role, SessionSecrets session)
      throws Exception {
    return new ClassicRaw(relay, role, session);
  }

  /** Frames of messages of zeros. */
  public static byte[] frames(SessionSecrets session, int size, int count) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    ClassicCipher cipher = new ClassicCipher(session.key().secretBytes());
    for (int i = 0; i < count; i++) {
      byte[] frame = new byte[size + ClassicCipher.OVERHEAD];
      cipher.seal(new byte[size], 0, size, frame, 0);
      frames.writeBytes(frame);
    }
    return frames.toByteArray();
  }

  InputStream in() throws IOException {
    return socket.getInputStream();
  }

  public ClassicRaw send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** Its join, and in one piece with that what it says behind it. */
  public ClassicRaw joinWith(byte[] behind) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(join);
    all.writeBytes(behind);
    return send(all.toByteArray());
  }

  /** For the relay that is the close; this end can still see how the relay answers. */
  public ClassicRaw finish() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Whether the relay ends the connection with FIN; a refused one is reset. */
  public boolean isEndedInOrder() throws IOException {
    try {
      in().transferTo(OutputStream.nullOutputStream());
      return true;
    } catch (SocketException e) {
      return false;
    }
  }

  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
