package io.hydrasync.server.internal.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TasksTest {
  private static EventLoop stopped() throws InterruptedException {
    EventLoop loop = new DefaultEventLoop();
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).await();
    return loop;
  }

  /** Who lets go of memory tells others that there is some, whose loops may have ended before. */
  @Test
  void aLoopThatHasEndedTakesNothingAndHoldsNobodyUp() throws Exception {
    EventLoop loop = stopped();
    assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);

    assertThatCode(() -> Tasks.give(loop, () -> {})).doesNotThrowAnyException();
    assertThatCode(() -> new OwnerLoop<>(loop).execute(() -> {})).doesNotThrowAnyException();
    assertThatCode(() -> new OwnerLoop<Executor>(Runnable::run).moveTo(loop, () -> {}))
        .doesNotThrowAnyException();
  }

  @Test
  void anyOtherRefusalIsAFault() {
    Executor full =
        task -> {
          throw new RejectedExecutionException("full");
        };
    assertThatThrownBy(() -> Tasks.give(full, () -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void aLoopThatRunsRunsIt() throws Exception {
    EventLoop loop = new DefaultEventLoop();
    boolean[] ran = new boolean[1];
    Tasks.give(loop, () -> ran[0] = true);
    loop.submit(() -> {}).await();
    assertThat(ran[0]).isTrue();
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }
}
