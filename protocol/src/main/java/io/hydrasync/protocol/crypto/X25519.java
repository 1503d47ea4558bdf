package io.hydrasync.protocol.crypto;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.KeyAgreement;

/**
 * X25519 (RFC 7748) over raw 32-byte keys. Stateless and thread-safe; arguments are borrowed,
 * results are new arrays.
 */
public final class X25519 {
  /** Bytes in a private key, a public key and a shared secret. */
  public static final int LENGTH = 32;

  private static final String ALGORITHM = "X25519";
  // The DER in front of the raw key in PKCS #8 and X.509 (RFC 8410 sections 4 and 7).
  private static final byte[] PKCS8_PREFIX =
      HexFormat.of().parseHex("302e020100300506032b656e04220420");
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b656e032100");
  private static final byte[] BASE_POINT = new byte[LENGTH];

  static {
    BASE_POINT[0] = 9;
  }

  private X25519() {}

  /**
   * A fresh private key.
   *
   * @param random where the bytes come from
   * @return 32 bytes
   */
  public static byte[] newPrivateKey(SecureRandom random) {
    byte[] key = new byte[LENGTH];
    random.nextBytes(key);
    return key;
  }

  /**
   * The public key of a private key.
   *
   * @param privateKey 32 bytes
   * @return 32 bytes
   */
  public static byte[] publicKey(byte[] privateKey) {
    try {
      return sharedSecret(privateKey, BASE_POINT);
    } catch (LowOrderPointException e) {
      throw new IllegalStateException("the base point is not of low order", e);
    }
  }

  /**
   * The shared secret of a private key and a peer's public key.
   *
   * @param privateKey 32 bytes
   * @param peerPublicKey 32 bytes
   * @return 32 bytes, never all zero
   * @throws LowOrderPointException if the peer's key is a point of low order (RFC 7748 section 6.1)
   */
  public static byte[] sharedSecret(byte[] privateKey, byte[] peerPublicKey)
      throws LowOrderPointException {
    requireLength(privateKey);
    requireLength(peerPublicKey);
    byte[] encoded = concat(PKCS8_PREFIX, privateKey);
    try {
      KeyFactory keys = KeyFactory.getInstance(ALGORITHM);
      PrivateKey own = keys.generatePrivate(new PKCS8EncodedKeySpec(encoded));
      PublicKey peer =
          keys.generatePublic(new X509EncodedKeySpec(concat(X509_PREFIX, peerPublicKey)));
      KeyAgreement agreement = KeyAgreement.getInstance(ALGORITHM);
      agreement.init(own);
      try {
        agreement.doPhase(peer, true);
      } catch (java.security.InvalidKeyException e) {
        throw new LowOrderPointException(e);
      }
      return agreement.generateSecret();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  private static void requireLength(byte[] key) {
    if (key.length != LENGTH) {
      throw new IllegalArgumentException("an X25519 key has 32 bytes, not " + key.length);
    }
  }

  static byte[] concat(byte[] a, byte[] b) {
    byte[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }

  /** The peer's public key is a point of low order, so the secret would be known to anybody. */
  public static final class LowOrderPointException extends Exception {
    private static final long serialVersionUID = 1L;

    LowOrderPointException(Throwable cause) {
      super("the peer's X25519 key is a point of low order", cause);
    }
  }
}
