package io.hydrasync.protocol.wire.control;

import io.hydrasync.protocol.wire.WireCodes;
import java.nio.ByteBuffer;

/**
 * What a session's owner tells a relay that links to it, behind the body of JOINED, 17 bytes:
 * {@code overflow u8, tailStream u64, tailSeq u64} ({@code wire2.md} section 14).
 *
 * @param overflow the session's policy, as in {@link WireCodes}; 0 while it has none
 * @param tailStream the stream of the place where live is, 0 while there is no HEAD
 * @param tailSeq the first frame that a consumer gets which joins live
 */
public record LinkedSession(int overflow, long tailStream, long tailSeq) {
  /** Bytes behind the body of JOINED. */
  public static final int LENGTH = 17;

  static LinkedSession read(ByteBuffer in) {
    return new LinkedSession(Bodies.u8(in), in.getLong(), in.getLong());
  }

  void put(ByteBuffer out) {
    out.put((byte) overflow).putLong(tailStream).putLong(tailSeq);
  }
}
