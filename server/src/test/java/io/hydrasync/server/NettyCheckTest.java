package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NettyCheckTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"io/netty/channel/Channel", "Could not initialize class io.netty.util.Version"})
  void blamesNettyWhereItIsNamed(String message) {
    assertThat(NettyCheck.unusable(new NoClassDefFoundError(message)))
        .hasMessageStartingWith("a relay needs Netty 4.2")
        .hasMessageContaining(message);
  }

  @Test
  void blamesWhatElseIsMissing() {
    NoClassDefFoundError problem = new NoClassDefFoundError("org/slf4j/LoggerFactory");

    assertThat(NettyCheck.unusable(problem))
        .hasMessage("what a relay is made of is not all on the class path: org/slf4j/LoggerFactory")
        .hasCause(problem);
  }

  @Test
  void saysWhyAClassCouldNotBeInitialized() {
    Throwable why = new IllegalStateException("no such algorithm");

    assertThat(NettyCheck.unusable(new ExceptionInInitializerError(why)))
        .hasMessageEndingWith("java.lang.IllegalStateException: no such algorithm");
    assertThat(NettyCheck.unusable(new ExceptionInInitializerError(new Error("in io.netty.util"))))
        .hasMessageStartingWith("a relay needs Netty 4.2")
        .hasMessageContaining("(java.lang.Error: in io.netty.util)");
  }

  @Test
  void saysWhatItIsThatHasNoWords() {
    assertThat(NettyCheck.unusable(new ExceptionInInitializerError()))
        .hasMessageEndingWith("java.lang.ExceptionInInitializerError");
  }
}
