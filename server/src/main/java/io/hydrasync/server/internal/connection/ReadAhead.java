package io.hydrasync.server.internal.connection;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * What has been read behind a join, or behind the answer to one, and is for the stage that follows.
 * On the connection's loop.
 */
public final class ReadAhead {
  private final Connection connection;
  private final ArrayDeque<ByteBuf> rest = new ArrayDeque<>();

  /** Nothing yet, of a connection that stays open at the peer's end until it is handed over. */
  public ReadAhead(Connection connection) {
    this.connection = connection;
    connection.stayAtEnd(true);
  }

  /** Keeps bytes for the next stage; takes the buffer over. */
  public void keep(ByteBuf in) {
    if (in.isReadable()) {
      rest.addLast(in);
    } else {
      in.release();
    }
  }

  public boolean isEmpty() {
    return rest.isEmpty();
  }

  /** See {@link Stage#keptBytes}. */
  public int keptBytes() {
    return rest.size() * ChannelReceive.ORDINARY_BYTES;
  }

  /**
   * The next stage takes it, and then reading goes on. If the peer's end has been read as well, the
   * connection closes now.
   */
  public void handOver(Stage next) {
    connection.stayAtEnd(false);
    try {
      for (ByteBuf ahead = rest.poll(); ahead != null; ahead = rest.poll()) {
        next.read(ahead);
      }
    } finally {
      release();
    }
    if (connection.isClosing()) {
      return;
    }
    if (connection.isInputOver()) {
      connection.channel().close();
    } else if (next.isWillingToRead()) {
      connection.channel().config().setAutoRead(true);
    }
  }

  /** Nobody will take it. */
  public void drop() {
    connection.stayAtEnd(false);
    release();
  }

  private void release() {
    for (ByteBuf in = rest.poll(); in != null; in = rest.poll()) {
      in.release();
    }
  }
}
