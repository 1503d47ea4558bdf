package io.hydrasync.server.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeepAliveTest {
  private final Transports transports = Transports.nio();
  private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, transports.factory());

  @AfterEach
  void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private Channel connect(ServerSocket server) {
    return new Bootstrap()
        .group(loops)
        .channel(NioSocketChannel.class)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(server.getLocalSocketAddress())
        .syncUninterruptibly()
        .channel();
  }

  @Test
  void missesASilentPeerAfterTwoMinutes() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Channel channel = connect(server);
      KeepAlive keepAlive = transports.keepAlive();

      keepAlive.watch(channel);

      int idle = channel.config().getOption(keepAlive.idleSeconds());
      int interval = channel.config().getOption(keepAlive.intervalSeconds());
      int count = channel.config().getOption(keepAlive.count());
      assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
      assertThat(idle + count * interval).isEqualTo(120);
      channel.close().awaitUninterruptibly();
    }
  }

  @Test
  void leavesOutWhatTheSystemDoesNotKnow() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Channel channel = connect(server);
      ChannelOption<Integer> unknown = ChannelOption.valueOf(KeepAliveTest.class, "UNKNOWN");

      new KeepAlive(unknown, unknown, unknown).watch(channel);

      assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
      channel.close().awaitUninterruptibly();
      transports.keepAlive().watch(channel);
    }
  }
}
