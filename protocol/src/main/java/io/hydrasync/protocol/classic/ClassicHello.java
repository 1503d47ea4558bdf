package io.hydrasync.protocol.classic;

import io.hydrasync.protocol.crypto.X25519;

/**
 * The hellos of the classic wires, each named by the version of the crate that it came with. Client
 * and server send the same kind:
 *
 * <pre>
 *  0                 n               n + 32
 * +-----------------+----------------+
 * | nonce, random   | X25519 public  |    n = 72, 96 or 128
 * +-----------------+----------------+
 * </pre>
 */
public enum ClassicHello {
  /** 104 bytes: beta.2 alone. */
  BETA_2(72, 0),

  /** 128 bytes: beta.3 to beta.6. */
  BETA_3(96, 0),

  /** 160 bytes: beta.7 and later, which is the later wire. */
  BETA_7(128, 352);

  private final int nonceLength;
  private final int zeros;

  ClassicHello(int nonceLength, int zeros) {
    this.nonceLength = nonceLength;
    this.zeros = zeros;
  }

  /**
   * Bytes of the hello.
   *
   * @return 104, 128 or 160
   */
  public int length() {
    return nonceLength + X25519.LENGTH;
  }

  int nonceLength() {
    return nonceLength;
  }

  /**
   * Zero bytes that the key agreement hashes in front of everything else: the crate makes a buffer
   * full where it means to make it empty.
   */
  int zeros() {
    return zeros;
  }
}
