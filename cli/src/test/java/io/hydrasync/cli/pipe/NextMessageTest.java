package io.hydrasync.cli.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.ReceiveTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** In virtual time: nothing here waits. */
class NextMessageTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private long now = Long.MAX_VALUE - 1_000; // it may pass its end
  private int quiet;
  private int looks;
  private boolean ready;
  private final Deque<Coming> coming = new ArrayDeque<>();
  private final List<Duration> asked = new ArrayList<>();

  /** Something that comes so long after the call that waits for it, and what it throws. */
  private record Coming(
      Duration after, @Nullable ByteBuffer message, @Nullable RuntimeException failure) {}

  private @Nullable ByteBuffer receive(Duration timeout) {
    asked.add(timeout);
    Coming next = coming.peek();
    if (next == null || next.after.compareTo(timeout) > 0) {
      now += timeout.toNanos();
      if (next != null) {
        coming.poll();
        coming.addFirst(new Coming(next.after.minus(timeout), next.message, next.failure));
      }
      throw new ReceiveTimeoutException("nothing");
    }
    coming.poll();
    now += next.after.toNanos();
    if (next.failure != null) {
      throw next.failure;
    }
    return next.message;
  }

  private NextMessage next(Optional<Duration> patience) {
    return new NextMessage(
        () -> ready,
        this::receive,
        patience,
        () -> {
          looks++;
          return now;
        },
        () -> quiet++);
  }

  private void comes(Duration after) {
    coming.add(new Coming(after, ByteBuffer.allocate(1), null));
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis((long) (seconds * 1_000));
  }

  @Test
  void waitsForTheFirstMessageNoLongerThanItMay() {
    NextMessage next = next(Optional.of(PATIENCE));
    long began = now;

    assertThat(next.await()).isNull();

    assertThat(next.isIdle()).isTrue();
    assertThat(now - began).isEqualTo(PATIENCE.toNanos());
  }

  @Test
  void givesWhatComesJustInTimeAndCountsAnewBehindIt() {
    NextMessage next = next(Optional.of(PATIENCE));
    for (int i = 0; i < 3; i++) {
      comes(PATIENCE);
      assertThat(next.await()).isNotNull();
      assertThat(next.isIdle()).isFalse();
      now += Duration.ofHours(1).toNanos(); // what is done with it does not count
    }

    assertThat(next.await()).isNull();
    assertThat(next.isIdle()).isTrue();
  }

  @Test
  void takesTheEndForTheEnd() {
    NextMessage next = next(Optional.of(PATIENCE));
    coming.add(new Coming(seconds(3), null, null));

    assertThat(next.await()).isNull();
    assertThat(next.isIdle()).isFalse();
  }

  @Test
  void givesNoNewTimeForWhatIsNoMessage() {
    NextMessage next = next(Optional.of(PATIENCE));
    coming.add(new Coming(seconds(6), null, new IllegalStateException("a loss")));
    comes(seconds(6));
    long began = now;

    assertThatThrownBy(next::await).hasMessage("a loss");
    assertThat(next.await()).isNull();

    assertThat(next.isIdle()).isTrue();
    assertThat(now - began).isEqualTo(PATIENCE.toNanos());
  }

  @Test
  void waitsForEverWhereNothingElseWasSaid() {
    NextMessage next = next(Optional.empty());
    comes(Duration.ofDays(1));

    assertThat(next.await()).isNotNull();
    assertThat(next.isIdle()).isFalse();
  }

  @Test
  void tellsEachTimeThatNothingHasComeForAWhile() {
    NextMessage next = next(Optional.empty());
    comes(NextMessage.DOUBT.multipliedBy(3).plusMillis(1));
    comes(NextMessage.DOUBT);

    next.await();
    assertThat(quiet).isEqualTo(3);
    next.await();
    assertThat(quiet).isEqualTo(3);
    assertThat(asked).containsOnly(NextMessage.DOUBT);
  }

  @Test
  void takesWhatIsHereWithoutALookAtTheClock() {
    NextMessage next = next(Optional.of(PATIENCE));
    ready = true;
    comes(Duration.ZERO);
    comes(Duration.ZERO);

    assertThat(next.await()).isNotNull();
    assertThat(next.await()).isNotNull();

    assertThat(looks).isZero();
    assertThat(asked).containsOnly(Duration.ZERO);
  }

  @Test
  void waitsAsLongForWhatOnlySeemedToBeHere() {
    NextMessage next = next(Optional.of(PATIENCE));
    ready = true;
    comes(PATIENCE);
    comes(PATIENCE.plusMillis(1));

    assertThat(next.await()).isNotNull();
    long began = now;
    assertThat(next.await()).isNull();

    assertThat(next.isIdle()).isTrue();
    assertThat(now - began).isEqualTo(PATIENCE.toNanos());
  }

  @Test
  void keepsATimeThatIsShorterThanTheDoubt() {
    NextMessage next = next(Optional.of(seconds(0.5)));
    long began = now;

    assertThat(next.await()).isNull();
    assertThat(next.isIdle()).isTrue();
    assertThat(now - began).isEqualTo(seconds(0.5).toNanos());
  }
}
