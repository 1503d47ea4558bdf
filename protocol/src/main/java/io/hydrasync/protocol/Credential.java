package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.crypto.Hashes;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * 32 random bytes that an operator issues, and with which a client shows that it may join ({@code
 * wire2.md} section 4, step 2). Thread-safe; zeroed by {@link #destroy()}.
 */
public final class Credential extends Secret {
  /** Bytes in a credential. */
  public static final int LENGTH = SIZE;

  /** Bytes in {@link #id()}. */
  public static final int ID_LENGTH = 8;

  private static final byte[] ID_LABEL = Hashes.label("cred-id");

  private Credential(byte[] bytes) {
    super(bytes, "a credential");
  }

  /**
   * A credential from its bytes.
   *
   * @param bytes 32 bytes, copied
   * @return the credential
   * @throws IllegalArgumentException if there are not 32 bytes
   */
  public static Credential of(byte[] bytes) {
    return new Credential(Arguments.given(bytes, "a credential").clone());
  }

  /**
   * A fresh credential.
   *
   * @param source where the bytes come from
   * @return the credential
   */
  public static Credential generate(SecureRandom source) {
    return new Credential(random(source));
  }

  /**
   * The public name of this credential: {@code H(L("cred-id") || key)[0..8]}.
   *
   * @return 8 bytes
   */
  public byte[] id() {
    return Arrays.copyOf(Hashes.sha256(ID_LABEL, bytes()), ID_LENGTH);
  }

  /**
   * HMAC-SHA-256 under this credential.
   *
   * @param parts what is authenticated, joined
   * @return 32 bytes
   */
  public byte[] mac(byte[]... parts) {
    return Hashes.hmac(bytes(), parts);
  }
}
