package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * JOINED, relay to client, 39 bytes: {@code flags u8, maxFrame u32, id u64, seq u64, resume[16],
 * lingerSec u16}. The answer to a JOIN with {@link JoinMessage#FLAG_LINK} has 17 bytes more, see
 * {@link LinkedSession}. They are read wherever they may be, since a codec does not know what was
 * asked: only who asked for a link may look at them, everybody else ignores what follows a body.
 *
 * @param flags {@link #FLAG_PRODUCER_LIVE}, {@link #FLAG_RESUMED}
 * @param maxFrame largest {@code len} that the relay takes
 * @param id to a consumer the stream of the first frame to come; to a producer an epoch
 * @param seq to a consumer the first frame to come; to a resumed producer the next expected
 * @param resume a fresh token for the producer of a plain session
 * @param lingerSeconds how long the session outlives its producer's connection
 * @param linked what follows the body; null where the body is the last, or fewer than 17 bytes
 *     follow it
 */
public record JoinedMessage(
    int flags,
    int maxFrame,
    long id,
    long seq,
    byte[] resume,
    int lingerSeconds,
    @Nullable LinkedSession linked)
    implements Control {
  /** JOINED.flags: the producer is connected. */
  public static final int FLAG_PRODUCER_LIVE = 2;

  /** JOINED.flags: the epoch goes on where it was. */
  public static final int FLAG_RESUMED = 4;

  /** The type of JOINED. */
  public static final int TYPE = 0x81;

  private static final int LENGTH = 39;

  /**
   * One to everybody but a relay that links.
   *
   * @param flags {@link #FLAG_PRODUCER_LIVE}, {@link #FLAG_RESUMED}
   * @param maxFrame largest {@code len} that the relay takes
   * @param id to a consumer the stream of the first frame to come; to a producer an epoch
   * @param seq to a consumer the first frame to come; to a resumed producer the next expected
   * @param resume a fresh token for the producer of a plain session
   * @param lingerSeconds how long the session outlives its producer's connection
   */
  public JoinedMessage(
      int flags, int maxFrame, long id, long seq, byte[] resume, int lingerSeconds) {
    this(flags, maxFrame, id, seq, resume, lingerSeconds, null);
  }

  /**
   * The same to a relay that links.
   *
   * @param session what follows the body
   * @return the message
   */
  public JoinedMessage with(LinkedSession session) {
    return new JoinedMessage(flags, maxFrame, id, seq, resume, lingerSeconds, session);
  }

  static JoinedMessage read(ByteBuffer in) {
    return new JoinedMessage(
        Bodies.u8(in),
        in.getInt(),
        in.getLong(),
        in.getLong(),
        Bodies.bytes(in, JoinMessage.RESUME_LENGTH),
        Short.toUnsignedInt(in.getShort()),
        in.remaining() < LinkedSession.LENGTH ? null : LinkedSession.read(in));
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return linked == null ? LENGTH : LENGTH + LinkedSession.LENGTH;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.put((byte) flags).putInt(maxFrame).putLong(id).putLong(seq).put(resume);
    out.putShort((short) lingerSeconds);
    if (linked != null) {
      linked.put(out);
    }
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "JoinedMessage[flags=" + flags + ", maxFrame=" + maxFrame + ", seq=" + seq + "]";
  }
}
