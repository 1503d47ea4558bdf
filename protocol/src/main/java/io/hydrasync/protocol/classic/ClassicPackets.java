package io.hydrasync.protocol.classic;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The length of the later wire's packets, which a relay announces behind the status SUCCESS: a u64,
 * little-endian, sealed under the transport key. It counts the payload; a packet has {@link
 * ClassicCipher#PART_OVERHEAD} bytes more, and no length in front. Stateless.
 */
public final class ClassicPackets {
  /** Bytes of the sealed length. */
  public static final int LENGTH = Long.BYTES + ClassicCipher.PART_OVERHEAD;

  /** Largest payload of a packet in bytes, here; the crate has no bound. */
  public static final int MAX_PAYLOAD = ClassicCipher.MAX_MESSAGE;

  private ClassicPackets() {}

  /**
   * Seals a packet length.
   *
   * @param transport with the transport key
   * @param payload bytes of payload in a packet
   * @return 36 bytes
   */
  public static byte[] seal(ClassicCipher transport, int payload) {
    byte[] plaintext =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(payload).array();
    byte[] sealed = new byte[LENGTH];
    transport.sealPart(plaintext, 0, plaintext.length, sealed, 0);
    return sealed;
  }

  /**
   * Opens a packet length. Nothing is to be allocated by it before this has returned.
   *
   * @param transport with the transport key
   * @param sealed 36 bytes
   * @return bytes of payload in a packet, 1 to {@link #MAX_PAYLOAD}
   * @throws AuthenticationException CORRUPT if it does not verify
   * @throws ProtocolException PROTOCOL if it is 0 or larger than that
   */
  public static int open(ClassicCipher transport, byte[] sealed) {
    byte[] plaintext = new byte[Long.BYTES];
    if (sealed.length != LENGTH || !transport.openPart(sealed, 0, LENGTH, plaintext)) {
      throw new AuthenticationException(
          ErrorCode.CORRUPT, "the packet length that the relay announces does not verify");
    }
    long payload = ByteBuffer.wrap(plaintext).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (payload <= 0 || payload > MAX_PAYLOAD) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL,
          "the relay announces packets of "
              + Long.toUnsignedString(payload)
              + " bytes, and 1 to "
              + MAX_PAYLOAD
              + " are possible");
    }
    return (int) payload;
  }
}
