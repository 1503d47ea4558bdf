package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.threads.ClientTimer;
import io.hydrasync.client.internal.threads.Watchdog;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.CredentialProof;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.NextKeyMessage;
import io.hydrasync.protocol.wire.control.PeersMessage;
import io.hydrasync.protocol.wire.inner.SealedReader;
import io.hydrasync.protocol.wire.inner.SealedWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection to a relay, from the magic to the last byte. Reading belongs to one thread;
 * writing to whoever holds the owner's lock; {@link #close} may be called by anybody.
 */
public final class RelayConnection {
  /** Silence after which a relay counts as gone, whatever it has to do. */
  public static final int LIVENESS_MS = 45_000;

  private final Socket socket;
  private final OutputStream out;
  private final FrameReader frames;
  private final SealedReader sealedReader;
  private final SealedWriter sealedWriter;
  private final byte[] handshakeHash;
  private final RelayKey relayKey;
  private final String where;
  private final RelayRound round;
  private final RelayTrusts trust;
  private boolean keysKnown;
  private volatile boolean peersKnown;
  private volatile boolean writing;
  private @Nullable JoinedMessage joined;
  private long joinedAtNanos;
  private int readTimeoutMs;
  private volatile boolean silent;

  // for the timer
  private int readsSeen;
  private int looksInVain;

  private RelayConnection(
      Socket socket, Handshake.Result keys, String where, RelayRound round, RelayTrusts trust)
      throws IOException {
    this.socket = socket;
    this.where = where;
    this.round = round;
    this.trust = trust;
    out = socket.getOutputStream();
    frames = new FrameReader(socket.getInputStream());
    sealedReader = new SealedReader(keys.receiver());
    sealedWriter = new SealedWriter(keys.sender());
    handshakeHash = keys.hash();
    relayKey = RelayKey.of(keys.relayKey());
  }

  /**
   * Connects, shakes hands, checks the relay's key and joins; one relay after the other, until it
   * has joined one.
   *
   * @param join makes JOIN from the handshake hash, without the credential's fields
   * @throws AuthenticationException RELAY_KEY_MISMATCH, VERSION or CORRUPT
   * @throws RelayException if the relay refuses
   * @throws ConnectionException if the connection cannot be made or breaks, or what the known
   *     relays say cannot be read or written
   * @throws InterruptedOperationException if the thread is interrupted; nothing stays open
   */
  public static RelayConnection open(ClientOptions options, JoinRequest join) {
    return RelaySocket.await(
        start(options, new RelayRound(options.relays(), System::nanoTime), join));
  }

  /**
   * Begins to do what {@link #open} does; JOIN is made on another thread.
   *
   * @param round of this client
   */
  public static Attempt<RelayConnection> start(
      ClientOptions options, RelayRound round, JoinRequest join) {
    return RelaySocket.start(
        options,
        round,
        stop -> (socket, where) -> open(options, round, stop, join, socket, where),
        RelayConnection::discard);
  }

  private static RelayConnection open(
      ClientOptions options,
      RelayRound round,
      RelayRound.Stop stop,
      JoinRequest join,
      Socket socket,
      String where)
      throws IOException {
    InetSocketAddress at = (InetSocketAddress) socket.getRemoteSocketAddress();
    int patienceMs = round.patienceMs(stop, options.connectTimeoutMs());
    Handshake.Result keys = RelayHandshake.within(patienceMs, socket, where);
    RelayTrusts trust = new RelayTrusts(options, round, stop, where, RelayKey.of(keys.relayKey()));
    RelayConnection connection;
    try {
      trust.check();
      connection = new RelayConnection(socket, keys, where, round, trust);
    } catch (IOException | RuntimeException e) {
      keys.destroy();
      throw e;
    }
    try {
      connection.join(options, join);
      trust.joined();
      round.joined(stop, at, trust.keys());
    } catch (IOException | RuntimeException | Error e) {
      connection.discard();
      throw e;
    }
    return connection;
  }

