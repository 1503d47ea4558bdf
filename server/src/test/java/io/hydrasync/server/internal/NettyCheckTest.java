package io.hydrasync.server.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NettyCheckTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"io/netty/channel/Channel", "Could not initialize class io.netty.util.Version"})
  void blamesNettyWhereItIsNamed(String message) {
    assertThat(NettyCheck.explain(new NoClassDefFoundError(message)).message())
        .startsWith("a relay needs Netty 4.2")
        .contains(message);
  }

  @Test
  void blamesWhatElseIsMissing() {
    NoClassDefFoundError problem = new NoClassDefFoundError("org/slf4j/LoggerFactory");

    assertThat(NettyCheck.explain(problem).message())
        .isEqualTo("what a relay is made of is not all on the class path: org/slf4j/LoggerFactory");
    assertThat(NettyCheck.explain(problem).cause()).isSameAs(problem);
  }

  @Test
  void saysWhyAClassCouldNotBeInitialized() {
    Throwable why = new IllegalStateException("no such algorithm");

    assertThat(NettyCheck.explain(new ExceptionInInitializerError(why)).message())
        .endsWith("java.lang.IllegalStateException: no such algorithm");
    assertThat(
            NettyCheck.explain(new ExceptionInInitializerError(new Error("in io.netty.util")))
                .message())
        .startsWith("a relay needs Netty 4.2")
        .contains("(java.lang.Error: in io.netty.util)");
  }

  @Test
  void saysWhatItIsThatHasNoWords() {
    assertThat(NettyCheck.explain(new ExceptionInInitializerError()).message())
        .endsWith("java.lang.ExceptionInInitializerError");
  }
}
