package io.hydrasync.protocol.wire.control;

import java.nio.ByteBuffer;

/**
 * STATE, relay to consumer, 1 byte.
 *
 * @param state {@link #AWAY}, {@link #LIVE} or {@link #ENDED}
 */
public record StateMessage(int state) implements Control {
  /** The producer's connection is gone, the session lingers. */
  public static final int AWAY = 0;

  /** The producer is connected. */
  public static final int LIVE = 1;

  /** The session is over, this follows its last frame. */
  public static final int ENDED = 2;

  /** The type of STATE. */
  public static final int TYPE = 0x84;

  static StateMessage read(ByteBuffer in) {
    return new StateMessage(Bodies.u8(in));
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return 1;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.put((byte) state);
  }
}
