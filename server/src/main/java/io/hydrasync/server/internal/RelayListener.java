package io.hydrasync.server.internal;

import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.server.internal.arrival.Door;
import io.hydrasync.server.internal.loop.FatalErrors;
import io.hydrasync.server.internal.loop.RelayLoops;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.services.RelayServices;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where a relay listens: the channel that accepts, and the event loops of all that it accepts. Runs
 * from {@link #open} until it is closed, first to newcomers, then altogether. Thread-safe.
 */
public final class RelayListener {
  private static final int BACKLOG = 1024;
  private static final long LOOPS_QUIET_MS = 0;

  private final Relay relay;
  private final EventLoopGroup loops;
  private final OptionalInt sendBuffer;
  private final Channel channel;
  private volatile @Nullable Channel links;

  private RelayListener(
      Relay relay, EventLoopGroup loops, OptionalInt sendBuffer, Channel channel) {
    this.relay = relay;
    this.loops = loops;
    this.sendBuffer = sendBuffer;
    this.channel = channel;
  }

  /**
   * Listens.
   *
   * @param relay gets the connections
   * @param threads of event loops
   * @param sendBuffer what the operating system may hold for a client, if it is not to decide
   * @throws UncheckedIOException if it cannot listen there; then nothing of it is left
   */
  public static RelayListener open(
      Relay relay, InetSocketAddress address, int threads, OptionalInt sendBuffer) {
    RelayServices services = relay.services();
    EventLoopGroup loops =
        new RelayLoops(threads, services.transports().factory(), services.fatalErrors());
    try {
      Channel channel = listen(relay, loops, Door.CLIENTS, address, sendBuffer);
      if (threads > 1) {
        relay.balance(loops);
      }
      WarmUp.start(services.fatalErrors());
      return new RelayListener(relay, loops, sendBuffer, channel);
    } catch (Throwable e) {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw e;
    }
  }

  /**
   * Takes links of other nodes as well.
   *
   * @param address where
   * @return where, with the actual port
   * @throws UncheckedIOException if it cannot listen there
   */
  public InetSocketAddress openLinks(InetSocketAddress address) {
    Channel opened = listen(relay, loops, Door.LINKS, address, sendBuffer);
    links = opened;
    return (InetSocketAddress) opened.localAddress();
  }

  private static Channel listen(
      Relay relay,
      EventLoopGroup loops,
      Door door,
      InetSocketAddress address,
      OptionalInt sendBuffer) {
    FatalErrors errors = relay.services().fatalErrors();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(relay.services().transports().channel())
            .handler(new Accepting(errors))
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Accepted(relay, door));
    sendBuffer.ifPresent(bytes -> bootstrap.childOption(ChannelOption.SO_SNDBUF, bytes));
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      Throwable cause = bound.cause();
      throw new UncheckedIOException(
          "cannot listen on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + ": "
              + Reasons.of(cause),
          cause instanceof IOException io ? io : new IOException(cause));
    }
    bound.channel().closeFuture().addListener(closed -> hasClosed(relay));
    return bound.channel();
  }

  private static void hasClosed(Relay relay) {
    if (relay.services().operations().phase() != Operations.Phase.CLOSING) {
      relay
          .services()
          .fatalErrors()
          .end(new IllegalStateException("the listener has closed by itself"));
    }
  }

  /** What goes wrong with accepting. */
  private static final class Accepting extends ChannelInboundHandlerAdapter {
    private final FatalErrors errors;

    Accepting(FatalErrors errors) {
      this.errors = errors;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      errors.note(cause);
      context.fireExceptionCaught(cause); // Netty logs it, and pauses for a second
    }
  }

  /** Makes a connection of each channel. */
  private static final class Accepted extends ChannelInitializer<Channel> {
    private final Relay relay;
    private final Door door;

    Accepted(Relay relay, Door door) {
      this.relay = relay;
      this.door = door;
    }

    @Override
    protected void initChannel(Channel channel) {
      channel.pipeline().addLast(relay.newConnection(channel, door));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      relay.services().fatalErrors().caught(cause);
      context.close();
    }
  }

  /** Where it listens, with the actual port. */
  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  /** Nobody is accepted any more. Blocks until that is so. */
  public void close() {
    Channel opened = links;
    if (opened != null) {
      opened.close().awaitUninterruptibly();
    }
    channel.close().awaitUninterruptibly();
  }

  /** The loops end, as soon as they have nothing to do. Blocks until then. */
  public void closeLoops(long mostSeconds) {
    loops.shutdownGracefully(LOOPS_QUIET_MS, mostSeconds, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
