package io.hydrasync.protocol.noise;

import io.hydrasync.protocol.crypto.X25519;
import java.util.Arrays;
import javax.security.auth.Destroyable;

/**
 * {@code Noise_NX_25519_AESGCM_SHA256} (Noise revision 34): the client learns the relay's static
 * key and proves nothing about itself. No I/O; one object a handshake; not thread-safe.
 *
 * <pre>
 * message 1   client → relay   e                       32 bytes + payload
 * message 2   relay → client   e, ee, s, es            96 bytes + payload
 * </pre>
 *
 * Wire 2 uses empty payloads and its magic as the prologue ({@code wire2.md} section 1).
 */
public final class Handshake {
  /** Bytes in message 1 with an empty payload. */
  public static final int MESSAGE_1_LENGTH = 32;

  /** Bytes in message 2 with an empty payload: e, the sealed s, the tag of the empty payload. */
  public static final int MESSAGE_2_LENGTH = 32 + 48 + 16;

  private static final int SEALED_STATIC = 48;

  private Handshake() {}

  /**
   * What both ends hold after the handshake.
   *
   * @param sender seals towards the peer
   * @param receiver opens what comes from the peer
   * @param hash the handshake hash {@code h}, 32 bytes, the same on both ends
   * @param relayKey the relay's static public key, 32 bytes
   */
  public record Result(CipherState sender, CipherState receiver, byte[] hash, byte[] relayKey) {
    /** Zeroes the keys of both directions. */
    public void destroy() {
      sender.destroy();
      receiver.destroy();
    }
  }

  /**
   * The last step of a handshake.
   *
   * @param bytes the message written, or the payload read
   * @param result the transport state
   */
  public record Finished(byte[] bytes, Result result) {}

  /** The client's side. */
  public static final class Initiator implements Destroyable {
    private final SymmetricState state;
    private final byte[] ephemeral;

    /**
     * Starts a handshake.
     *
     * @param prologue what both ends must agree on
     * @param ephemeralPrivate 32 fresh random bytes; owned by this object from now on and zeroed at
     *     its end
     */
    public Initiator(byte[] prologue, byte[] ephemeralPrivate) {
      state = new SymmetricState(prologue);
      ephemeral = ephemeralPrivate;
    }

    /**
     * Message 1.
     *
     * @param payload sent in the clear
     * @return the message
     */
    public byte[] writeMessage1(byte[] payload) {
      byte[] e = X25519.publicKey(ephemeral);
      state.mixHash(e);
      return join(e, state.encryptAndHash(payload));
    }

    /**
     * Takes message 2 and ends the handshake.
     *
     * @param message at least 96 bytes
     * @return payload and transport state; the caller still has to compare the relay's key
     * @throws NoiseException if the message does not verify
     */
    public Finished readMessage2(byte[] message) throws NoiseException {
      try {
        requireLength(message, MESSAGE_2_LENGTH);
        byte[] e = Arrays.copyOf(message, X25519.LENGTH);
        state.mixHash(e);
        state.mixSharedSecret(ephemeral, e);
        int sEnd = X25519.LENGTH + SEALED_STATIC;
        byte[] s = state.decryptAndHash(Arrays.copyOfRange(message, X25519.LENGTH, sEnd));
        state.mixSharedSecret(ephemeral, s);
        byte[] payload = state.decryptAndHash(Arrays.copyOfRange(message, sEnd, message.length));
        byte[] hash = state.hash();
        CipherState[] pair = state.split();
        return new Finished(payload, new Result(pair[0], pair[1], hash, s));
      } finally {
        destroy();
      }
    }

    /** Zeroes all secrets: for a handshake that does not come to its end, which does so itself. */
    @Override
    public void destroy() {
      Arrays.fill(ephemeral, (byte) 0);
      state.destroy();
    }
  }

  /** The relay's side. */
  public static final class Responder implements Destroyable {
    private final SymmetricState state;
    private final byte[] staticPrivate;
    private final byte[] staticPublic;
    private final byte[] ephemeral;
    private byte[] peerEphemeral = new byte[0];

    /**
     * Starts a handshake.
     *
     * @param prologue what both ends must agree on
     * @param staticPrivate the relay's private key, 32 bytes, copied; the copy is zeroed at the end
     * @param staticPublic its public key, 32 bytes, borrowed
     * @param ephemeralPrivate 32 fresh random bytes; owned by this object from now on and zeroed at
     *     its end
     */
    public Responder(
        byte[] prologue, byte[] staticPrivate, byte[] staticPublic, byte[] ephemeralPrivate) {
      state = new SymmetricState(prologue);
      this.staticPrivate = staticPrivate.clone();
      this.staticPublic = staticPublic;
      ephemeral = ephemeralPrivate;
    }

    /**
     * Takes message 1.
     *
     * @param message at least 32 bytes
     * @return its payload
     * @throws NoiseException if it is too short
     */
    public byte[] readMessage1(byte[] message) throws NoiseException {
      requireLength(message, MESSAGE_1_LENGTH);
      peerEphemeral = Arrays.copyOf(message, X25519.LENGTH);
      state.mixHash(peerEphemeral);
      return state.decryptAndHash(Arrays.copyOfRange(message, X25519.LENGTH, message.length));
    }

    /**
     * Message 2, which ends the handshake.
     *
     * @param payload sealed towards the client
     * @return the message and the transport state
     * @throws NoiseException if the client's key is of low order
     */
    public Finished writeMessage2(byte[] payload) throws NoiseException {
      try {
        byte[] e = X25519.publicKey(ephemeral);
        state.mixHash(e);
        state.mixSharedSecret(ephemeral, peerEphemeral);
        byte[] s = state.encryptAndHash(staticPublic);
        state.mixSharedSecret(staticPrivate, peerEphemeral);
        byte[] message = join(join(e, s), state.encryptAndHash(payload));
        byte[] hash = state.hash();
        CipherState[] pair = state.split();
        return new Finished(message, new Result(pair[1], pair[0], hash, staticPublic));
      } finally {
        destroy();
      }
    }

    /** Zeroes all secrets: for a handshake that does not come to its end, which does so itself. */
    @Override
    public void destroy() {
      Arrays.fill(staticPrivate, (byte) 0);
      Arrays.fill(ephemeral, (byte) 0);
      state.destroy();
    }
  }

  private static void requireLength(byte[] message, int least) throws NoiseException {
    if (message.length < least) {
      throw new NoiseException("a handshake message is too short: " + message.length + " bytes");
    }
  }

  private static byte[] join(byte[] a, byte[] b) {
    byte[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }
}
