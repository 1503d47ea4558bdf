package io.hydrasync.server.internal.connection;

import io.netty.buffer.ByteBuf;

/**
 * What a connection is at the moment: {@code wire2.md} section 7, MAGIC → MSG1 → JOIN → ACTIVE →
 * CLOSING. Confined to the connection's loop.
 */
public interface Stage {
  /**
   * Takes bytes from the peer; the stage releases the buffer.
   *
   * @throws io.hydrasync.protocol.ProtocolException if they are not allowed here: the connection
   *     answers with ERROR and closes
   */
  void read(ByteBuf in);

  /** All that the loop reads from this peer at a time has been read. */
  default void turnEnds() {}

  /** Looks at deadlines, twice a second. */
  void tick(long nowNanos);

  /** Whether silence of the peer is its own doing, because the relay is reading. */
  default boolean isWillingToRead() {
    return true;
  }

  /**
   * Whether the peer's end, behind all that it has sent, leaves the connection open for now. Asked
   * where {@link Connection#stayAtEnd} is in force.
   */
  default boolean outlastsEnd() {
    return false;
  }

  /**
   * Sees to it that what is queued ends where an ERROR may follow.
   *
   * @return false if that would take too long
   */
  default boolean finishFrame() {
    return true;
  }

  /**
   * Whether it may keep as much as it needs, whatever others have: admins are few, and have to get
   * in when others have taken everything.
   */
  default boolean isPrivileged() {
    return false;
  }

  /** The relays that clients are told of are others now. */
  default void tellPeers() {}

  /** The keys that clients may find relays with are others now. */
  default void tellKeys() {}

  /** What it keeps of what the peer has sent, because it is not whole or waits its turn. */
  default int keptBytes() {
    return 0;
  }

  /** The connection is about to send its last message or is gone: leaves the session. */
  default void leave() {}
}
