package io.hydrasync.server.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.control.UnreadMessage;
import org.junit.jupiter.api.Test;

class UnreadNewsTest {
  private static final long SECOND = 1_000_000_000;

  private final UnreadNews news = new UnreadNews();

  private static UnreadMessage of(long stream, long unread) {
    return new UnreadMessage(stream, 100, unread);
  }

  @Test
  void tellsTheFirstAtOnceAndThenAtMostOneASecond() {
    assertThat(news.next(null, 5)).isNull();
    assertThat(news.next(of(1, 3), 6)).isEqualTo(of(1, 3));
    assertThat(news.next(of(1, 4), 5 + SECOND)).isNull();
    assertThat(news.next(of(1, 9), 6 + SECOND)).isEqualTo(of(1, 9));
  }

  @Test
  void tellsNothingTwice() {
    assertThat(news.next(of(1, 3), 0)).isNotNull();
    assertThat(news.next(of(1, 3), 9 * SECOND)).isNull();
  }

  @Test
  void tellsOfAnotherStreamWhateverTheLastHadCome() {
    assertThat(news.next(of(1, 300), 0)).isNotNull();
    assertThat(news.next(of(2, 1), 2 * SECOND)).isEqualTo(of(2, 1));
  }

  @Test
  void tellsOfGrowthBehindFramesThatCameAgain() {
    assertThat(news.next(of(1, 300), 0)).isNotNull();
    assertThat(news.next(of(1, 40), 2 * SECOND)).isNull();
    assertThat(news.next(of(1, 41), 3 * SECOND)).isEqualTo(of(1, 41));
    assertThat(news.next(null, 4 * SECOND)).isNull();
    assertThat(news.next(of(1, 2), 5 * SECOND)).isEqualTo(of(1, 2));
  }

  @Test
  void theLastWordDoesNotWaitForTheSecond() {
    assertThat(news.next(of(1, 3), 5)).isNotNull();
    assertThat(news.next(of(1, 8), 6)).isNull();
    assertThat(news.last(of(1, 9))).isEqualTo(of(1, 9));
    assertThat(news.last(null)).isNull();
    assertThat(news.next(of(1, 3), 2 * SECOND)).isNotNull();
    assertThat(news.last(of(1, 3))).as("nothing new").isNull();
  }
}
