package io.hydrasync.server.internal.connection;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicMetrics;
import io.hydrasync.protocol.classic.ClassicPackets;
import io.hydrasync.protocol.classic.ClassicRole;
import io.hydrasync.protocol.classic.ClassicStatus;
import io.hydrasync.protocol.classic.ClassicVersion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * What the later classic wire has words for: whether a join has succeeded, and an observer's
 * metrics. Confined to the connection's loop.
 */
public final class LaterAnswers {
  private final ClassicVersion version;
  private final ClassicRole role;
  private final ClassicCipher transport;
  private final int payload;

  /**
   * The answers to one client.
   *
   * @param version that the client has
   * @param role that it asks for
   * @param transport its transport key, destroyed by {@link #destroy}
   * @param payload bytes of payload in a packet
   */
  public LaterAnswers(
      ClassicVersion version, ClassicRole role, ClassicCipher transport, int payload) {
    this.version = version;
    this.role = role;
    this.transport = transport;
    this.payload = payload;
  }

  /** It has joined: the status, and the packet length. */
  ByteBuf joined() {
    return Unpooled.wrappedBuffer(
        ClassicStatus.SUCCESS.seal(transport, version), ClassicPackets.seal(transport, payload));
  }

  /**
   * It has been refused. What the wire has no word for is an internal error: the only status that
   * clients of all versions take for an error in every role.
   */
  ByteBuf refused(ErrorCode code) {
    ClassicStatus status =
        switch (code) {
          case UNSUPPORTED -> ClassicStatus.INVALID_ROLE;
          case NO_SESSION -> ClassicStatus.SESSION_NOT_FOUND;
          case PRODUCER_EXISTS -> ClassicStatus.SESSION_OCCUPIED;
          case UNAUTHORIZED ->
              role == ClassicRole.OBSERVER
                  ? ClassicStatus.INVALID_TOKEN
                  : ClassicStatus.INTERNAL_ERROR;
          default -> ClassicStatus.INTERNAL_ERROR;
        };
    return Unpooled.wrappedBuffer(status.seal(transport, version));
  }

  /** Metrics, that many times: each has a nonce of its own. */
  public ByteBuf metrics(ClassicMetrics metrics, int times) {
    byte[] sealed = new byte[times * ClassicMetrics.LENGTH];
    for (int i = 0; i < times; i++) {
      metrics.seal(transport, sealed, i * ClassicMetrics.LENGTH);
    }
    return Unpooled.wrappedBuffer(sealed);
  }

  /** Whether more is said under the transport key behind what has been said to a join. */
  boolean goOn() {
    return role == ClassicRole.OBSERVER;
  }

  /** Zeroes the transport key. */
  public void destroy() {
    transport.destroy();
  }
}
