package io.hydrasync.server.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Consumers of a loop are woken together, and others get their turn in between. */
class LoopGroupTest {
  private static final int MANY = 1_000;

  private final EventLoop loop = new DefaultEventLoop();
  private final LoopGroup group = new LoopGroup(loop);
  private final AtomicInteger wakes = new AtomicInteger();

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }

  private void onLoop(Runnable task) {
    loop.submit(task).syncUninterruptibly();
  }

  @Test
  void aTaskOfAnotherWaitsForAFewOfThemOnly() throws Exception {
    AtomicInteger wakesBefore = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(MANY);
    onLoop(
        () -> {
          for (int i = 0; i < MANY; i++) {
            group.add(
                () -> {
                  if (wakes.getAndIncrement() == 0) {
                    loop.execute(() -> wakesBefore.set(wakes.get()));
                  }
                  all.countDown();
                });
          }
        });

    group.wake();

    assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(wakesBefore.get()).isBetween(1, 64);
  }

  /** A session that has moved would keep the loop awake that it has left. */
  @Test
  void aLoopThatNobodyIsOnIsNotWoken() {
    List<LoopGroup.Member> members = new ArrayList<>();
    AtomicInteger given = new AtomicInteger();
    EventLoop counting =
        new DefaultEventLoop() {
          @Override
          public void execute(Runnable task) {
            given.incrementAndGet();
            super.execute(task);
          }
        };
    try {
      LoopGroup left = new LoopGroup(counting);
      counting.submit(() -> members.add(left.add(() -> {}))).syncUninterruptibly();
      counting.submit(() -> members.get(0).leave()).syncUninterruptibly();
      given.set(0);

      left.wake();

      assertThat(given).hasValue(0);
    } finally {
      counting.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
  }

  @Test
  void whatComesInTheMiddleOfARoundWakesAllAgain() throws Exception {
    int middle = MANY / 2;
    CountDownLatch all = new CountDownLatch(MANY);
    boolean[] isNew = new boolean[1];
    onLoop(
        () -> {
          for (int i = 0; i < MANY; i++) {
            boolean[] told = new boolean[1];
            group.add(
                () -> {
                  if (wakes.incrementAndGet() == middle) {
                    isNew[0] = true;
                    group.wake();
                  }
                  if (isNew[0] && !told[0]) {
                    told[0] = true;
                    all.countDown();
                  }
                });
          }
        });

    group.wake();

    assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void nobodyIsForgottenWhereOthersLeave() throws Exception {
    Random random = new Random(3);
    for (int round = 0; round < 50; round++) {
      List<LoopGroup.Member> members = new ArrayList<>();
      boolean[] left = new boolean[300];
      boolean[] woken = new boolean[300];
      onLoop(
          () -> {
            for (int i = 0; i < woken.length; i++) {
              int number = i;
              members.add(
                  group.add(
                      () -> {
                        woken[number] = true;
                        leave(members, left, random.nextInt(woken.length));
                      }));
            }
          });

      group.wake();
      awaitEach(woken, left);
      onLoop(
          () -> {
            for (int i = 0; i < left.length; i++) {
              leave(members, left, i);
            }
          });
      assertThat(group.size()).isZero();
    }
  }

  private void awaitEach(boolean[] woken, boolean[] left) {
    AtomicInteger missing = new AtomicInteger(1);
    for (long end = System.nanoTime() + 60_000_000_000L; missing.get() > 0; ) {
      assertThat(System.nanoTime() - end).as("%s are forgotten", missing).isNegative();
      onLoop(
          () -> {
            missing.set(0);
            for (int i = 0; i < woken.length; i++) {
              missing.addAndGet(woken[i] || left[i] ? 0 : 1);
            }
          });
    }
  }

  private static void leave(List<LoopGroup.Member> members, boolean[] left, int number) {
    if (!left[number]) {
      left[number] = true;
      members.get(number).leave();
    }
  }
}
