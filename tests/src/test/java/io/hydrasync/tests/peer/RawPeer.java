package io.hydrasync.tests.peer;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.OwnerProof;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.inner.SealedReader;
import io.hydrasync.protocol.wire.inner.SealedWriter;
import io.hydrasync.server.HydraServer;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A client that speaks the wire frame by frame, so that a test says what is sent and sees what
 * comes. Its frames have no true tag: a relay cannot tell. Not thread-safe.
 */
public final class RawPeer implements Closeable {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int TIMEOUT_MS = 30_000;
  private static final int NO_FLAGS = 0;

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final SealedWriter writer;
  private final SealedReader reader;
  private final SessionId session;
  private final Optional<OwnerKey> owner;
  private final Control first;

  /**
   * Something that came.
   *
   * @param control a control message, or null
   * @param frame a relayed frame, or null
   */
  public record Received(Control control, byte[] frame) {
    public int type() {
      return frame == null ? control.type() : frame[Frames.TYPE_OFFSET] & 0xFF;
    }

    /** Of a relayed frame that is no HEAD. */
    public long seq() {
      return Frames.u64(frame, Frames.SEQ_OFFSET);
    }

    @Override
    public String toString() {
      if (frame == null) {
        return control.toString();
      }
      return type() == Frames.HEAD
          ? "HEAD " + Head.streamOf(frame) + "/" + Head.firstOf(frame)
          : "0x" + Integer.toHexString(type()) + " " + seq();
    }
  }

  /** What a JOIN says. */
  public record Join(
      Role role, int flags, int start, Overflow overflow, long id, long seq, byte[] token) {
    public static Join producer() {
      return new Join(
          Role.PRODUCER, NO_FLAGS, JoinMessage.START_LIVE, Overflow.DEFAULT, 0, 0, new byte[16]);
    }

    public static Join backTo(long epoch, long seq, byte[] token) {
      return new Join(
          Role.PRODUCER, NO_FLAGS, JoinMessage.START_AT, Overflow.DEFAULT, epoch, seq, token);
    }

    public static Join consumer(int start) {
      return new Join(
          Role.CONSUMER, JoinMessage.FLAG_WAIT, start, Overflow.DEFAULT, 0, 0, new byte[16]);
    }

    public static Join at(long stream, long seq) {
      return new Join(
          Role.CONSUMER,
          JoinMessage.FLAG_WAIT,
          JoinMessage.START_AT,
          Overflow.DEFAULT,
          stream,
          seq,
          new byte[16]);
    }

    public Join overflow(Overflow policy) {
      return new Join(role, flags, start, policy, id, seq, token);
    }

    private JoinMessage message(SessionId session, byte[] proof) {
      return new JoinMessage(
          WireCodes.of(role),
          flags,
          start,
          WireCodes.of(overflow),
          session.toBytes(),
          id,
          seq,
          token,
          proof,
          new byte[8],
          new byte[32]);
    }
  }

  public RawPeer(InetSocketAddress relay, SessionId session, Optional<OwnerKey> owner, Join join)
      throws Exception {
    this(relay, session, owner, join, 0);
  }

  /**
   * Connects and joins.
   *
   * @param receiveBuffer what the operating system may hold for it, 0 = what it likes
   */
  public RawPeer(
      InetSocketAddress relay,
      SessionId session,
      Optional<OwnerKey> owner,
      Join join,
      int receiveBuffer)
      throws Exception {
    this(relay, session, owner, join, receiveBuffer, new byte[0]);
  }

  /**
   * Connects and joins.
   *
   * @param behind if there is any, sent in one piece with JOIN, and FIN behind it
   */
  public RawPeer(
      InetSocketAddress relay,
      SessionId session,
      Optional<OwnerKey> owner,
      Join join,
      int receiveBuffer,
      byte[] behind)
      throws Exception {
    this.session = session;
    this.owner = owner;
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.connect(relay);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    Handshake.Initiator initiator =
        new Handshake.Initiator(Magic.bytes(), X25519.newPrivateKey(RANDOM));
    send(Magic.bytes());
    send(initiator.writeMessage1(new byte[0]));
    Handshake.Result keys =
        initiator.readMessage2(in.readNBytes(Handshake.MESSAGE_2_LENGTH)).result();
    writer = new SealedWriter(keys.sender());
    reader = new SealedReader(keys.receiver());
    byte[] proof =
        owner
            .filter(key -> join.role == Role.PRODUCER)
            .map(key -> OwnerProof.sign(key, keys.hash(), session))
            .orElse(new byte[64]);
    byte[] asked = record(join.message(session, proof));
    byte[] all = Arrays.copyOf(asked, asked.length + behind.length);
    System.arraycopy(behind, 0, all, asked.length, behind.length);
    send(all);
    if (behind.length > 0) {
      finish();
    }
    first = next(TIMEOUT_MS).control();
    reader.limit(Control.MAX_LEN_TO_CLIENT);
  }

  /** A producer of a session. */
  public static RawPeer produce(HydraServer relay, SessionSecrets session) throws Exception {
    return new RawPeer(relay.address(), session.id(), session.owner(), Join.producer());
  }

  /** A consumer of all that there is of a session. */
  public static RawPeer consume(HydraServer relay, SessionSecrets session) throws Exception {
    Join join = Join.consumer(JoinMessage.START_OLDEST);
    return new RawPeer(relay.address(), session.id(), session.owner(), join);
  }

