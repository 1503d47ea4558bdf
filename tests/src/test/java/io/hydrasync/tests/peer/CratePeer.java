package io.hydrasync.tests.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.interfaces.XECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A client of the Rust crate in any of its versions 1.0.0-beta.2 to beta.9, written from {@code
 * docs/reference/classic-wire.md} alone, with nothing but the JDK. Sends what it is told, when it
 * is told.
 */
public final class CratePeer implements Closeable {
  /** How a connection has ended. */
  public enum End {
    FIN,
    RESET,
    OPEN
  }

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int DEADLINE_MS = 30_000;
  private static final int PUBLIC = 32;
  private static final int SEALING = 28;

  private final Socket socket = new Socket();
  private final int beta;
  private final byte[] transport;

  private CratePeer(InetSocketAddress relay, int beta, int cutAt, long pauseMs) throws Exception {
    this.beta = beta;
    socket.connect(relay);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(DEADLINE_MS);
    try {
      transport = shakeHands(cutAt, pauseMs);
    } catch (Exception e) {
      socket.close();
      throw e;
    }
  }

  /** Has shaken hands. */
  public static CratePeer connect(InetSocketAddress relay, int beta) throws Exception {
    return new CratePeer(relay, beta, 0, 0);
  }

  /** The same, with a hello in two pieces and a pause in between. */
  public static CratePeer connect(InetSocketAddress relay, int beta, int cutAt, long pauseMs)
      throws Exception {
    return new CratePeer(relay, beta, cutAt, pauseMs);
  }

  public static CratePeer producer(InetSocketAddress relay, int beta, byte[] id) throws Exception {
    return connect(relay, beta).send(beta == 9 ? 0 : 1, id);
  }

  public static CratePeer consumer(InetSocketAddress relay, int beta, byte[] id) throws Exception {
    return connect(relay, beta).send(beta == 9 ? 1 : 2, id);
  }

  public static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  // ---- the handshake ----

  /** Bytes of a version's nonce. */
  private static int nonceBytes(int beta) {
    return beta == 2 ? 72 : beta < 7 ? 96 : 128;
  }

  /** Bytes of a version's hello. */
  public static int helloBytes(int beta) {
    return nonceBytes(beta) + PUBLIC;
  }

