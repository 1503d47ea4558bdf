package io.hydrasync.protocol.classic;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.crypto.X25519.LowOrderPointException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.security.auth.Destroyable;

/**
 * One end of the classic handshake. Each end sends a hello, the client first:
 *
 * <pre>
 *  0                 96              128
 * +-----------------+----------------+
 * | nonce, random   | X25519 public  |
 * +-----------------+----------------+
 *
 * transport key = SHA3-256(client public || client nonce || server public || server nonce
 *                          || shared secret || "hydra-sync transport key/v" || version)
 * </pre>
 *
 * The server's hello does not depend on the version, so it can try those it knows on the join
 * frame. Nobody is authenticated. Not thread-safe.
 */
public final class ClassicHandshake implements Destroyable {
  /** Bytes in a hello. */
  public static final int HELLO_LENGTH = 96 + X25519.LENGTH;

  private static final int NONCE_LENGTH = HELLO_LENGTH - X25519.LENGTH;
  private static final String INFO = "hydra-sync transport key/v";

  private final byte[] privateKey;
  private final byte[] hello;

  /**
   * A fresh end.
   *
   * @param random where nonce and private key come from
   */
  public ClassicHandshake(SecureRandom random) {
    this(X25519.newPrivateKey(random), randomBytes(random));
  }

  ClassicHandshake(byte[] privateKey, byte[] nonce) {
    this.privateKey = privateKey;
    hello = Arrays.copyOf(nonce, HELLO_LENGTH);
    System.arraycopy(X25519.publicKey(privateKey), 0, hello, NONCE_LENGTH, X25519.LENGTH);
  }

  private static byte[] randomBytes(SecureRandom random) {
    byte[] nonce = new byte[NONCE_LENGTH];
    random.nextBytes(nonce);
    return nonce;
  }

  /**
   * What this end sends.
   *
   * @return 128 bytes, a copy
   */
  public byte[] hello() {
    return hello.clone();
  }

  /**
   * The secrets of the client's end.
   *
   * @param serverHello 128 bytes, borrowed
   * @return what transport keys are made of
   * @throws LowOrderPointException if the server's key is a point of low order
   */
  public Agreement withServer(byte[] serverHello) throws LowOrderPointException {
    return new Agreement(hello, serverHello, agree(serverHello));
  }

  /**
   * The secrets of the server's end.
   *
   * @param clientHello 128 bytes, borrowed
   * @return what transport keys are made of
   * @throws LowOrderPointException if the client's key is a point of low order
   */
  public Agreement withClient(byte[] clientHello) throws LowOrderPointException {
    return new Agreement(clientHello, hello, agree(clientHello));
  }

  private byte[] agree(byte[] peerHello) throws LowOrderPointException {
    if (peerHello.length != HELLO_LENGTH) {
      throw new IllegalArgumentException("a hello has 128 bytes, not " + peerHello.length);
    }
    try {
      return X25519.sharedSecret(
          privateKey, Arrays.copyOfRange(peerHello, NONCE_LENGTH, HELLO_LENGTH));
    } finally {
      destroy();
    }
  }

  /** Zeroes the private key, as the agreement does: for a handshake that does not come to it. */
  @Override
  public void destroy() {
    Arrays.fill(privateKey, (byte) 0);
  }

  /** What both ends have agreed on. Thread-safe until {@link #destroy()}. */
  public static final class Agreement implements Destroyable {
    private final byte[] clientHello;
    private final byte[] serverHello;
    private final byte[] sharedSecret;
    private volatile boolean destroyed;

    private Agreement(byte[] clientHello, byte[] serverHello, byte[] sharedSecret) {
      this.clientHello = clientHello.clone();
      this.serverHello = serverHello.clone();
      this.sharedSecret = sharedSecret;
    }

    /**
     * The transport key of a version.
     *
     * @param version such as {@code 1.0.0-beta.6}
     * @return seals and opens the join frame
     */
    public ClassicCipher transport(String version) {
      if (destroyed) {
        throw new IllegalStateException("the shared secret has been destroyed");
      }
      MessageDigest digest = newSha3();
      digest.update(clientHello, NONCE_LENGTH, X25519.LENGTH);
      digest.update(clientHello, 0, NONCE_LENGTH);
      digest.update(serverHello, NONCE_LENGTH, X25519.LENGTH);
      digest.update(serverHello, 0, NONCE_LENGTH);
      digest.update(sharedSecret);
      digest.update((INFO + version).getBytes(US_ASCII));
      byte[] key = digest.digest();
      digest.reset(); // it keeps its last block else
      try {
        return new ClassicCipher(key);
      } finally {
        Arrays.fill(key, (byte) 0);
      }
    }

    /** Zeroes the shared secret. Later uses fail with {@link IllegalStateException}. */
    @Override
    public void destroy() {
      destroyed = true;
      Arrays.fill(sharedSecret, (byte) 0);
    }

    @Override
    public boolean isDestroyed() {
      return destroyed;
    }

    private static MessageDigest newSha3() {
      try {
        return MessageDigest.getInstance("SHA3-256");
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java runtime has no SHA3-256", e);
      }
    }
  }
}
