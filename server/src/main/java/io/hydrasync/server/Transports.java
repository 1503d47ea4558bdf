package io.hydrasync.server;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;

/** Netty's classes for a {@link Transport}; the native ones are touched only when asked for. */
record Transports(IoHandlerFactory factory, Class<? extends ServerSocketChannel> channel) {
  static Transports of(Transport transport) {
    try {
      return switch (transport) {
        case NIO -> new Transports(NioIoHandler.newFactory(), NioServerSocketChannel.class);
        case EPOLL -> epoll();
        case IO_URING -> ioUring();
      };
    } catch (NoClassDefFoundError | UnsatisfiedLinkError e) {
      throw new IllegalArgumentException(
          "transport " + transport + " is not available here; NIO always is", e);
    }
  }

  private static Transports epoll() {
    Epoll.ensureAvailability();
    return new Transports(EpollIoHandler.newFactory(), EpollServerSocketChannel.class);
  }

  private static Transports ioUring() {
    IoUring.ensureAvailability();
    return new Transports(IoUringIoHandler.newFactory(), IoUringServerSocketChannel.class);
  }
}
