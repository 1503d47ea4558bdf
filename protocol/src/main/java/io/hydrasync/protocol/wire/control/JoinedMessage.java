package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * JOINED, relay to client, 39 bytes: {@code flags u8, maxFrame u32, id u64, seq u64, resume[16],
 * lingerSec u16}.
 *
 * @param flags {@link #FLAG_PRODUCER_LIVE}, {@link #FLAG_RESUMED}
 * @param maxFrame largest {@code len} that the relay takes
 * @param id to a consumer the stream of the first frame to come; to a producer an epoch
 * @param seq to a consumer the first frame to come; to a resumed producer the next expected
 * @param resume a fresh token for the producer of a plain session
 * @param lingerSeconds how long the session outlives its producer's connection
 */
public record JoinedMessage(
    int flags, int maxFrame, long id, long seq, byte[] resume, int lingerSeconds)
    implements Control {
  /** JOINED.flags: the producer is connected. */
  public static final int FLAG_PRODUCER_LIVE = 2;

  /** JOINED.flags: the epoch goes on where it was. */
  public static final int FLAG_RESUMED = 4;

  /** The type of JOINED. */
  public static final int TYPE = 0x81;

  static JoinedMessage read(ByteBuffer in) {
    return new JoinedMessage(
        Bodies.u8(in),
        in.getInt(),
        in.getLong(),
        in.getLong(),
        Bodies.bytes(in, JoinMessage.RESUME_LENGTH),
        Short.toUnsignedInt(in.getShort()));
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return 39;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.put((byte) flags).putInt(maxFrame).putLong(id).putLong(seq).put(resume);
    out.putShort((short) lingerSeconds);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "JoinedMessage[flags=" + flags + ", maxFrame=" + maxFrame + ", seq=" + seq + "]";
  }
}
