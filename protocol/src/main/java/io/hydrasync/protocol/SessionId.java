package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.crypto.Hashes;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The 64 bytes by which a relay knows a session ({@code wire2.md} section 3).
 *
 * <pre>
 * owned   pub[32] || rnd[16] || H(L("session") || pub || rnd)[0..16]
 * plain   any other 64 bytes
 * </pre>
 *
 * Only the holder of the Ed25519 seed behind {@code pub} can produce into an owned session. The
 * check at the end makes the kind evident. Immutable and thread-safe.
 */
public final class SessionId {
  /** Bytes in a session id. */
  public static final int LENGTH = 64;

  private static final int OWNER_LENGTH = 32;
  private static final int RANDOM_LENGTH = 16;
  private static final int LOG_NAME_LENGTH = 4;
  private static final byte[] LABEL = Hashes.label("session");

  private final byte[] bytes;
  private final boolean owned;

  private SessionId(byte[] bytes) {
    this.bytes = bytes;
    byte[] random = Arrays.copyOfRange(bytes, OWNER_LENGTH, OWNER_LENGTH + RANDOM_LENGTH);
    byte[] check = Arrays.copyOfRange(bytes, OWNER_LENGTH + RANDOM_LENGTH, LENGTH);
    owned = Arrays.equals(check, check(Arrays.copyOf(bytes, OWNER_LENGTH), random));
  }

  /**
   * A session id from its bytes.
   *
   * @param bytes 64 bytes, copied
   * @return the id
   * @throws IllegalArgumentException if there are not 64 bytes
   */
  public static SessionId of(byte[] bytes) {
    if (Arguments.given(bytes, "a session id").length != LENGTH) {
      throw new IllegalArgumentException("a session id has 64 bytes, not " + bytes.length);
    }
    return new SessionId(bytes.clone());
  }

  /**
   * A session id that only the holder of a seed can produce into.
   *
   * @param owner the owner's key
   * @param random 16 bytes that tell this owner's sessions apart
   * @return the id
   */
  public static SessionId owned(OwnerKey owner, byte[] random) {
    Arguments.given(owner, "an owner's key");
    if (Arguments.given(random, "the random part").length != RANDOM_LENGTH) {
      throw new IllegalArgumentException("the random part has 16 bytes, not " + random.length);
    }
    byte[] publicKey = owner.publicKey();
    byte[] bytes = Arrays.copyOf(publicKey, LENGTH);
    System.arraycopy(random, 0, bytes, OWNER_LENGTH, RANDOM_LENGTH);
    byte[] check = check(publicKey, random);
    System.arraycopy(check, 0, bytes, OWNER_LENGTH + RANDOM_LENGTH, check.length);
    return new SessionId(bytes);
  }

  /**
   * A fresh session id of the given owner.
   *
   * @param owner the owner's key
   * @param source where the random part comes from
   * @return the id
   */
  public static SessionId owned(OwnerKey owner, SecureRandom source) {
    byte[] random = new byte[RANDOM_LENGTH];
    Arguments.given(source, "a source of random bytes").nextBytes(random);
    return owned(owner, random);
  }

  private static byte[] check(byte[] publicKey, byte[] random) {
    return Arrays.copyOf(Hashes.sha256(LABEL, publicKey, random), RANDOM_LENGTH);
  }

  /**
   * The bytes of the id.
   *
   * @return 64 bytes, a copy
   */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /**
   * Whether only the owner can produce.
   *
   * @return true for an owned id
   */
  public boolean isOwned() {
    return owned;
  }

  /**
   * The Ed25519 public key of the owner.
   *
   * @return 32 bytes, or empty for a plain id
   */
  public Optional<byte[]> ownerKey() {
    return owned ? Optional.of(Arrays.copyOf(bytes, OWNER_LENGTH)) : Optional.empty();
  }

  /**
   * The name of the session in logs: the first four bytes of the id's SHA-256.
   *
   * @return 8 hex digits
   */
  public String logName() {
    return HexFormat.of().formatHex(Hashes.sha256(bytes), 0, LOG_NAME_LENGTH);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionId that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The log name, not the id: who knows a plain id can produce into it. */
  @Override
  public String toString() {
    return "SessionId[" + logName() + "]";
  }
}
