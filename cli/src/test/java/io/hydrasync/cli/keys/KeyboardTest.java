package io.hydrasync.cli.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOError;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KeyboardTest {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final int BROKEN = -100;
  private static final int WORSE = -101;

  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();

  /** A terminal that gives one thing after the other, and then nothing. */
  private final class Typed implements KeyDecoder.Input, Closeable {
    private final Queue<Integer> rest;

    Typed(Integer... rest) {
      this.rest = new ArrayDeque<>(List.of(rest));
      opened.incrementAndGet();
    }

    @Override
    public int read(long millis) throws IOException {
      Integer next = rest.poll();
      if (next == null) {
        return KeyDecoder.NOTHING;
      }
      if (next == WORSE) {
        throw new IOError(new IOException("no process can be started"));
      }
      if (next == BROKEN) {
        throw new IOException("it does not read");
      }
      return next;
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private static char typed(Keyboard keyboard) throws InterruptedException {
    Key key = keyboard.next(LONG.toMillis());
    while (key.kind() == Key.Kind.OTHER) {
      key = keyboard.next(LONG.toMillis());
    }
    assertThat(key.kind()).isEqualTo(Key.Kind.CHARACTER);
    return key.character();
  }

  @Test
  void readsOnBehindWhatLooksLikeTheEnd() throws Exception {
    int end = KeyDecoder.CLOSED;
    try (Keyboard keyboard = new Keyboard(() -> new Typed(end, end, (int) 'q'), LONG)) {
      assertThat(typed(keyboard)).isEqualTo('q');
      assertThat(keyboard.isReady()).isTrue();
      assertThat(opened).hasValue(1);
    }
    assertThat(closed).hasValue(1);
  }

  @Test
  void opensATerminalAgainThatFails() throws Exception {
    Queue<Integer> failures = new ArrayDeque<>(List.of(BROKEN, WORSE));
    try (Keyboard keyboard =
        new Keyboard(
            () -> {
              Integer failure = failures.poll();
              return failure == null ? new Typed((int) 'q') : new Typed((int) 'a', failure);
            },
            LONG)) {
      assertThat(typed(keyboard)).isEqualTo('a');
      assertThat(typed(keyboard)).isEqualTo('a');
      assertThat(typed(keyboard)).isEqualTo('q');
      assertThat(keyboard.isReady()).isTrue();
    }
    assertThat(closed).hasValue(3);
  }

  @Test
  void saysThatThereAreNoKeysWhereTheTerminalCannotBeHad() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    try (Keyboard keyboard =
        new Keyboard(
            () -> {
              if (tries.incrementAndGet() == 2) {
                return new Typed((int) 'a', BROKEN);
              }
              throw new IOException("no terminal");
            },
            LONG)) {
      assertThat(typed(keyboard)).isEqualTo('a');
      for (int drawn = 0; drawn < 4; drawn++) {
        assertThat(keyboard.next(LONG.toMillis()).kind()).isEqualTo(Key.Kind.OTHER);
      }
      assertThat(keyboard.isReady()).isFalse();
    }
    assertThat(tries).hasValue(5);
  }

  @Test
  void doesNotWaitForATerminalThatIsNotGivenBack() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Keyboard keyboard = new Keyboard(() -> new Hanging(never), Duration.ofMillis(50));
    assertThat(keyboard.next(LONG.toMillis()).kind()).isEqualTo(Key.Kind.OTHER);

    keyboard.close();

    assertThat(never.getCount()).as("this has come back all the same").isOne();
    never.countDown();
  }

  private record Hanging(CountDownLatch never) implements KeyDecoder.Input, Closeable {
    @Override
    public int read(long millis) {
      return KeyDecoder.NOTHING;
    }

    @Override
    public void close() {
      try {
        never.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
