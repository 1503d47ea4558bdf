package io.hydrasync.server.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import org.junit.jupiter.api.Test;

/** Which transport a relay gets here, where epoll's classes are but not its native library. */
class TransportsTest {
  @Test
  void theBestIsJavasWhereTheNativeLibraryIsMissing() {
    assertThatIllegalArgumentException()
        .isThrownBy(Transports::epoll)
        .withMessageContaining("native library")
        .withMessageEndingWith("NIO always is");
    ServerSocketChannel channel = Transports.best().channel().newChannel();
    assertThat(channel).isInstanceOf(NioServerSocketChannel.class);
    channel.unsafe().closeForcibly();
  }
}
