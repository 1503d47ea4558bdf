package io.hydrasync.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.log.TestFrames;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelReceiveTest {
  private static final int DEADLINE_SECONDS = 20;

  private final MemoryBudget budget = new MemoryBudget(1 << 26);
  private final SessionLog log = new SessionLog(TestFrames.limits(1 << 20), budget);
  private final ChannelReceive receive = new ChannelReceive();
  private final EmbeddedChannel embedded = new EmbeddedChannel();

  @AfterEach
  void givesAllMemoryBack() {
    log.close();
    embedded.finishAndReleaseAll();
    assertThat(budget.used()).isZero();
  }

  /**
   * One read loop of a transport that always has more, as Netty drives it; returns the bytes read.
   */
  private int readLoop() {
    receive.reset(embedded.config());
    int sum = 0;
    do {
      sum += readOnce();
    } while (receive.continueReading(() -> true));
    receive.readComplete();
    return sum;
  }

  private int readOnce() {
    ByteBuf buffer = receive.allocate(UnpooledByteBufAllocator.DEFAULT);
    int n = buffer.writableBytes();
    assertThat(n).isPositive();
    receive.attemptedBytesRead(n);
    receive.lastBytesRead(n);
    receive.incMessagesRead(1);
    if (receive.isInPlace(buffer)) {
      log.received(n);
    }
    buffer.release();
    return n;
  }

  @Test
  void readsAtMost256KibPerLoop() {
    assertThat(log.grow()).isTrue();
    receive.target(log);

    assertThat(readLoop()).isLessThanOrEqualTo(RelayLimits.READ_BYTES);

    // and from the middle of a segment
    receive.target(null);
    log.received(log.room() - 200_000);
    receive.target(log);
    assertThat(readLoop()).isLessThanOrEqualTo(RelayLimits.READ_BYTES);
  }

  @Test
  void neverReturnsABufferWithoutRoom() {
    receive.target(log);
    assertThat(readLoop()).isPositive();

    assertThat(log.grow()).isTrue();
    log.received(log.room());

    assertThat(readLoop()).isPositive();
    assertThat(log.received()).isEqualTo(1 << 20);
  }

  /** As epoll does once the peer has closed. */
  @Test
  void hasRoomForATransportThatDoesNotStopWhenItIsTold() {
    assertThat(log.grow()).isTrue();
    receive.target(log);

    receive.reset(embedded.config());
    for (int i = 0; i < 2 * RelayLimits.READ_BYTES / 2048; i++) {
      assertThat(readOnce()).isPositive();
    }
  }

  @Test
  void stopsWhenAutoReadIsOff() {
    embedded.config().setAutoRead(false);

    receive.reset(embedded.config());
    receive.allocate(UnpooledByteBufAllocator.DEFAULT).release();
    receive.attemptedBytesRead(10);
    receive.lastBytesRead(10);

    assertThat(receive.continueReading()).isFalse();
    assertThat(receive.continueReading(() -> true)).isFalse();
  }

  @Test
  void stopsAtTheEndOfTheStream() {
    receive.reset(embedded.config());
    receive.attemptedBytesRead(10);
    receive.lastBytesRead(-1);

    assertThat(receive.continueReading(() -> true)).isFalse();
  }

  @Test
  void switchesARealChannelAfterItsHandleIsCached() throws Exception {
    BlockingQueue<Integer> arrivals = new LinkedBlockingQueue<>();
    CompletableFuture<Channel> accepted = new CompletableFuture<>();
    MultiThreadIoEventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      Channel listener = listen(loop, accepted, arrivals);
      try (Socket socket = connect(listener)) {
        // given a channel that has read into an ordinary buffer
        socket.getOutputStream().write(new byte[100]);
        awaitBytes(arrivals, 100);
        assertThat(log.received()).isZero();

        // when its target becomes the log
        Channel channel = accepted.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        channel
            .eventLoop()
            .submit(
                () -> {
                  assertThat(log.grow()).isTrue();
                  receive.target(log);
                })
            .get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        byte[] sent = new byte[50_000];
        new Random(3).nextBytes(sent);
        socket.getOutputStream().write(sent);
        awaitBytes(arrivals, sent.length);

        // then the bytes are in the segment's memory
        byte[] held =
            channel
                .eventLoop()
                .submit(() -> log.reader(0).copy(0, sent.length))
                .get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        assertThat(held).isEqualTo(sent);
        assertThat(log.received()).isEqualTo(sent.length);
      }
    } finally {
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }

  private Channel listen(
      MultiThreadIoEventLoopGroup loop,
      CompletableFuture<Channel> accepted,
      BlockingQueue<Integer> arrivals) {
    return new ServerBootstrap()
        .group(loop)
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.config().setRecvByteBufAllocator(receive);
                channel.pipeline().addLast(new Counter(arrivals));
                accepted.complete(channel);
              }
            })
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .syncUninterruptibly()
        .channel();
  }

  private static Socket connect(Channel listener) throws IOException {
    InetSocketAddress address = (InetSocketAddress) listener.localAddress();
    return new Socket(address.getAddress(), address.getPort());
  }

  private static void awaitBytes(BlockingQueue<Integer> arrivals, int bytes)
      throws InterruptedException {
    for (int seen = 0; seen < bytes; ) {
      Integer n = arrivals.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
      assertThat(n).as("after %d bytes", seen).isNotNull();
      seen += n;
    }
  }

  private final class Counter extends ChannelInboundHandlerAdapter {
    private final BlockingQueue<Integer> arrivals;

    Counter(BlockingQueue<Integer> arrivals) {
      this.arrivals = arrivals;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      int n = bytes.readableBytes();
      if (receive.isInPlace(bytes)) {
        log.received(n);
      }
      bytes.release();
      arrivals.add(n);
    }
  }
}
