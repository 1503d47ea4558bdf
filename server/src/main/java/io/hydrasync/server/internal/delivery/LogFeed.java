package io.hydrasync.server.internal.delivery;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Gives a consumer the bytes of a log, one piece after the other. Two kinds: {@link SliceFeed}
 * where nothing is taken away from a cursor that still needs it, {@link CopyFeed} where it may be.
 * Confined to the consumer's loop.
 */
interface LogFeed {
  /** Position behind the last byte given out. */
  long queued();

  /** How many bytes may be on their way into the socket. */
  int window();

  /** How many pieces may be on their way into the socket. */
  int pieces();

  /**
   * The next bytes.
   *
   * @param limit where they end at the latest; a frame boundary
   * @param most how many at the most
   * @return a buffer that the caller owns, or null if there is nothing at the moment
   */
  @Nullable ByteBuf next(long limit, int most);

  /**
   * The next frame boundary at or behind what has been given out.
   *
   * @param limit the log's tail
   * @return the boundary; or a position in front of it, at which more will be known
   */
  long boundary(long limit);

  /** Whether the log does not have to keep what has been given out. */
  boolean isIndependent();

  /** The consumer is gone. */
  default void close() {}
}