  public static SessionId plainSession() {
    byte[] sid = new byte[SessionId.LENGTH];
    RANDOM.nextBytes(sid);
    return SessionId.of(sid);
  }

  /** What the relay said to the JOIN. */
  public Control answer() {
    return first;
  }

  public JoinedMessage joined() {
    return (JoinedMessage) first;
  }

  // ---- sending ----

  public void send(Control message) throws IOException {
    send(writer.seal(message));
  }

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  public void head(long epoch, long stream, long firstSeq) throws IOException {
    head(epoch, stream, firstSeq, NO_FLAGS);
  }

  public void head(long epoch, long stream, long firstSeq, int flags) throws IOException {
    send(headBytes(epoch, stream, firstSeq, flags, 0));
  }

  /** A HEAD with as many stanzas, each of which means nothing. */
  public byte[] headBytes(long epoch, long stream, long firstSeq, int flags, int stanzas) {
    byte[] commit = new byte[Head.COMMIT_LENGTH];
    byte[] fields =
        Head.prefix(epoch, stream, firstSeq, flags, new byte[Head.SALT_LENGTH], owner.isPresent());
    byte[] prefix = Arrays.copyOf(fields, fields.length + stanzas * Head.STANZA_LENGTH);
    Frames.putU32(prefix, 0, (int) Frames.u32(fields, 0) + prefix.length - fields.length);
    prefix[Head.FIELDS_END - 2] = (byte) (stanzas >> 8);
    prefix[Head.FIELDS_END - 1] = (byte) stanzas;
    byte[] signature =
        owner
            .map(key -> key.sign(Head.signedMessage(Head.transcript(session, prefix), commit)))
            .orElse(new byte[0]);
    return ByteBuffer.allocate(prefix.length + commit.length + signature.length)
        .put(prefix)
        .put(commit)
        .put(signature)
        .array();
  }

  /** HEADs of as many epochs of a stream, each without recipients. */
  public byte[] headsBytes(long from, long stream, int count) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      all.writeBytes(headBytes(from + i, stream, 0, NO_FLAGS, 0));
    }
    return all.toByteArray();
  }

  /** A frame that takes as many bytes on the wire. */
  public void frame(int type, long seq, int bytes) throws IOException {
    send(frameBytes(type, seq, bytes));
  }

  public static byte[] frameBytes(int type, long seq, int bytes) {
    byte[] frame = new byte[bytes];
    Frames.putHeader(frame, 0, type, seq, bytes - Frames.OVERHEAD);
    return frame;
  }

  /** Frames {@code [from, to)}. */
  public void data(long from, long to, int bytes) throws IOException {
    for (long seq = from; seq < to; seq++) {
      frame(Frames.DATA, seq, bytes);
    }
  }

  // ---- receiving ----

  /** The next that comes. */
  public Received next(int timeoutMs) throws IOException {
    while (true) {
      Control control = reader.next();
      if (control != null) {
        return new Received(control, null);
      }
      byte[] frame = readFrame(timeoutMs);
      if (frame[Frames.TYPE_OFFSET] != Frames.SEALED) {
        return new Received(null, frame);
      }
      if (!reader.open(frame, Frames.PREFIX, frame.length - Frames.PREFIX)) {
        throw new IOException("a record does not open");
      }
    }
  }

  private byte[] readFrame(int timeoutMs) throws IOException {
    socket.setSoTimeout(timeoutMs);
    byte[] length = in.readNBytes(Frames.LEN_BYTES);
    if (length.length < Frames.LEN_BYTES) {
      throw new java.io.EOFException("the relay has closed the connection");
    }
    byte[] frame = new byte[Frames.LEN_BYTES + (int) Frames.u32(length, 0)];
    System.arraycopy(length, 0, frame, 0, Frames.LEN_BYTES);
    socket.setSoTimeout(TIMEOUT_MS);
    in.readFully(frame, Frames.LEN_BYTES, frame.length - Frames.LEN_BYTES);
    return frame;
  }

  /** The next that fits, whatever comes in front of it. */
  public Received await(Predicate<Received> what) throws IOException {
    while (true) {
      Received got = next(TIMEOUT_MS);
      if (what.test(got)) {
        return got;
      }
    }
  }

  /** The next control message of a type that fits. */
  public <C extends Control> C await(Class<C> type, Predicate<C> what) throws IOException {
    return type.cast(
        await(got -> type.isInstance(got.control) && what.test(type.cast(got.control))).control);
  }

  /** Waits until the relay has all frames below a sequence. */
  public AckMessage awaitAck(long next) throws IOException {
    return await(AckMessage.class, ack -> ack.next() >= next);
  }

  /** All that comes in a while. */
  public List<Received> during(int ms) throws IOException {
    List<Received> all = new ArrayList<>();
    long end = System.nanoTime() + ms * 1_000_000L;
    try {
      for (long left = ms; left > 0; left = (end - System.nanoTime()) / 1_000_000) {
        all.add(next((int) left));
      }
    } catch (SocketTimeoutException e) {
      // the while is over
    }
    return all;
  }

  /** Ends what is sent. */
  public void finish() throws IOException {
    socket.shutdownOutput();
  }

  /** A reset: the relay hears of it at once where the system tells it. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** A record of a control message, to be sent as a part of something. */
  public byte[] record(Control message) {
    return writer.seal(message);
  }

  /** FIN, and whatever is still to come is not read. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
