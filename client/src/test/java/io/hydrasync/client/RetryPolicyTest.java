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
  }

  @Test
  void doesNotRetryWithoutTime() {
    RetryPolicy none = new RetryPolicy(Duration.ZERO, () -> nanos);

    assertThat(none.after(CUT, 0).outOfTime()).isTrue();
  }
}
