package io.hydrasync.protocol.noise;

/** A handshake message is malformed or does not verify. Nothing is said to the peer about it. */
public final class NoiseException extends Exception {
  private static final long serialVersionUID = 1L;

  NoiseException(String message) {
    super(message);
  }

  NoiseException(String message, Throwable cause) {
    super(message, cause);
  }
}
