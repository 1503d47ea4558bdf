package io.hydrasync.server.internal.link;

import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.services.RelayServices;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Connects to other nodes, and shakes hands with them. Thread-safe. */
public final class LinkConnector {
  /** From connecting to JOINED, in nanoseconds; a machine that is gone does not answer at all. */
  static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final int CONNECT_MS = 1_500;

  private static final LinkProblem STOPPING = unreachable("this relay stops");

  private final RelayServices services;
  private final Connections connections;

  public LinkConnector(RelayServices services, Connections connections) {
    this.services = services;
    this.connections = connections;
  }

  /**
   * Begins. From any thread.
   *
   * @param loop which the connection lives on
   * @param wish told how it ends, within some seconds
   */
  public void connect(EventLoop loop, LinkTarget target, LinkWish wish) {
    try {
      services.pool().execute(() -> resolve(loop, target, wish));
    } catch (RejectedExecutionException e) {
      wish.failed(unreachable("this relay has too much to do, or stops"));
    }
  }

  /** On the pool: a name may take long. */
  private void resolve(EventLoop loop, LinkTarget target, LinkWish wish) {
    if (isStopping()) {
      wish.failed(STOPPING);
      return;
    }
    try {
      InetSocketAddress address =
          new InetSocketAddress(
              InetAddress.getByName(target.address().host()), target.address().port());
      open(loop, address, target, wish);
    } catch (UnknownHostException | RuntimeException e) {
      wish.failed(unreachable(target.address() + ": " + Reasons.of(e)));
    }
  }

  private void open(EventLoop loop, InetSocketAddress address, LinkTarget target, LinkWish wish) {
    Opening opening = new Opening(address, target, wish);
    new Bootstrap()
        .group(loop)
        .channelFactory(services.transports().client())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS)
        .handler(opening)
        .connect(address)
        .addListener(done -> opening.connected((ChannelFuture) done));
  }

  /**
   * Whether all connections have been told that the relay stops: another one would not be told, and
   * would be waited for.
   */
  private boolean isStopping() {
    return connections.hasShutDown(null);
  }

  private static LinkProblem unreachable(String text) {
    return new LinkProblem(LinkProblem.Kind.UNREACHABLE, 0, text);
  }

  /** One that is being made. */
  private final class Opening extends ChannelInitializer<Channel> {
    private final InetSocketAddress address;
    private final LinkTarget target;
    private final LinkWish wish;

    Opening(InetSocketAddress address, LinkTarget target, LinkWish wish) {
      this.address = address;
      this.target = target;
      this.wish = wish;
    }

    @Override
    protected void initChannel(Channel channel) {
      channel
          .pipeline()
          .addLast(
              new Connection(
                  services,
                  connections,
                  channel,
                  services.admission().called(address),
                  connection -> new LinkHandshakeStage(connection, target, wish)));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      services.fatalErrors().caught(cause);
      context.close();
    }

    private void connected(ChannelFuture done) {
      if (!done.isSuccess()) {
        wish.failed(unreachable(target.address() + ": " + Reasons.of(done.cause())));
        return;
      }
      if (isStopping()) { // it is one of the connections now, so either this sees it or it is told
        wish.failed(STOPPING);
        done.channel().close();
        return;
      }
      Connection connection = done.channel().pipeline().get(Connection.class);
      if (connection != null && connection.stage() instanceof LinkHandshakeStage first) {
        connection.execute(first::begin);
      } else {
        wish.failed(unreachable(target.address() + ": closed"));
      }
    }
  }
}
