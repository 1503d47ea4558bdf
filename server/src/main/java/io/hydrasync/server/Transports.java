package io.hydrasync.server;

import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.io.FileNotFoundException;
import jdk.net.ExtendedSocketOptions;

/**
 * Netty's classes for a {@link Transport}; the native ones are touched only when asked for.
 *
 * @param factory of what the event loops do their input and output with
 * @param channel makes the channel that listens
 * @param keepAlive its options
 * @param readsIntoLog whether a channel's bytes may be read straight into a log. Not where reads
 *     are posted ahead: the buffer of such a read could not be taken back
 * @param connectionsMove whether a connection can be given to another loop. Not where reads are
 *     posted ahead, either
 */
record Transports(
    IoHandlerFactory factory,
    ChannelFactory<? extends ServerSocketChannel> channel,
    KeepAlive keepAlive,
    boolean readsIntoLog,
    boolean connectionsMove) {
  static Transports of(Transport transport) {
    try {
      return switch (transport) {
        case NIO -> nio();
        case EPOLL -> epoll();
        case IO_URING -> ioUring();
      };
    } catch (LinkageError e) {
      if (transport == Transport.NIO) {
        throw e;
      }
      throw new IllegalArgumentException(
          "transport " + transport + " is not available here, " + why(e) + "; NIO always is", e);
    }
  }

  /** Netty tells what it tried in a chain of causes; the last one is what is wrong. */
  private static String why(LinkageError problem) {
    Throwable last = problem;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    if (last instanceof NoClassDefFoundError || last instanceof ClassNotFoundException) {
      return "its classes are not on the class path (" + last.getMessage() + ")";
    }
    if (last instanceof FileNotFoundException) { // a resource
      return "its native library for this machine is not on the class path ("
          + last.getMessage()
          + ")";
    }
    return "its native library cannot be loaded ("
        + last
        + "); -Dio.netty.native.workdir=DIRECTORY says where it is unpacked to";
  }

  private static Transports nio() {
    return new Transports(
        NioIoHandler.newFactory(),
        AcceptingChannel::new,
        new KeepAlive(
            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT)),
        true,
        true);
  }

  private static Transports epoll() {
    Epoll.ensureAvailability();
    return new Transports(
        EpollIoHandler.newFactory(),
        EpollServerSocketChannel::new,
        new KeepAlive(
            EpollChannelOption.TCP_KEEPIDLE,
            EpollChannelOption.TCP_KEEPINTVL,
            EpollChannelOption.TCP_KEEPCNT),
        true,
        true);
  }

  private static Transports ioUring() {
    IoUring.ensureAvailability();
    return new Transports(
        IoUringIoHandler.newFactory(),
        IoUringServerSocketChannel::new,
        new KeepAlive(
            IoUringChannelOption.TCP_KEEPIDLE,
            IoUringChannelOption.TCP_KEEPINTVL,
            IoUringChannelOption.TCP_KEEPCNT),
        false,
        false);
  }
}
