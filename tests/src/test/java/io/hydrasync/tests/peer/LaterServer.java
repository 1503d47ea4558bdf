package io.hydrasync.tests.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.tests.support.Await;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A server of the later classic wire that does with each client what a test says, written from
 * {@code docs/reference/classic-wire.md} with the JDK's own cryptography, and not from what our
 * relay and clients use. When the script of a connection is over it reads until the client has
 * closed.
 */
public final class LaterServer implements Closeable {
  /** Bytes in a hello. */
  public static final int HELLO = 160;

  /** Bytes in a sealed status. */
  public static final int STATUS = 29;

  /** Bytes in a sealed packet length. */
  public static final int LENGTH = 36;

  /** What sealing adds. */
  public static final int SEAL = 28;

  private static final int PUBLIC = 32;
  private static final int NONCE = HELLO - PUBLIC;
  private static final int GCM_NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ServerSocket listener;
  private final Script script;
  private final Map<Socket, Thread> clients = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Throwable> faults = new ConcurrentLinkedQueue<>();
  private final AtomicInteger accepted = new AtomicInteger();

  /** What is done with each client. */
  public interface Script {
    void play(Client client) throws Exception;
  }

  private LaterServer(Script script) throws IOException {
    this.script = script;
    listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::accept, "later-server");
    thread.setDaemon(true);
    thread.start();
  }

  public static LaterServer playing(Script script) throws IOException {
    return new LaterServer(script);
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        accepted.incrementAndGet();
        Thread thread = new Thread(() -> serve(socket), "later-server-client");
        thread.setDaemon(true);
        clients.put(socket, thread);
        thread.start();
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      script.play(new Client(socket));
      if (!socket.isClosed()) {
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      }
    } catch (IOException e) {
      // the client has reset the connection
    } catch (Exception | AssertionError e) {
      faults.add(e);
    } finally {
      clients.remove(socket);
    }
  }

  public int accepted() {
    return accepted.get();
  }

  /** Waits until every client has closed its connection. */
  public void awaitNobody() {
    Await.until("all clients have closed", clients::isEmpty);
    if (!faults.isEmpty()) {
      throw new AssertionError("in the server's script", faults.peek());
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : clients.keySet()) {
      socket.close();
    }
  }

  /** One client as the server has it. */
  public static final class Client {
    private final Socket socket;
    private byte[] clientHello = new byte[0];
    private byte[] key = new byte[0];
    private byte[] sessionKey = new byte[0];

    private Client(Socket socket) throws IOException {
      this.socket = socket;
      socket.setTcpNoDelay(true);
    }

    public InputStream in() throws IOException {
      return socket.getInputStream();
    }

    public byte[] read(int length) throws IOException {
      byte[] bytes = in().readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException("the client has closed");
      }
      return bytes;
    }

    public Client send(byte[]... parts) throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] part : parts) {
        all.writeBytes(part);
      }
      socket.getOutputStream().write(all.toByteArray());
      return this;
    }

    /** Reads the client's hello, and agrees on the transport key of a version. */
    public byte[] agree(String version) throws Exception {
      clientHello = read(HELLO);
      byte[] privateKey = random(PUBLIC);
      byte[] hello = random(HELLO);
      System.arraycopy(publicKey(privateKey), 0, hello, NONCE, PUBLIC);
      key = transportKey(clientHello, hello, secret(privateKey, publicOf(clientHello)), version);
      return hello;
    }

    /** Hellos, and the join of a version. */
    public Join join(String version) throws Exception {
      send(agree(version));
      return readJoin();
    }

    public Join readJoin() throws Exception {
      byte[] plaintext = open(key, read(65 + SEAL));
      return new Join(plaintext[0] & 0xFF, Arrays.copyOfRange(plaintext, 1, plaintext.length));
    }

    public byte[] status(int number) {
      return seal(key, new byte[] {(byte) number});
    }

    public byte[] length(long payload) {
      return seal(
          key,
          ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(payload).array());
    }

    /** Lets the client in. */
    public Client welcome(long payload) throws IOException {
      return send(status(0), length(payload));
    }

    /** What a session's messages are sealed with. */
    public Client session(SessionSecrets session) {
      sessionKey = session.key().secretBytes();
      return this;
    }

    public byte[] packet(byte[] plaintext) {
      return seal(sessionKey, plaintext);
    }

    /** What is in a packet of a producer. */
    public byte[] opened(byte[] packet) throws Exception {
      return open(sessionKey, packet);
    }

    public void finish() throws IOException {
      socket.shutdownOutput();
    }

    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }

  /**
   * What a client asks for.
   *
   * @param role its number
   * @param id of the session
   */
  public record Join(int role, byte[] id) {}

  // ---- the wire ----

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  private static byte[] publicOf(byte[] hello) {
    return Arrays.copyOfRange(hello, NONCE, HELLO);
  }

  static byte[] publicKey(byte[] privateKey) throws GeneralSecurityException {
    byte[] basePoint = new byte[PUBLIC];
    basePoint[0] = 9;
    return secret(privateKey, basePoint);
  }

  static byte[] secret(byte[] privateKey, byte[] theirs) throws GeneralSecurityException {
    KeyFactory keys = KeyFactory.getInstance("X25519");
    KeyAgreement agreement = KeyAgreement.getInstance("X25519");
    agreement.init(
        keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey)));
    agreement.doPhase(keys.generatePublic(point(theirs)), true);
    return agreement.generateSecret();
  }

  /** A coordinate is little-endian on the wire, and its highest bit does not count. */
  private static XECPublicKeySpec point(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    reversed[0] &= 0x7F;
    return new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, reversed));
  }

  static byte[] transportKey(byte[] client, byte[] server, byte[] secret, String version)
      throws GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA3-256");
    digest.update(new byte[2 * HELLO + PUBLIC]);
    digest.update(publicOf(client));
    digest.update(client, 0, NONCE);
    digest.update(publicOf(server));
    digest.update(server, 0, NONCE);
    digest.update(secret);
    digest.update(("hydra-sync transport key/v" + version).getBytes(US_ASCII));
    return digest.digest();
  }

  static byte[] seal(byte[] key, byte[] plaintext) {
    return seal(key, random(GCM_NONCE), plaintext);
  }

  static byte[] seal(byte[] key, byte[] nonce, byte[] plaintext) {
    try {
      byte[] sealed = Arrays.copyOf(nonce, plaintext.length + SEAL);
      cipher(Cipher.ENCRYPT_MODE, key, nonce)
          .doFinal(plaintext, 0, plaintext.length, sealed, GCM_NONCE);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] open(byte[] key, byte[] sealed) throws GeneralSecurityException {
    return cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOf(sealed, GCM_NONCE))
        .doFinal(sealed, GCM_NONCE, sealed.length - GCM_NONCE);
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    return cipher;
  }
}
