package io.hydrasync.server.internal.admission;

import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.control.JoinMessage;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The resume tokens of a plain session's producer ({@code wire2.md} section 4, step 3): the last
 * one issued is valid, and the one before it until a relayed frame shows that the client has got
 * the last. Confined to the session's owner loop.
 */
public final class ProducerTokens {
  private final SecureRandom random;
  private byte @Nullable [] last;
  private byte @Nullable [] beforeLast;

  public ProducerTokens(SecureRandom random) {
    this.random = random;
  }

  /** Whether a client has a valid token. */
  public boolean accept(byte[] token) {
    return matches(last, token) | matches(beforeLast, token);
  }

  /** A fresh token, which is not valid before it has been {@link #issued}. */
  public byte[] fresh() {
    byte[] fresh = new byte[JoinMessage.RESUME_LENGTH];
    random.nextBytes(fresh);
    return fresh;
  }

  /**
   * A producer has been let in.
   *
   * @param fresh what it is given
   * @param shown what it has shown
   */
  public void issued(byte[] fresh, byte[] shown) {
    // a client that shows the older one has never seen the newer: the older stays the one to fall
    // back on
    beforeLast = matches(beforeLast, shown) ? beforeLast : last;
    last = fresh.clone();
  }

  /** Another relay has issued this token, and it is the session's valid one. */
  public void adopt(byte[] shown) {
    if (!accept(shown)) {
      last = shown.clone();
    }
  }

  /** The client has got the last token. */
  public void confirm() {
    beforeLast = null;
  }

  public void forget() {
    last = null;
    beforeLast = null;
  }

  private static boolean matches(byte @Nullable [] issued, byte[] shown) {
    return issued != null && Hashes.constantTimeEquals(issued, shown);
  }
}
