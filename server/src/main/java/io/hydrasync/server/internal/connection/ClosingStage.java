package io.hydrasync.server.internal.connection;

import io.netty.buffer.ByteBuf;

/**
 * Reads and discards until the peer closes or the time is up: a reset that came early would destroy
 * the ERROR on its way ({@code wire2.md} section 7).
 */
final class ClosingStage implements Stage {
  private final Connection connection;
  private final long sinceNanos;
  private final long nanos;

  ClosingStage(Connection connection) {
    this(connection, connection.services().limits().closingNanos());
  }

  /** Waits for another time. */
  ClosingStage(Connection connection, long nanos) {
    this.connection = connection;
    this.nanos = nanos;
    sinceNanos = connection.services().nanoTime();
  }

  @Override
  public void read(ByteBuf in) {
    in.release();
  }

  @Override
  public void tick(long nowNanos) {
    if (nowNanos - sinceNanos > nanos) {
      connection.channel().close();
    }
  }

  @Override
  public boolean isWillingToRead() {
    return false; // the deadline above is the one that counts
  }
}
