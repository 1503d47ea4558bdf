package io.hydrasync.protocol.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Ed25519 (RFC 8032, pure) over raw 32-byte seeds and public keys. Stateless and thread-safe;
 * arguments are borrowed, results are new arrays.
 */
public final class Ed25519 {
  /** Bytes in a seed and in a public key. */
  public static final int KEY_LENGTH = 32;

  /** Bytes in a signature. */
  public static final int SIGNATURE_LENGTH = 64;

  private static final String ALGORITHM = "Ed25519";
  // The DER in front of the raw key in PKCS #8 and X.509 (RFC 8410 sections 4 and 7).
  private static final byte[] PKCS8_PREFIX =
      HexFormat.of().parseHex("302e020100300506032b657004220420");
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private Ed25519() {}

  /**
   * The public key of a seed.
   *
   * @param seed 32 bytes
   * @return 32 bytes
   */
  public static byte[] publicKey(byte[] seed) {
    requireLength(seed);
    try {
      // The JDK derives a public key only while it generates a pair, and draws the seed for that
      // from the given source of randomness in one call.
      KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
      generator.initialize(NamedParameterSpec.ED25519, new FixedSeed(seed));
      byte[] encoded = generator.generateKeyPair().getPublic().getEncoded();
      return Arrays.copyOfRange(encoded, X509_PREFIX.length, X509_PREFIX.length + KEY_LENGTH);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    }
  }

  /**
   * Signs.
   *
   * @param seed 32 bytes
   * @param parts the message, joined
   * @return 64 bytes
   */
  public static byte[] sign(byte[] seed, byte[]... parts) {
    requireLength(seed);
    byte[] encoded = X25519.concat(PKCS8_PREFIX, seed);
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(
          KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded)));
      for (byte[] part : parts) {
        signature.update(part);
      }
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  /**
   * Verifies.
   *
   * @param publicKey 32 bytes, from anywhere: one that is no point on the curve verifies nothing
   * @param signature 64 bytes
   * @param parts the message, joined
   * @return true if the holder of the seed signed this message
   */
  public static boolean verify(byte[] publicKey, byte[] signature, byte[]... parts) {
    return new Verifier(publicKey).verify(signature, parts);
  }

  /** A public key that has been parsed, for more than one signature. Immutable and thread-safe. */
  public static final class Verifier {
    /** Null where the bytes are no key. */
    private final @Nullable PublicKey key;

    /**
     * Parses a key.
     *
     * @param publicKey 32 bytes, from anywhere: one that is no point on the curve verifies nothing
     */
    public Verifier(byte[] publicKey) {
      requireLength(publicKey);
      key = parse(publicKey);
    }

    private static @Nullable PublicKey parse(byte[] publicKey) {
      try {
        return KeyFactory.getInstance(ALGORITHM)
            .generatePublic(new X509EncodedKeySpec(X25519.concat(X509_PREFIX, publicKey)));
      } catch (InvalidKeySpecException e) {
        return null;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
      }
    }

    /**
     * Verifies.
     *
     * @param signature 64 bytes
     * @param parts the message, joined
     * @return true if the holder of the seed signed this message
     */
    public boolean verify(byte[] signature, byte[]... parts) {
      if (key == null || signature.length != SIGNATURE_LENGTH) {
        return false; // the JDK may take a longer one
      }
      try {
        Signature verifier = Signature.getInstance(ALGORITHM);
        verifier.initVerify(key);
        for (byte[] part : parts) {
          verifier.update(part);
        }
        return verifier.verify(signature);
      } catch (InvalidKeyException | SignatureException e) {
        return false;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
      }
    }
  }

  private static void requireLength(byte[] key) {
    if (key.length != KEY_LENGTH) {
      throw new IllegalArgumentException("an Ed25519 key has 32 bytes, not " + key.length);
    }
  }

  /** Hands out one seed, once, where the JDK asks for random bytes. */
  private static final class FixedSeed extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final byte[] seed;

    FixedSeed(byte[] seed) {
      super(null, null);
      this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      if (bytes.length != seed.length) {
        throw new IllegalStateException("asked for " + bytes.length + " bytes, not one seed");
      }
      System.arraycopy(seed, 0, bytes, 0, seed.length);
    }
  }
}
