package io.hydrasync.protocol.wire.control;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Frames;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * The control messages, which travel only inside SEALED frames ({@code wire2.md} section 2). Each
 * is an inner frame {@code len u32 || type u8 || body}; the body's layout stands at each class.
 * Immutable; arrays are neither copied in nor out, and not to be changed.
 */
public sealed interface Control
    permits AckMessage,
        AdminMessage,
        ByeMessage,
        CountMessage,
        ErrorMessage,
        GapMessage,
        IgnorableMessage,
        JoinMessage,
        JoinedMessage,
        NextKeyMessage,
        PeersMessage,
        PingMessage,
        PongMessage,
        ReplyMessage,
        StateMessage,
        UnreadMessage {
  /** Largest {@code len} of an inner frame before JOINED. */
  int MAX_LEN_BEFORE_JOINED = 4 << 10;

  /** Largest {@code len} of an inner frame to the relay after JOINED. */
  int MAX_LEN_TO_RELAY = (64 << 10) + 64;

  /** Largest {@code len} of an inner frame to a client after JOINED. */
  int MAX_LEN_TO_CLIENT = (1 << 20) + 64;

  /**
   * The message's type.
   *
   * @return 0x80 to 0xFF
   */
  int type();

  /**
   * The body's length.
   *
   * @return bytes
   */
  int bodyLength();

  /**
   * Writes the body.
   *
   * @param out has room for {@link #bodyLength()} bytes
   */
  void putBody(ByteBuffer out);

  /**
   * Whether whom it does not concern takes no notice of it after JOINED: those types came later.
   *
   * @return true for types from 0xC0
   */
  default boolean isIgnorable() {
    return type() >= IgnorableMessage.FIRST_TYPE;
  }

  /**
   * The message as an inner frame.
   *
   * @return length, type and body
   */
  default byte[] toInnerFrame() {
    ByteBuffer out = ByteBuffer.allocate(Frames.PREFIX + bodyLength());
    out.putInt(1 + bodyLength()).put((byte) type());
    putBody(out);
    return out.array();
  }

  /**
   * Reads a message. Bytes behind the body are ignored.
   *
   * @param type the inner frame's type
   * @param body the bytes behind the type
   * @return the message
   * @throws ProtocolException if the type is unknown or the body too short
   */
  static Control read(int type, ByteBuffer body) {
    try {
      return switch (type) {
        case JoinMessage.TYPE -> JoinMessage.read(body);
        case JoinedMessage.TYPE -> JoinedMessage.read(body);
        case AckMessage.TYPE -> AckMessage.read(body);
        case GapMessage.TYPE -> GapMessage.read(body);
        case StateMessage.TYPE -> StateMessage.read(body);
        case ErrorMessage.TYPE -> ErrorMessage.read(body);
        case ByeMessage.TYPE -> new ByeMessage();
        case PingMessage.TYPE -> new PingMessage(body.getLong());
        case PongMessage.TYPE -> new PongMessage(body.getLong());
        case AdminMessage.TYPE ->
            new AdminMessage(body.getInt(), Bodies.bytes(body, body.remaining()));
        case ReplyMessage.TYPE ->
            new ReplyMessage(body.getInt(), Bodies.bytes(body, body.remaining()));
        case CountMessage.TYPE -> CountMessage.read(body);
        case PeersMessage.TYPE -> PeersMessage.read(body);
        case UnreadMessage.TYPE -> UnreadMessage.read(body);
        case NextKeyMessage.TYPE -> NextKeyMessage.read(body);
        default -> {
          if (type < IgnorableMessage.FIRST_TYPE) {
            throw new ProtocolException(
                ErrorCode.PROTOCOL, "unknown inner frame of type 0x" + Integer.toHexString(type));
          }
          yield new IgnorableMessage(type);
        }
      };
    } catch (BufferUnderflowException e) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL,
          "the body of control type 0x" + Integer.toHexString(type) + " is too short",
          e);
    }
  }
}
