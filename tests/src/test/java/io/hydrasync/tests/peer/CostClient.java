package io.hydrasync.tests.peer;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.ClassicVersions;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicHello;
import io.hydrasync.protocol.classic.ClassicJoin;
import io.hydrasync.protocol.classic.ClassicVersion;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.CipherState;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.CredentialProof;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.OwnerProof;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.JoinMessage;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * A client that makes its bytes beforehand and sends them in pieces of a size that the caller says.
 * What comes is thrown away on a thread of its own, from {@link #drain} on. Not thread-safe.
 */
public final class CostClient implements Closeable {
  /** Bytes of one write of a flood. */
  public static final int FLOOD = 64 << 10;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long PAUSE_NANOS = 20_000;

  private final Socket socket = new Socket();
  private byte[] hash = new byte[0];
  private CipherState sender;

  public CostClient(InetSocketAddress relay) throws IOException {
    socket.connect(relay);
    socket.setTcpNoDelay(true);
  }

  public static SessionId plainSession() {
    byte[] id = new byte[SessionId.LENGTH];
    RANDOM.nextBytes(id);
    return SessionId.of(id);
  }

  public static OwnerKey ownerKey() {
    return OwnerKey.generate(RANDOM);
  }

  // ---- how far it goes ----

  public static CostClient secured(InetSocketAddress relay) throws Exception {
    CostClient client = new CostClient(relay);
    Handshake.Initiator initiator =
        new Handshake.Initiator(Magic.bytes(), X25519.newPrivateKey(RANDOM));
    client.send(Magic.bytes());
    client.send(initiator.writeMessage1(new byte[0]));
    byte[] message2 = client.in().readNBytes(Handshake.MESSAGE_2_LENGTH);
    Handshake.Result result = initiator.readMessage2(message2).result();
    client.sender = result.sender();
    client.hash = result.hash();
    return client;
  }

  public static CostClient producer(InetSocketAddress relay, SessionId session) throws Exception {
    return secured(relay).join(session, Role.PRODUCER, JoinMessage.START_LIVE, 0, 0);
  }

  public static CostClient producer(InetSocketAddress relay, SessionId session, OwnerKey owner)
      throws Exception {
    CostClient client = secured(relay);
    byte[] proof = OwnerProof.sign(owner, client.hash, session);
    client.send(
        client.record(join(session, Role.PRODUCER, 0, 0, 0, proof, new byte[8], new byte[32])));
    client.awaitJoined();
    return client;
  }

  public static CostClient consumer(InetSocketAddress relay, SessionId session, int start)
      throws Exception {
    return secured(relay).join(session, Role.CONSUMER, start, 0, 0);
  }

  public static CostClient admin(InetSocketAddress relay, Credential credential) throws Exception {
    CostClient client = secured(relay);
    SessionId none = plainSession();
    byte[] mac = CredentialProof.mac(credential, client.hash, Role.ADMIN, none);
    client.send(client.record(join(none, Role.ADMIN, 0, 0, 0, new byte[64], credential.id(), mac)));
    client.awaitJoined();
    return client;
  }

  public static CostClient classic(InetSocketAddress relay, Role role, SessionId session)
      throws Exception {
    CostClient client = new CostClient(relay);
    ClassicHandshake handshake = new ClassicHandshake(ClassicHello.BETA_3, RANDOM);
    client.send(handshake.hello());
    byte[] hello = client.in().readNBytes(ClassicHello.BETA_3.length());
    ClassicCipher transport = handshake.withServer(hello).transport(ClassicVersions.DEFAULT);
    client.send(
        new ClassicJoin(ClassicRaw.roleOf(role), session)
            .seal(transport, ClassicVersion.of(ClassicVersions.DEFAULT)));
    return client;
  }

  public CostClient join(SessionId session, Role role, int start, long id, long seq)
      throws IOException {
    send(joinRecord(session, role, start, id, seq));
    awaitJoined();
    return this;
  }

  public byte[] joinRecord(SessionId session, Role role, int start, long id, long seq) {
    return record(join(session, role, start, id, seq, new byte[64], new byte[8], new byte[32]));
  }

  private static byte[] join(
      SessionId session,
      Role role,
      int start,
      long id,
      long seq,
      byte[] proof,
      byte[] credential,
      byte[] mac) {
    return new JoinMessage(
            WireCodes.of(role),
            JoinMessage.FLAG_WAIT,
            start,
            0,
            session.toBytes(),
            id,
            seq,
            new byte[16],
            proof,
            credential,
            mac)
        .toInnerFrame();
  }

  /** The first record that comes. */
  private void awaitJoined() throws IOException {
    byte[] length = in().readNBytes(Frames.LEN_BYTES);
    if (length.length < Frames.LEN_BYTES) {
      throw new IOException("the relay has closed the connection");
    }
    in().readNBytes((int) Frames.u32(length, 0));
  }

  // ---- what it makes ----

  /** One SEALED record. */
  public byte[] record(byte[] inner) {
    return record(sender, inner, 0, inner.length);
  }

  public static byte[] record(CipherState sender, byte[] inner, int from, int length) {
    byte[] frame = new byte[Frames.PREFIX + length + Frames.TAG];
    Frames.putU32(frame, 0, frame.length - Frames.LEN_BYTES);
    frame[Frames.TYPE_OFFSET] = Frames.SEALED;
    sender.seal(inner, from, length, frame, Frames.PREFIX);
    return frame;
  }

  /** The same inner bytes again and again, cut into records of at most so many bytes of them. */
  public byte[] records(byte[] inner, int times, int step) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      for (int at = 0; at == 0 || at < inner.length; at += step) {
        all.writeBytes(record(sender, inner, at, Math.min(step, inner.length - at)));
      }
    }
    return all.toByteArray();
  }

  public static byte[] head(
      SessionId session, Optional<OwnerKey> owner, long epoch, long first, int n) {
    return head(session, owner, epoch, epoch, first, n);
  }

  /** A HEAD with stanzas of zeros, signed if there is an owner. */
  public static byte[] head(
      SessionId session, Optional<OwnerKey> owner, long epoch, long stream, long first, int n) {
    byte[] plain = Head.prefix(epoch, stream, first, 0, new byte[32], owner.isPresent());
    int length = plain.length + n * Head.STANZA_LENGTH;
    byte[] prefix = java.util.Arrays.copyOf(plain, length);
    prefix[plain.length - 2] = (byte) (n >> 8);
    prefix[plain.length - 1] = (byte) n;
    int signature = owner.isPresent() ? 64 : 0;
    Frames.putU32(prefix, 0, length + Head.COMMIT_LENGTH + signature - Frames.LEN_BYTES);
    byte[] commit = new byte[Head.COMMIT_LENGTH];
    byte[] signed =
        owner
            .map(key -> key.sign(Head.signedMessage(Head.transcript(session, prefix), commit)))
            .orElse(new byte[0]);
    return ByteBuffer.allocate(length + commit.length + signed.length)
        .put(prefix)
        .put(commit)
        .put(signed)
        .array();
  }

  /** Relayed frames from a sequence on, one behind the other. */
  public static byte[] frames(int type, long from, int count, int bytes) {
    byte[] all = new byte[count * bytes];
    for (int i = 0; i < count; i++) {
      Frames.putHeader(all, i * bytes, type, from + i, bytes - Frames.OVERHEAD);
    }
    return all;
  }

  // ---- what it sends ----

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /**
   * In pieces. Small ones are sent so slowly that the relay reads each by itself, as long as it has
   * a processor.
   */
  public void send(byte[] bytes, int piece) throws IOException {
    for (int at = 0; at < bytes.length; at += piece) {
      socket.getOutputStream().write(bytes, at, Math.min(piece, bytes.length - at));
      if (piece < FLOOD) {
        for (long end = System.nanoTime() + PAUSE_NANOS; System.nanoTime() - end < 0; ) {
          Thread.onSpinWait();
        }
      }
    }
  }

  private InputStream in() throws IOException {
    return socket.getInputStream();
  }

  public void read(int bytes) throws IOException {
    in().readNBytes(bytes);
  }

  /** Reads until the relay has closed the connection. */
  public void awaitEnd() throws IOException {
    in().transferTo(java.io.OutputStream.nullOutputStream());
  }

  /** Throws away what comes from now on. */
  public CostClient drain() {
    Thread thread =
        new Thread(
            () -> {
              try {
                awaitEnd();
              } catch (IOException e) {
                // closed
              }
            },
            "cost-client");
    thread.setDaemon(true);
    thread.start();
    return this;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
