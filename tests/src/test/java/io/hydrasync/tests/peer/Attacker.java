package io.hydrasync.tests.peer;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicHello;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.CipherState;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.control.JoinMessage;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.util.Arrays;

/** A client that follows the wire up to some phase, and then does what it likes. */
public final class Attacker implements Closeable {
  private static final SecureRandom RANDOM = new SecureRandom();

  /** How far it goes. */
  public enum Phase {
    /** Connected, nothing sent. */
    CONNECTED,
    /** Half of the magic. */
    MAGIC,
    /** The magic and half of message 1. */
    MESSAGE_1,
    /** Shaken hands. */
    SECURED,
    /** Joined, waiting for a producer. */
    CONSUMER,
    /** Joined, the producer of a session of its own. */
    PRODUCER,
    /** Half of a classic hello. */
    CLASSIC_HELLO,
    /** Classic hellos exchanged, no join. */
    CLASSIC_SECURED;

    /** Whether the deadline from accepting to JOIN is over. */
    public boolean isJoined() {
      return this == CONSUMER || this == PRODUCER;
    }
  }

  private final Socket socket;
  private CipherState sender;

  /** Connects and goes so far. */
  public Attacker(InetSocketAddress relay, Phase phase) throws Exception {
    this(new Socket(relay.getAddress(), relay.getPort()), phase);
  }

  /** The same from an address of this machine. */
  public Attacker(InetAddress from, InetSocketAddress relay, Phase phase) throws Exception {
    this(new Socket(relay.getAddress(), relay.getPort(), from, 0), phase);
  }

  private Attacker(Socket socket, Phase phase) throws Exception {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    switch (phase) {
      case CONNECTED -> {}
      case MAGIC -> send(Arrays.copyOf(Magic.bytes(), 4));
      case MESSAGE_1 -> {
        send(Magic.bytes());
        send(new byte[16]);
      }
      case SECURED -> shakeHands();
      case CONSUMER -> {
        shakeHands();
        join(Role.CONSUMER);
      }
      case PRODUCER -> {
        shakeHands();
        join(Role.PRODUCER);
      }
      case CLASSIC_HELLO -> send(new byte[60]);
      case CLASSIC_SECURED -> {
        send(new ClassicHandshake(ClassicHello.BETA_3, RANDOM).hello());
        socket.getInputStream().readNBytes(ClassicHello.BETA_3.length());
      }
    }
  }

  private void shakeHands() throws Exception {
    Handshake.Initiator initiator =
        new Handshake.Initiator(Magic.bytes(), X25519.newPrivateKey(RANDOM));
    send(Magic.bytes());
    send(initiator.writeMessage1(new byte[0]));
    byte[] message2 = socket.getInputStream().readNBytes(Handshake.MESSAGE_2_LENGTH);
    if (message2.length < Handshake.MESSAGE_2_LENGTH) {
      throw new EOFException("the relay does not shake hands now");
    }
    sender = initiator.readMessage2(message2).result().sender();
  }

  private void join(Role role) throws IOException {
    byte[] sid = new byte[64];
    RANDOM.nextBytes(sid);
    JoinMessage join = JoinMessage.of(role, SessionId.of(sid)).waiting();
    send(record(join.toInnerFrame()));
    socket.getInputStream().readNBytes(Frames.PREFIX + 44 + Frames.TAG); // JOINED
  }

  /** A SEALED frame with any piece of the inner stream. */
  public byte[] record(byte[] inner) {
    byte[] frame = new byte[Frames.PREFIX + inner.length + Frames.TAG];
    Frames.putU32(frame, 0, frame.length - Frames.LEN_BYTES);
    frame[Frames.TYPE_OFFSET] = Frames.SEALED;
    sender.seal(inner, 0, inner.length, frame, Frames.PREFIX);
    return frame;
  }

  public void send(byte... bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Whether the relay has closed the connection, after at most so long. */
  public boolean isClosedWithin(int ms) throws IOException {
    long end = System.nanoTime() + ms * 1_000_000L;
    byte[] sink = new byte[4096];
    try {
      for (long left = ms; left > 0; left = (end - System.nanoTime()) / 1_000_000) {
        socket.setSoTimeout((int) left);
        if (socket.getInputStream().read(sink) < 0) {
          return true;
        }
      }
      return false;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  /** RST instead of FIN. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
