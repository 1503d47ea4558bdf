package io.hydrasync.tests.cluster;

import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.LinkedSession;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.inner.SealedReader;
import io.hydrasync.protocol.wire.inner.SealedWriter;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;

/** The owner's end of a link. */
final class ScriptedLink implements AutoCloseable {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int TIMEOUT_MS = 10_000;
  private static final int MAX_FRAME = 1 << 20;
  private static final int LINGER_SECONDS = 30;
  private static final int BACKPRESSURE = 1;

  private final Socket socket;
  private final DataInputStream in;
  private final SealedReader reader;
  private final SealedWriter writer;
  private final JoinMessage join;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private boolean bye;

  ScriptedLink(Socket socket, byte[] relayKey) throws Exception {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MS);
    in = new DataInputStream(socket.getInputStream());
    byte[] opening = in.readNBytes(Magic.LENGTH + Handshake.MESSAGE_1_LENGTH);
    byte[] message1 = java.util.Arrays.copyOfRange(opening, Magic.LENGTH, opening.length);
    Handshake.Responder responder =
        new Handshake.Responder(
            Magic.bytes(), relayKey, X25519.publicKey(relayKey), X25519.newPrivateKey(RANDOM));
    responder.readMessage1(message1);
    Handshake.Finished finished = responder.writeMessage2(new byte[0]);
    socket.getOutputStream().write(finished.bytes());
    reader = new SealedReader(finished.result().receiver());
    writer = new SealedWriter(finished.result().sender());
    join = (JoinMessage) next();
  }

  /** What the edge has asked for. */
  JoinMessage join() {
    return join;
  }

  private Control next() throws IOException {
    for (Control message = reader.next(); ; message = reader.next()) {
      if (message != null) {
        return message;
      }
      byte[] frame = new byte[Frames.LEN_BYTES + in.readInt()];
      Frames.putU32(frame, 0, frame.length - Frames.LEN_BYTES);
      in.readFully(frame, Frames.LEN_BYTES, frame.length - Frames.LEN_BYTES);
      if (!reader.open(frame, Frames.PREFIX, frame.length - Frames.PREFIX)) {
        throw new IOException("a record does not open");
      }
    }
  }

  /** Is going to say JOINED with a place. */
  ScriptedLink joined(long stream, long seq) {
    return say(
        new JoinedMessage(
                JoinedMessage.FLAG_PRODUCER_LIVE,
                MAX_FRAME,
                stream,
                seq,
                new byte[JoinMessage.RESUME_LENGTH],
                LINGER_SECONDS)
            .with(new LinkedSession(BACKPRESSURE, stream, seq)));
  }

  /** Is going to say this next. */
  ScriptedLink say(Control message) {
    return say(writer.seal(message));
  }

  /** Is going to say this next. */
  ScriptedLink say(byte[] bytes) {
    said.writeBytes(bytes);
    return this;
  }

  /** Says all at a time. */
  void flush() throws IOException {
    socket.getOutputStream().write(said.toByteArray());
    said.reset();
  }

  /**
   * Answers PINGs until the edge closes the link.
   *
   * @return false if it has not in this time
   */
  boolean isClosedWithin(Duration time) throws IOException {
    long end = System.nanoTime() + time.toNanos();
    try {
      while (System.nanoTime() - end < 0) {
        Control message = next();
        bye |= message instanceof ByeMessage;
        if (message instanceof PingMessage ping) {
          say(new PongMessage(ping.echo())).flush();
        }
      }
      return false;
    } catch (EOFException | SocketException e) {
      return true;
    }
  }

  /** Whether the edge has said, before it closed the link, that it wants no more of it. */
  boolean hasSaidBye() {
    return bye;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
