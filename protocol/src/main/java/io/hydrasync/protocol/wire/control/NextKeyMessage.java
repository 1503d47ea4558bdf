package io.hydrasync.protocol.wire.control;

import io.hydrasync.protocol.RelayKey;
import java.nio.ByteBuffer;

/**
 * NEXT_KEY, relay to client, 32 bytes: {@code relayKey[32]} ({@code wire2.md} section 17), the
 * other key that this relay, or one that serves with it, has or is about to have. The key of the
 * handshake says that there is no other.
 *
 * @param key which
 */
public record NextKeyMessage(RelayKey key) implements Control {
  /** The type of NEXT_KEY. */
  public static final int TYPE = 0xC8;

  /** One that is too short is ignorable, see {@link UnreadMessage}. */
  static Control read(ByteBuffer in) {
    return in.remaining() < RelayKey.LENGTH
        ? new IgnorableMessage(TYPE)
        : new NextKeyMessage(RelayKey.of(Bodies.bytes(in, RelayKey.LENGTH)));
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public int bodyLength() {
    return RelayKey.LENGTH;
  }

  @Override
  public void putBody(ByteBuffer out) {
    out.put(key.toBytes());
  }
}
