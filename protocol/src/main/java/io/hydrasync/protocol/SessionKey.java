package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import java.security.SecureRandom;

/**
 * The 32 random bytes that producer and consumers of a session share and the relay never sees. Must
 * not be used for classic sessions as well. Thread-safe; zeroed by {@link #destroy()}.
 */
public final class SessionKey extends Secret {
  /** Bytes in a session key. */
  public static final int LENGTH = SIZE;

  private SessionKey(byte[] bytes) {
    super(bytes, "a session key");
  }

  /**
   * A session key from its bytes.
   *
   * @param bytes 32 bytes, copied
   * @return the key
   * @throws IllegalArgumentException if there are not 32 bytes
   */
  public static SessionKey of(byte[] bytes) {
    return new SessionKey(Arguments.given(bytes, "a session key").clone());
  }

  /**
   * A fresh session key.
   *
   * @param source where the bytes come from
   * @return the key
   */
  public static SessionKey generate(SecureRandom source) {
    return new SessionKey(random(source));
  }
}