  private void join(ClientOptions options, JoinRequest request) throws IOException {
    JoinMessage join = request.make(handshakeHash);
    Optional<Credential> credential = options.credential();
    if (credential.isPresent()) {
      Role role = WireCodes.role(join.role()).orElseThrow();
      join =
          join.withCredential(
              credential.get().id(),
              CredentialProof.mac(credential.get(), handshakeHash, role, options.session()));
    }
    out.write(sealedWriter.seal(join));
    while (joined == null) {
      if (!frames.next(0)) {
        throw new EOFException("the relay closed the connection instead of answering JOIN");
      }
      if (frames.type() != Frames.SEALED) {
        throw corrupt("a frame before JOINED");
      }
      Control first = openRecord();
      if (first instanceof JoinedMessage answer) {
        accept(answer);
      } else if (first != null) {
        throw corrupt("a message before JOINED");
      }
    }
  }

  private void accept(JoinedMessage answer) {
    joined = answer;
    joinedAtNanos = System.nanoTime();
    frames.maxLen(Math.max(answer.maxFrame(), Frames.MAX_SEALED_LEN));
    sealedReader.limit(Control.MAX_LEN_TO_CLIENT);
  }

  public AuthenticationException corrupt(String what) {
    return new AuthenticationException(
        ErrorCode.CORRUPT, "the relay at " + where + " sent " + what);
  }

  /** What is said when this connection ends. */
  public ConnectionException lost(@Nullable String what, @Nullable Throwable cause) {
    return RelaySocket.lost(where, what, cause);
  }

  // ---- reading ----

  /** JOINED. */
  public JoinedMessage joined() {
    JoinedMessage answer = joined;
    if (answer == null) {
      throw new IllegalStateException("not joined");
    }
    return answer;
  }

  /** When JOINED came, by {@link System#nanoTime()}. */
  public long joinedAtNanos() {
    return joinedAtNanos;
  }

  public FrameReader frames() {
    return frames;
  }

  /** Whether {@link #nextFrame} would go to a whole frame of messages without reading. */
  public boolean isMessageBuffered() {
    return frames.isNextBuffered()
        && (frames.nextType() == Frames.DATA || frames.nextType() == Frames.BATCH);
  }

  /**
   * Waits for the next frame, as long as anything at all comes: whoever calls this has {@link
   * #look} called meanwhile.
   *
   * @return false if the relay closed the connection
   * @throws SocketTimeoutException if nothing has come for as long as {@link #look} says, and the
   *     connection is closed; or if a frame has not become whole in that time
   * @throws java.io.InterruptedIOException if the thread is interrupted and would have to wait; the
   *     call can be made again
   */
  public boolean nextFrame() throws IOException {
    return nextFrame(0, LIVENESS_MS);
  }

  /**
   * Waits for the next frame. Makes all reads of this connection a little slower from then on, see
   * {@link Watchdog}.
   *
   * @param timeoutMs 1 or more
   * @return false if the relay closed the connection
   * @throws SocketTimeoutException if nothing whole has come; the call can be made again
   */
  public boolean nextFrame(int timeoutMs) throws IOException {
    return nextFrame(timeoutMs, timeoutMs);
  }

  private boolean nextFrame(int socketTimeoutMs, int frameTimeoutMs) throws IOException {
    if (socketTimeoutMs != readTimeoutMs) { // the call makes an object each time
      socket.setSoTimeout(socketTimeoutMs);
      readTimeoutMs = socketTimeoutMs;
    }
    try {
      boolean more = frames.next(frameTimeoutMs);
      if (!keysKnown && more && frames.type() != Frames.SEALED) {
        keysKnown(Optional.empty());
      }
      return more;
    } catch (IOException e) {
      if (!silent) {
        throw e;
      }
      throw Watchdog.timedOut("nothing has come", e);
    }
  }

  /** Whether a thread waits for bytes at this moment. From any thread. */
  public boolean isReading() {
    return frames.isReading();
  }

  /** How often a thread has waited for bytes, modulo 2^32. From any thread. */
  public int reads() {
    return frames.reads();
  }

  /**
   * Closes the connection if a thread has waited for so long and nothing has come. To be called
   * every {@link ClientTimer#SHORT_STEP_MS} ms by the timer; never blocks. Looks are counted, not
   * time: a program that stood still finds what has come meanwhile before it gives the relay up.
   * The reader tells of each read by two volatile stores; what the timer sees too late costs a
   * step, and a byte that comes at the very end of the time may come too late, as with any timeout.
   *
   * @param silenceMs how long nothing may come
   */
  public void look(int silenceMs) {
    int reads = frames.reads();
    if (!frames.isReading() || reads != readsSeen) {
      readsSeen = reads;
      looksInVain = 0;
    } else if (++looksInVain > silenceMs / ClientTimer.SHORT_STEP_MS) {
      silent = true;
      close();
    }
  }

