package io.hydrasync.server.internal.loop;

import io.hydrasync.protocol.check.JvmErrors;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens, for the transport NIO. Netty's own logs whatever keeps an accepted socket from becoming
 * a channel and goes on; here an error that is fatal goes on to the pipeline, as it does on the
 * other transports. Confined to its loop.
 */
final class AcceptingChannel extends NioServerSocketChannel {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptingChannel.class);

  @Override
  protected int doReadMessages(List<Object> accepted) throws Exception {
    SocketChannel socket = javaChannel().accept();
    if (socket == null) {
      return 0;
    }
    try {
      accepted.add(new NioSocketChannel(this, socket));
      return 1;
    } catch (Throwable e) {
      close(socket);
      if (JvmErrors.isFatal(e)) {
        throw e;
      }
      LOG.warn("an accepted socket could not be taken", e);
      return 0;
    }
  }

  private static void close(SocketChannel socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("an accepted socket could not be closed", e);
    }
  }
}
