package io.hydrasync.server.internal.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.io.FileNotFoundException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Netty's classes for a way to talk to the operating system; the native ones are touched only when
 * asked for.
 *
 * @param factory of what the event loops do their input and output with
 * @param channel makes the channel that listens
 * @param client makes a channel that connects
 * @param keepAlive its options
 * @param readsIntoLog whether a channel's bytes may be read straight into a log. Not where reads
 *     are posted ahead: the buffer of such a read could not be taken back
 * @param connectionsMove whether a connection can be given to another loop. Not where reads are
 *     posted ahead, either
 * @param writer writes to the socket of a channel, where that can be done past the channel
 */
public record Transports(
    IoHandlerFactory factory,
    ChannelFactory<? extends ServerSocketChannel> channel,
    ChannelFactory<? extends SocketChannel> client,
    KeepAlive keepAlive,
    boolean readsIntoLog,
    boolean connectionsMove,
    Function<Channel, Optional<SocketWriter>> writer) {
  private static final Logger LOG = LoggerFactory.getLogger(Transports.class);

  /**
   * Epoll where it is available, else Java's own: a loop of that contends with who wakes it, and
   * takes a second wake-up for each message, which is half as much CPU again where messages are
   * few.
   *
   * @throws LinkageError if Netty is not what it should be
   */
  public static Transports best() {
    try {
      return epoll();
    } catch (IllegalArgumentException e) {
      LOG.info("{}, and is used", e.getMessage());
      return nio();
    }
  }

  /**
   * Java's own.
   *
   * @throws LinkageError if Netty is not what it should be
   */
  public static Transports nio() {
    return new Transports(
        NioIoHandler.newFactory(),
        AcceptingChannel::new,
        NioSocketChannel::new,
        new KeepAlive(
            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
            NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT)),
        true,
        true,
        channel -> Optional.empty());
  }

  /**
   * Linux's epoll.
   *
   * @throws IllegalArgumentException if it is not available here
   */
  public static Transports epoll() {
    return ifAvailable("EPOLL", Transports::newEpoll);
  }

  /**
   * Linux's io_uring.
   *
   * @throws IllegalArgumentException if it is not available here
   */
  public static Transports ioUring() {
    return ifAvailable("IO_URING", Transports::newIoUring);
  }

  private static Transports ifAvailable(String name, Supplier<Transports> made) {
    try {
      return made.get();
    } catch (LinkageError e) {
      throw new IllegalArgumentException(
          "transport " + name + " is not available here, " + why(e) + "; NIO always is", e);
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

  private static Transports newEpoll() {
    Epoll.ensureAvailability();
    return new Transports(
        EpollIoHandler.newFactory(),
        EpollServerSocketChannel::new,
        EpollSocketChannel::new,
        new KeepAlive(
            EpollChannelOption.TCP_KEEPIDLE,
            EpollChannelOption.TCP_KEEPINTVL,
            EpollChannelOption.TCP_KEEPCNT),
        true,
        true,
        Transports::epollWriter);
  }

  private static Optional<SocketWriter> epollWriter(Channel channel) {
    return channel instanceof EpollSocketChannel epoll && epoll.fd() instanceof Socket socket
        ? Optional.of((bytes, from, to) -> socket.isOpen() ? socket.send(bytes, from, to) : 0)
        : Optional.empty();
  }

  private static Transports newIoUring() {
    IoUring.ensureAvailability();
    return new Transports(
        IoUringIoHandler.newFactory(),
        IoUringServerSocketChannel::new,
        IoUringSocketChannel::new,
        new KeepAlive(
            IoUringChannelOption.TCP_KEEPIDLE,
            IoUringChannelOption.TCP_KEEPINTVL,
            IoUringChannelOption.TCP_KEEPCNT),
        false,
        false,
        channel -> Optional.empty());
  }
}
