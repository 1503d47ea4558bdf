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
 * One end of the classic handshake. Each end sends a {@link ClassicHello}, the client first:
 *
 * <pre>
 * transport key = SHA3-256(zeros || client public || client nonce || server public || server nonce
 *                          || shared secret || "hydra-sync transport key/v" || version)
 * </pre>
 *
 * There are 352 zeros from beta.7 on, and none before. The server's hello does not depend on the
 * version, so it can try those it knows on the join. Nobody is authenticated. Not thread-safe.
 */
public final class ClassicHandshake implements Destroyable {
  private static final String INFO = "hydra-sync transport key/v";

  private final ClassicHello kind;
  private final byte[] privateKey;
  private final byte[] hello;

  /**
   * A fresh end.
   *
   * @param kind what both ends say
   * @param random where nonce and private key come from
   */
  public ClassicHandshake(ClassicHello kind, SecureRandom random) {
    this(kind, X25519.newPrivateKey(random), randomBytes(random, kind.nonceLength()));
  }

  ClassicHandshake(ClassicHello kind, byte[] privateKey, byte[] nonce) {
    this.kind = kind;
    this.privateKey = privateKey;
    hello = Arrays.copyOf(nonce, kind.length());
    System.arraycopy(X25519.publicKey(privateKey), 0, hello, kind.nonceLength(), X25519.LENGTH);
  }

  /**
   * The end of a server that has said a shorter hello before it knew that this client has more to
   * say: what it has said is the beginning of its nonce.
   *
   * @param kind what the client says
   * @param said at most as long as the nonce of that kind
   * @param random where the rest of the nonce and the private key come from
   * @return a fresh end whose hello begins with what has been said
   */
  public static ClassicHandshake goingOn(ClassicHello kind, byte[] said, SecureRandom random) {
    byte[] rest = randomBytes(random, kind.nonceLength() - said.length);
    byte[] nonce = Arrays.copyOf(said, kind.nonceLength());
    System.arraycopy(rest, 0, nonce, said.length, rest.length);
    return new ClassicHandshake(kind, X25519.newPrivateKey(random), nonce);
  }

  private static byte[] randomBytes(SecureRandom random, int length) {
    byte[] nonce = new byte[length];
    random.nextBytes(nonce);
    return nonce;
  }

  /**
   * What this end sends.
   *
   * @return as many bytes as the kind has, a copy
   */
  public byte[] hello() {
    return hello.clone();
  }

  /**
   * The secrets of the client's end.
   *
   * @param serverHello of the same kind, borrowed
   * @return what transport keys are made of
   * @throws LowOrderPointException if the server's key is a point of low order
   */
  public Agreement withServer(byte[] serverHello) throws LowOrderPointException {
    return new Agreement(kind, hello, serverHello, agree(serverHello));
  }

  /**
   * The secrets of the server's end.
   *
   * @param clientHello of the same kind, borrowed
   * @return what transport keys are made of
   * @throws LowOrderPointException if the client's key is a point of low order
   */
  public Agreement withClient(byte[] clientHello) throws LowOrderPointException {
    return new Agreement(kind, clientHello, hello, agree(clientHello));
  }

  private byte[] agree(byte[] peerHello) throws LowOrderPointException {
    if (peerHello.length != kind.length()) {
      throw new IllegalArgumentException(
          "this hello has " + kind.length() + " bytes, not " + peerHello.length);
    }
    try {
      return X25519.sharedSecret(
          privateKey, Arrays.copyOfRange(peerHello, kind.nonceLength(), kind.length()));
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
    private final ClassicHello kind;
    private final byte[] clientHello;
    private final byte[] serverHello;
    private final byte[] sharedSecret;
    private volatile boolean destroyed;

    private Agreement(
        ClassicHello kind, byte[] clientHello, byte[] serverHello, byte[] sharedSecret) {
      this.kind = kind;
      this.clientHello = clientHello.clone();
      this.serverHello = serverHello.clone();
      this.sharedSecret = sharedSecret;
    }

    /**
     * The transport key of a version.
     *
     * @param version such as {@code 1.0.0-beta.6}
     * @return seals and opens the join and its answers
     */
    public ClassicCipher transport(String version) {
      if (destroyed) {
        throw new IllegalStateException("the shared secret has been destroyed");
      }
      MessageDigest digest = newSha3();
      int nonce = kind.nonceLength();
      digest.update(new byte[kind.zeros()]);
      digest.update(clientHello, nonce, X25519.LENGTH);
      digest.update(clientHello, 0, nonce);
      digest.update(serverHello, nonce, X25519.LENGTH);
      digest.update(serverHello, 0, nonce);
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