  /** Opens the current frame, a SEALED one, and takes the next message out of the inner stream. */
  @Nullable
  public Control openRecord() {
    int length = frames.length() - Frames.PREFIX;
    if (length < Frames.MIN_SEALED_LEN - 1 || length > Frames.MAX_SEALED_LEN - 1) {
      throw corrupt("a SEALED frame of impossible length");
    }
    if (!sealedReader.open(frames.buffer(), frames.offset() + Frames.PREFIX, length)) {
      throw corrupt("a record that does not verify");
    }
    return nextMessage();
  }

  /** The next message of the records opened so far, or null. ERROR is thrown. */
  @Nullable
  public Control nextMessage() {
    Control message;
    try {
      message = sealedReader.next();
    } catch (ProtocolException e) {
      throw new AuthenticationException(
          ErrorCode.CORRUPT, "the relay at " + where + " sent a malformed message", e);
    }
    if (message instanceof ErrorMessage failure) {
      ErrorCode code = ErrorCode.ofWireCode(failure.code()).orElse(ErrorCode.INTERNAL);
      String what = "the relay at " + where + " says " + code + ": " + failure.text();
      throw failure
          .retryAfter()
          .map(wait -> new RelayException(code, what, wait))
          .orElseGet(() -> new RelayException(code, what));
    }
    if (message != null && joined != null) {
      noteKeys(message);
    }
    return message;
  }

  /** NEXT_KEY comes right behind JOINED, so whatever else does says that there is no other key. */
  private void noteKeys(Control message) {
    if (message instanceof NextKeyMessage next) {
      keysKnown(Optional.of(next.key()));
    } else if (message.type() == NextKeyMessage.TYPE) {
      throw corrupt("a NEXT_KEY cut short");
    } else if (!keysKnown) {
      keysKnown(Optional.empty());
    }
  }

  private void keysKnown(Optional<RelayKey> other) {
    keysKnown = true;
    trust.told(other);
  }

  /** When the last byte came. For the thread that reads. */
  public long lastHeardNanos() {
    return frames.lastReadNanos();
  }

  /**
   * Takes what the relay says of others.
   *
   * @param message PEERS
   */
  public void peers(PeersMessage message) {
    peersKnown = true;
    round.peers(message.addresses(), socket.getInetAddress(), trust.keys());
  }

  /** Whether the relay has said which others there are, as those of a cluster do. */
  public boolean hasPeers() {
    return peersKnown;
  }

  // ---- writing ----

  public void write(byte[] bytes, int offset, int length) throws IOException {
    writing = true;
    try {
      out.write(bytes, offset, length);
    } finally {
      writing = false;
    }
  }

  /** Whether a frame is being written at this moment. From any thread. */
  public boolean isWriting() {
    return writing;
  }

  public void write(Control message) throws IOException {
    out.write(sealedWriter.seal(message));
  }

  public void finishOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** The key that the relay has shown in the handshake. */
  public RelayKey relayKey() {
    return relayKey;
  }

  public String where() {
    return where;
  }

  public boolean isClosed() {
    return socket.isClosed();
  }

  /**
   * Bytes that the operating system takes without waiting for the relay, when nothing is on its
   * way.
   */
  public int sendBufferBytes() throws IOException {
    return socket.getSendBufferSize();
  }

  public void close() {
    RelaySocket.closeQuietly(socket);
  }

  /** Closes a connection that nobody has used yet, and zeroes its keys. */
  public void discard() {
    close();
    destroyReader();
    destroyWriter();
  }

  /** Zeroes the key for reading: for the thread that reads. */
  public void destroyReader() {
    sealedReader.destroy();
  }

  /** Zeroes the key for writing: for whoever holds the owner's lock. */
  public void destroyWriter() {
    sealedWriter.destroy();
  }

  /** Makes JOIN, which needs the handshake hash for its proofs. */
  public interface JoinRequest {
    /**
     * Makes JOIN.
     *
     * @param handshakeHash of the connection, 32 bytes
     */
    JoinMessage make(byte[] handshakeHash);
  }
}
