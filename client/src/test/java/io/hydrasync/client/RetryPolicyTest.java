package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private static final HydraException CUT = new ConnectionException(ErrorCode.DISCONNECTED, "cut");
  private static final HydraException CORRUPT =
      new AuthenticationException(ErrorCode.CORRUPT, "corrupt");
  private static final HydraException WRONG_KEY =
      new AuthenticationException(ErrorCode.WRONG_KEY, "wrong key");

  private long nanos = Long.MAX_VALUE - 1_000; // the clock may overflow
  private final RetryPolicy policy = new RetryPolicy(Duration.ofSeconds(120), () -> nanos);

  private boolean retries(HydraException problem, long position) {
    return policy.after(problem, position).retry();
  }

  @Test
  void givesUpAtTheThirdSightingOfTheSameFailureAtTheSamePosition() {
    assertThat(retries(CORRUPT, 7)).isTrue();
    assertThat(retries(CUT, 7)).as("does not count, and does not reset").isTrue();
    assertThat(retries(CORRUPT, 7)).isTrue();
    RetryPolicy.Decision third = policy.after(CORRUPT, 7);

    assertThat(third.retry()).isFalse();
    assertThat(third.outOfTime()).isFalse();
  }

  @Test
  void countsAnewAtAnotherPositionOrForAnotherFailureOrAfterProgress() {
    for (int i = 0; i < 20; i++) {
      assertThat(retries(CORRUPT, i)).isTrue();
      assertThat(retries(CORRUPT, i)).isTrue();
      assertThat(retries(WRONG_KEY, i)).isTrue();
      assertThat(retries(CORRUPT, i)).isTrue();
      assertThat(retries(CORRUPT, i)).isTrue();
      policy.progressed();
      assertThat(retries(CORRUPT, i)).isTrue();
      policy.heard();
    }
  }

  @Test
  void neverRetriesWhatWillComeAgain() {
    assertThat(retries(new AuthenticationException(ErrorCode.RELAY_KEY_MISMATCH, "x"), 0))
        .isFalse();
    assertThat(retries(new AuthenticationException(ErrorCode.NOT_RECIPIENT, "x"), 0)).isFalse();
    assertThat(retries(new RelayException(ErrorCode.LIMIT, "x", ErrorCode.NEVER), 0)).isFalse();
  }

  @Test
  void countsProtocolAndTooBigOfTheRelayButNoOtherError() {
    for (int i = 0; i < 10; i++) {
      assertThat(retries(new RelayException(ErrorCode.SHUTDOWN, "x", 1), 0)).isTrue();
    }
    RelayException protocol = new RelayException(ErrorCode.PROTOCOL, "x", 0);
    assertThat(retries(protocol, 0)).isTrue();
    assertThat(retries(protocol, 0)).isTrue();
    assertThat(retries(protocol, 0)).isFalse();
  }

  @Test
  void waitsAsLongAsTheRelayAsks() {
    assertThat(policy.after(new RelayException(ErrorCode.LIMIT, "x", 5_000), 0).waitNanos())
        .isEqualTo(TimeUnit.MILLISECONDS.toNanos(5_000));
  }

  @Test
  void isOutOfTimeAfterTheDeadlineSinceTheRelayWasHeard() {
    assertThat(retries(CUT, 0)).isTrue();
    nanos += TimeUnit.SECONDS.toNanos(119);
    policy.heard();
    assertThat(retries(CUT, 0)).isTrue();
    nanos += TimeUnit.SECONDS.toNanos(119);
    assertThat(retries(CUT, 0)).isTrue();
    nanos += TimeUnit.SECONDS.toNanos(1);
    RetryPolicy.Decision last = policy.after(CUT, 0);

    assertThat(last.retry()).isFalse();
    assertThat(last.outOfTime()).isTrue();
    assertThat(policy.describe()).contains("120.0 s");
  }

  /** A relay that shuts down asks for up to 10 s; what the application asked for counts. */
  @Test
  void triesForTheLastTimeAtTheDeadlineWhateverTheRelayAsksFor() {
    RetryPolicy brief = new RetryPolicy(Duration.ofSeconds(6), () -> nanos);
    RelayException shutdown = new RelayException(ErrorCode.SHUTDOWN, "x", 8_000);
    RetryPolicy.Decision first = brief.after(shutdown, 0);

    assertThat(first.retry()).isTrue();
    assertThat(first.waitNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(6));
    nanos += first.waitNanos() + TimeUnit.MILLISECONDS.toNanos(1_250);
    RetryPolicy.Decision second = brief.after(CUT, 0);
    assertThat(second.retry()).isFalse();
    assertThat(second.outOfTime()).isTrue();
    assertThat(brief.describe()).as("what has really passed").contains("after 7.2 s");
  }

  @Test
  void neverWaitsBeyondTheDeadline() {
    long end = nanos + TimeUnit.SECONDS.toNanos(120);
    RetryPolicy.Decision decision = policy.after(CUT, 0);
    int attempts = 0;
    while (decision.retry()) {
      nanos += decision.waitNanos();
      assertThat(nanos - end).isLessThanOrEqualTo(0);
      attempts++;
      decision = policy.after(CUT, 0);
    }
    assertThat(nanos).as("the last attempt").isEqualTo(end);
    assertThat(attempts).isGreaterThan(5);
  }

  @Test
  void doesNotRetryWithoutTime() {
    RetryPolicy none = new RetryPolicy(Duration.ZERO, () -> nanos);

    assertThat(none.after(CUT, 0).outOfTime()).isTrue();
  }
}
