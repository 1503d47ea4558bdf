package io.hydrasync.server.internal.loop;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes to a channel's socket past the channel, where nothing that has been written to that still
 * waits. Confined to the channel's loop.
 */
public interface SocketWriter {
  /**
   * Writes as much as the socket takes at the moment.
   *
   * @param bytes direct; its position and limit mean nothing and stay
   * @param from the first index
   * @param to behind the last index
   * @return how many bytes the socket has taken; 0 if it takes none, or is closed
   * @throws IOException if it is broken: the next write to the channel says so, too
   */
  int write(ByteBuffer bytes, int from, int to) throws IOException;
}
