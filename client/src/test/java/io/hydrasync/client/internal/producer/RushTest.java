package io.hydrasync.client.internal.producer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RushTest {
  private static final int STREAK = 16;

  private long nanos;
  private final Rush rush = new Rush(true, () -> nanos);

  /** Broadcasts after a pause; whether the message was kept. */
  private boolean broadcast(long pauseNanos) {
    nanos += pauseNanos;
    if (rush.mayWait(64)) {
      rush.kept();
      return true;
    }
    nanos += 5_000; // what a write to the socket takes
    rush.sentAlone();
    return false;
  }

  private int sentAlone(int count, long pauseNanos) {
    int alone = 0;
    for (int i = 0; i < count; i++) {
      if (!broadcast(pauseNanos)) {
        alone++;
      }
    }
    return alone;
  }

  @Test
  void onlyTheFirstOfManyAreSentByThemselves() {
    nanos = 1_000_000;
    assertThat(sentAlone(1_000, 100)).isEqualTo(STREAK);
  }

  @Test
  void aPauseBeginsTheCountAnew() {
    nanos = 1_000_000;
    assertThat(sentAlone(STREAK, 100)).isEqualTo(STREAK);
    assertThat(broadcast(10_000)).isFalse();
    assertThat(sentAlone(STREAK - 1, 100)).isEqualTo(STREAK - 1);
    assertThat(broadcast(100)).isTrue();
  }

  @Test
  void whatComesAtAnyOtherPaceIsNeverKept() {
    assertThat(sentAlone(1_000, 10_000)).isEqualTo(1_000);
    assertThat(sentAlone(1_000, 1_000_000)).isEqualTo(1_000);
  }

  @Test
  void largeMessagesAreNeverKept() {
    nanos = 1_000_000;
    sentAlone(2 * STREAK, 100);
    assertThat(rush.mayWait(8 << 10)).isTrue();
    assertThat(rush.mayWait((8 << 10) + 1)).isFalse();
  }

  @Test
  void itIsOverWhenFewHaveComeTogether() {
    nanos = 1_000_000;
    sentAlone(STREAK + 4, 100);
    rush.sent();
    assertThat(broadcast(100)).as("four came together").isTrue();
    rush.sent();
    assertThat(broadcast(100)).as("one came alone").isFalse();
  }

  @Test
  void itIsOverAfterAPause() {
    nanos = 1_000_000;
    sentAlone(STREAK + 4, 100);
    rush.sent();
    assertThat(broadcast(199_999)).isTrue();
    assertThat(sentAlone(3, 100)).isZero();
    rush.sent();
    assertThat(broadcast(200_000)).isFalse();
    assertThat(broadcast(100)).isFalse();
  }

  @Test
  void theFirstThatIsKeptIsTold() {
    nanos = 1_000_000;
    sentAlone(STREAK, 100);
    assertThat(rush.mayWait(1)).isTrue();
    assertThat(rush.kept()).isTrue();
    assertThat(rush.kept()).isFalse();
    rush.sent();
    assertThat(rush.kept()).isTrue();
  }

  @Test
  void nothingIsKeptWhereThatIsNotAllowed() {
    Rush never = new Rush(false, () -> nanos);
    for (int i = 0; i < 100; i++) {
      assertThat(never.mayWait(1)).isFalse();
      never.sentAlone();
    }
  }
}