  private byte[] shakeHands(int cutAt, long pauseMs) throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("X25519").generateKeyPair();
    int nonce = nonceBytes(beta);
    byte[] mine = Arrays.copyOf(random(nonce), nonce + PUBLIC);
    System.arraycopy(raw((XECPublicKey) pair.getPublic()), 0, mine, nonce, PUBLIC);
    write(Arrays.copyOf(mine, cutAt));
    if (cutAt > 0) {
      TimeUnit.MILLISECONDS.sleep(pauseMs); // what is tested is that it rests there
    }
    write(Arrays.copyOfRange(mine, cutAt, mine.length));
    byte[] theirs = read(mine.length);
    KeyAgreement agreement = KeyAgreement.getInstance("X25519");
    agreement.init(pair.getPrivate());
    agreement.doPhase(point(Arrays.copyOfRange(theirs, nonce, nonce + PUBLIC)), true);
    MessageDigest digest = MessageDigest.getInstance("SHA3-256");
    digest.update(new byte[beta < 7 ? 0 : 352]);
    digest.update(mine, nonce, PUBLIC);
    digest.update(mine, 0, nonce);
    digest.update(theirs, nonce, PUBLIC);
    digest.update(theirs, 0, nonce);
    digest.update(agreement.generateSecret());
    digest.update(("hydra-sync transport key/v1.0.0-beta." + beta).getBytes(US_ASCII));
    return digest.digest();
  }

  private static byte[] raw(XECPublicKey key) {
    byte[] big = key.getU().toByteArray();
    byte[] little = new byte[PUBLIC];
    for (int i = 0; i < Math.min(big.length, PUBLIC); i++) {
      little[i] = big[big.length - 1 - i];
    }
    return little;
  }

  private static java.security.PublicKey point(byte[] little) throws GeneralSecurityException {
    byte[] big = new byte[PUBLIC];
    for (int i = 0; i < PUBLIC; i++) {
      big[i] = little[PUBLIC - 1 - i];
    }
    big[0] &= 0x7F;
    return KeyFactory.getInstance("X25519")
        .generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, big)));
  }

  // ---- sealing ----

  private static byte[] gcm(int mode, byte[] key, byte[] nonce, byte[] in, int from)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
    return cipher.doFinal(in, from, in.length - from);
  }

  /** nonce[12] || ciphertext || tag[16]. */
  public static byte[] part(byte[] key, byte[] plaintext) throws GeneralSecurityException {
    byte[] nonce = random(12);
    byte[] sealed = gcm(Cipher.ENCRYPT_MODE, key, nonce, plaintext, 0);
    return ByteBuffer.allocate(12 + sealed.length).put(nonce).put(sealed).array();
  }

  /** What has been sealed. */
  public static byte[] open(byte[] key, byte[] part) throws GeneralSecurityException {
    return gcm(Cipher.DECRYPT_MODE, key, Arrays.copyOf(part, 12), part, 12);
  }

  /** The same with its length in front, up to beta.6. */
  private static byte[] withLength(byte[] part) {
    return ByteBuffer.allocate(4 + part.length).putInt(part.length).put(part).array();
  }

  /** A message as this version sends it. */
  public byte[] message(byte[] key, byte[] plaintext) throws GeneralSecurityException {
    return beta < 7 ? withLength(part(key, plaintext)) : part(key, plaintext);
  }

  // ---- joining ----

  /** A join with any role. */
  public byte[] join(int role, byte[] id) throws GeneralSecurityException {
    byte[] plaintext = ByteBuffer.allocate(65).put((byte) role).put(id).array();
    return message(transport, plaintext);
  }

  /** Sends a join. */
  public CratePeer send(int role, byte[] id) throws Exception {
    return write(join(role, id));
  }

  /** The status, as a number. */
  public int status() throws Exception {
    return open(transport, read(1 + SEALING))[0] & 0xFF;
  }

  /** The packet length. */
  public long packetLength() throws Exception {
    return ByteBuffer.wrap(open(transport, read(8 + SEALING)))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  /** Waits until it has joined, as far as its wire tells; the packet length, or 0. */
  public int joined() throws Exception {
    if (beta < 7) {
      return 0;
    }
    int status = status();
    if (status != 0) {
      throw new IOException("status " + status);
    }
    return (int) packetLength();
  }

  /** An observer's next figures: hours, sessions made, sessions, bytes. */
  public ByteBuffer metrics() throws Exception {
    return ByteBuffer.wrap(open(transport, read(32 + SEALING))).order(ByteOrder.LITTLE_ENDIAN);
  }

  // ---- bytes ----

  public CratePeer write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  public byte[] read(int length) throws IOException {
    byte[] bytes = socket.getInputStream().readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("FIN after " + bytes.length + " of " + length + " bytes");
    }
    return bytes;
  }

  /** The next message; up to beta.6 its length is in front of it. */
  public byte[] next(byte[] key, int packetLength) throws Exception {
    int length = beta < 7 ? ByteBuffer.wrap(read(4)).getInt() : packetLength + SEALING;
    return open(key, read(length));
  }

  /** Closes its direction; what the relay still says can be read. */
  public CratePeer finish() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Reads on until the relay ends the connection. */
  public End end() throws IOException {
    return end(new ByteArrayOutputStream(), DEADLINE_MS);
  }

  /** Reads on until the relay ends the connection or the time is over, and keeps what comes. */
  public End end(ByteArrayOutputStream rest, int ms) throws IOException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    byte[] bytes = new byte[64 << 10];
    try {
      for (long left = ms; left > 0; left = (end - System.nanoTime()) / 1_000_000) {
        socket.setSoTimeout((int) left);
        int n = socket.getInputStream().read(bytes);
        if (n < 0) {
          return End.FIN;
        }
        rest.write(bytes, 0, n);
      }
      return End.OPEN;
    } catch (SocketTimeoutException e) {
      return End.OPEN;
    } catch (SocketException e) {
      return End.RESET;
    } finally {
      socket.setSoTimeout(DEADLINE_MS);
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
