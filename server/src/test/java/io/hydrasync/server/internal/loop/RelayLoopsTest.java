package io.hydrasync.server.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RelayLoopsTest {
  private static final int TASKS = 10_000;
  private static final long TASK_NANOS = 20_000;

  private final AtomicInteger looks = new AtomicInteger();

  /** Counts how often a loop looks for input. */
  private IoHandler counting(IoHandler handler) {
    return (IoHandler)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {IoHandler.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("run")) {
                looks.incrementAndGet();
              }
              return method.invoke(handler, arguments);
            });
  }

  @Test
  void knowsHowLongItHasBeenAtWork() throws Exception {
    RelayLoops loops = new RelayLoops(1, NioIoHandler.newFactory(), new FatalErrors(error -> {}));
    try {
      EventLoop loop = loops.next();
      BusyLoop clock = (BusyLoop) loop;
      long began = System.nanoTime();
      long before = clock.busyNanos();
      loop.schedule(() -> {}, 400, TimeUnit.MILLISECONDS).sync();
      loop.submit(() -> {}).sync();
      long waited = clock.busyNanos() - before;
      assertThat(waited).isLessThan((System.nanoTime() - began) / 2);

      before = clock.busyNanos();
      CountDownLatch all = new CountDownLatch(TASKS);
      AtomicInteger done = new AtomicInteger();
      for (int i = 0; i < TASKS; i++) {
        loop.execute(() -> spin(done, all));
      }
      all.await();
      loop.submit(() -> {}).sync(); // behind a turn that has counted them
      assertThat(clock.busyNanos() - before).isGreaterThan(TASKS / 2 * TASK_NANOS);
    } finally {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
  }

  @Test
  void looksForInputWhereTasksTakeLong() throws Exception {
    IoHandlerFactory nio = NioIoHandler.newFactory();
    RelayLoops loops =
        new RelayLoops(1, loop -> counting(nio.newHandler(loop)), new FatalErrors(error -> {}));
    try {
      EventLoop loop = loops.next();
      AtomicInteger done = new AtomicInteger();
      CountDownLatch all = new CountDownLatch(TASKS);
      loop.submit(
              () -> {
                looks.set(0);
                for (int i = 0; i < TASKS; i++) {
                  loop.execute(() -> spin(done, all));
                }
              })
          .sync();

      assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
      // 50 tasks in a millisecond, and the clock is looked at behind each 64th
      assertThat(looks.get()).isGreaterThan(TASKS / 1_000);
    } finally {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
  }

  private static void spin(AtomicInteger done, CountDownLatch all) {
    for (long end = System.nanoTime() + TASK_NANOS; System.nanoTime() - end < 0; ) {
      Thread.onSpinWait();
    }
    done.incrementAndGet();
    all.countDown();
  }
}
