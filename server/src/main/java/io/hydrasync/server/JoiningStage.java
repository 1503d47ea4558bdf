package io.hydrasync.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** A client that is about to join. What it sends behind its join is kept for the next stage. */
abstract class JoiningStage implements Stage {
  final Connection connection;
  private ByteBuf rest = Unpooled.EMPTY_BUFFER;

  JoiningStage(Connection connection) {
    this.connection = connection;
  }

  /** Keeps bytes for the next stage; takes the buffer over. */
  final void keep(ByteBuf in) {
    if (in.isReadable()) {
      rest = Unpooled.wrappedBuffer(rest, in);
    } else {
      in.release();
    }
  }

  /**
   * The next stage has begun: it takes what has been read behind the join, then reading goes on.
   */
  final void handOver(Stage next) {
    ByteBuf ahead = rest;
    rest = Unpooled.EMPTY_BUFFER;
    next.read(ahead);
    if (!connection.isClosing() && next.isWillingToRead()) {
      connection.channel().config().setAutoRead(true);
    }
  }

  @Override
  public final void leave() {
    rest.release();
    rest = Unpooled.EMPTY_BUFFER;
  }
}
