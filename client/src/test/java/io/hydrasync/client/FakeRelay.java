package io.hydrasync.client;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.CipherState;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.inner.SealedReader;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;

/** A relay that does, step by step, what a test wants. */
public final class FakeRelay implements Closeable {
  private static final int TIMEOUT_MS = 20_000;
  private static final SecureRandom RANDOM = new SecureRandom();

  private volatile byte[] key;
  private final ServerSocket listener;

  public FakeRelay() throws IOException {
    this(X25519.newPrivateKey(RANDOM));
  }

  /** One with the same key. */
  FakeRelay(FakeRelay other) throws IOException {
    this(other.key);
  }

  private FakeRelay(byte[] key) throws IOException {
    this.key = key;
    listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    listener.setSoTimeout(TIMEOUT_MS);
  }

  /** Shows the key of another one from now on. */
  void rekey(FakeRelay other) {
    key = other.key;
  }

  RelayKey relayKey() {
    return RelayKey.of(X25519.publicKey(key));
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  RelayAddress where() {
    return RelayAddress.of(address());
  }

  /** Waits for the next connection, up to its JOIN. */
  public Peer accept() throws Exception {
    return new Peer(listener.accept());
  }

  /** The next connection, which is not answered. */
  public Socket acceptSilently() throws IOException {
    return listener.accept();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  /** A client that has sent JOIN. */
  public final class Peer implements Closeable {
    private final Socket socket;
    private final DataInputStream in;
    private final SealedReader reader;
    private final CipherState sender;
    private final JoinMessage join;

    private Peer(Socket socket) throws Exception {
      this.socket = socket;
      socket.setSoTimeout(TIMEOUT_MS);
      in = new DataInputStream(socket.getInputStream());
      in.readNBytes(Magic.LENGTH);
      Handshake.Responder responder =
          new Handshake.Responder(
              Magic.bytes(), key, X25519.publicKey(key), X25519.newPrivateKey(RANDOM));
      responder.readMessage1(in.readNBytes(Handshake.MESSAGE_1_LENGTH));
      Handshake.Finished finished = responder.writeMessage2(new byte[0]);
      socket.getOutputStream().write(finished.bytes());
      reader = new SealedReader(finished.result().receiver());
      sender = finished.result().sender();
      join = (JoinMessage) open(frame());
    }

    JoinMessage join() {
      return join;
    }

    public void send(Control message) throws IOException {
      raw(record(message.toInnerFrame()));
    }

    /** Sends bytes as they are. */
    void raw(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    /** A SEALED frame with any piece of the inner stream. */
    byte[] record(byte[] inner) {
      byte[] frame = new byte[Frames.PREFIX + inner.length + Frames.TAG];
      Frames.putU32(frame, 0, frame.length - Frames.LEN_BYTES);
      frame[Frames.TYPE_OFFSET] = Frames.SEALED;
      sender.seal(inner, 0, inner.length, frame, Frames.PREFIX);
      return frame;
    }

    /** The next frame, its length field included. */
    byte[] frame() throws IOException {
      int len = in.readInt();
      byte[] frame = new byte[Frames.LEN_BYTES + len];
      Frames.putU32(frame, 0, len);
      in.readFully(frame, Frames.LEN_BYTES, len);
      return frame;
    }

    /** The next relayed frame. */
    public byte[] relayed() throws IOException {
      byte[] frame = frame();
      while (frame[Frames.TYPE_OFFSET] == Frames.SEALED) {
        frame = frame();
      }
      return frame;
    }

    /** Reads until the client has closed its side. */
    public void awaitFin() throws IOException {
      in.transferTo(OutputStream.nullOutputStream());
    }

    /** The next control message, a frame of its own. */
    Control control() throws IOException {
      return open(frame());
    }

    /** Reads to the end; false if that does not come in time. */
    public boolean isAtEnd() {
      try {
        in.skipNBytes(Long.MAX_VALUE);
      } catch (SocketTimeoutException e) {
        return false;
      } catch (IOException e) {
        return true; // also a reset
      }
      return true;
    }

    private Control open(byte[] frame) {
      if (!reader.open(frame, Frames.PREFIX, frame.length - Frames.PREFIX)) {
        throw new AssertionError("JOIN does not verify");
      }
      return reader.next();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
