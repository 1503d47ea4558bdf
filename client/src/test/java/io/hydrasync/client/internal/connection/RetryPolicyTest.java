package io.hydrasync.client.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.internal.stream.FailureCount;
import io.hydrasync.client.internal.stream.FailureCount.Failure;
import io.hydrasync.client.internal.stream.FailureCount.Place;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
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
  private static final HydraException GAP = new AuthenticationException(ErrorCode.GAP, "gap");

  private long nanos = Long.MAX_VALUE - 1_000; // the clock may overflow
  private final FailureCount failures = new FailureCount();
  private final RetryPolicy policy =
      new RetryPolicy(Duration.ofSeconds(120), () -> nanos, failures, alone());

  private RelayRound alone() {
    return new RelayRound(Relays.of(new RelayAddress("relay.example", 4370)), () -> nanos);
  }

  private static Place frame(long seq) {
    return Place.frame(1, seq);
  }

  /** A failure at {@code next} that no frame was the cause of. */
  private boolean retries(HydraException problem, long next) {
    return policy.after(problem, Failure.atNext(frame(next))).retry();
  }

  /** A failure of a frame elsewhere. */
  private boolean retries(HydraException problem, Place where, long next) {
    return policy.after(problem, new Failure(where, frame(next), true)).retry();
  }

  private RetryPolicy.Decision after(HydraException problem) {
    return policy.after(problem, Failure.atNext(frame(0)));
  }

  private void pass(long seconds) {
    nanos += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void givesUpAtTheThirdFailureOfAPlace() {
    assertThat(retries(CORRUPT, 7)).isTrue();
    assertThat(retries(CUT, 7)).as("does not count, and does not reset").isTrue();
    assertThat(retries(CORRUPT, 7)).isTrue();
    RetryPolicy.Decision third = policy.after(CORRUPT, Failure.atNext(frame(7)));

    assertThat(third.retry()).isFalse();
    assertThat(third.outOfTime()).isFalse();
  }

  @Test
  void countsWhateverTheFailuresWere() {
    assertThat(retries(GAP, 7)).isTrue();
    assertThat(retries(CORRUPT, frame(9), 7)).isTrue();
    assertThat(retries(CORRUPT, 7)).isTrue();
    assertThat(retries(WRONG_KEY, 7)).isFalse();
  }

  @Test
  void givesUpAtTheSixteenthWhereverTheyWere() {
    for (int i = 1; i < 16; i++) {
      assertThat(retries(i % 2 == 0 ? CORRUPT : WRONG_KEY, frame(100 + i), 7)).isTrue();
      assertThat(retries(CUT, 7)).isTrue();
      policy.joined(0);
      policy.progressed(); // so that there is time
    }
    RetryPolicy.Decision last = policy.after(CORRUPT, new Failure(Place.head(5), frame(7), true));

    assertThat(last.retry()).isFalse();
    assertThat(last.outOfTime()).isFalse();
  }

  @Test
  void countsAnewAfterProgress() {
    for (int i = 0; i < 20; i++) {
      assertThat(retries(CORRUPT, 7)).isTrue();
      assertThat(retries(GAP, 7)).isTrue();
      failures.progressed();
      policy.joined(0);
      policy.progressed();
    }
  }

  @Test
  void remembersNoMorePlacesThanCanCount() {
    for (int seq = 0; seq < 1_000; seq++) {
      failures.count(new Failure(frame(1_000 + seq), frame(seq), true));
      failures.count(new Failure(frame(2_000 + seq), frame(seq), true));
    }

    assertThat(failures.at(frame(2_000))).isZero();
    assertThat(failures.at(frame(2_999))).isEqualTo(1);
  }

  @Test
  void aConnectionThatStoodForAMinuteMakesGoodWhatNoFrameWasTheCauseOf() {
    for (int i = 0; i < 20; i++) {
      assertThat(retries(CORRUPT, 7)).isTrue();
      policy.joined(0);
      pass(60);
    }
    assertThat(retries(CORRUPT, frame(7), 7)).isTrue();
    policy.joined(0);
    pass(60);
    assertThat(retries(CORRUPT, frame(7), 7)).isTrue();
    policy.joined(0);
    pass(60);
    assertThat(retries(CORRUPT, frame(7), 7)).isFalse();
  }

  @Test
  void neverRetriesWhatWillComeAgain() {
    assertThat(retries(new AuthenticationException(ErrorCode.RELAY_KEY_MISMATCH, "x"), 0))
        .isFalse();
    assertThat(retries(new AuthenticationException(ErrorCode.NOT_RECIPIENT, "x"), 0)).isFalse();
    assertThat(retries(new RelayException(ErrorCode.LIMIT, "x"), 0)).isFalse();
  }

  @Test
  void countsProtocolAndTooBigOfTheRelayButNoOtherError() {
    for (int i = 0; i < 10; i++) {
      assertThat(retries(new RelayException(ErrorCode.SHUTDOWN, "x", Duration.ofMillis(1)), 0))
          .isTrue();
    }
    assertThat(retries(new RelayException(ErrorCode.PROTOCOL, "x", Duration.ofMillis(0)), 0))
        .isTrue();
    assertThat(retries(new RelayException(ErrorCode.TOO_BIG, "x", Duration.ofMillis(0)), 0))
        .isTrue();
    assertThat(retries(new RelayException(ErrorCode.PROTOCOL, "x", Duration.ofMillis(0)), 0))
        .isFalse();
  }

  @Test
  void waitsAsLongAsTheRelayAsks() {
    assertThat(
            after(new RelayException(ErrorCode.LIMIT, "x", Duration.ofMillis(5_000))).waitNanos())
        .isEqualTo(TimeUnit.MILLISECONDS.toNanos(5_000));
  }

  @Test
  void addsUpTheTimeWithoutAConnection() {
    assertThat(retries(CUT, 0)).isTrue();
    pass(70);
    policy.joined(0);
    pass(59); // this is not without one, and no minute
    assertThat(retries(CUT, 0)).isTrue();
    pass(49);
    assertThat(retries(CUT, 0)).isTrue();
    pass(1);
    RetryPolicy.Decision last = after(CUT);

    assertThat(last.retry()).isFalse();
    assertThat(last.outOfTime()).isTrue();
    assertThat(policy.describe()).contains("after 120 s without a connection");
  }

  @Test
  void aRelayThatOnlyAnswersJoinIsGivenUp() {
    int connections = 0;
    for (RetryPolicy.Decision next = after(CUT); next.retry(); next = after(CUT)) {
      nanos += next.waitNanos();
      policy.joined(0);
      pass(59);
      connections++;
    }

    assertThat(connections).isBetween(100, 170);
  }

  @Test
  void progressGivesTimeAndSoDoesAConnectionThatStoodForAMinute() {
    for (int i = 0; i < 20; i++) {
      assertThat(after(CUT).waitNanos()).as("from the first").isLessThan(300_000_000L);
      pass(119);
      policy.joined(0);
      if (i % 2 == 0) {
        policy.progressed();
      } else {
        pass(60);
      }
    }
  }

  @Test
  void aRestartOfTheRelayEachHourIsSurvivedForADay() {
    for (int hour = 0; hour < 24; hour++) {
      policy.joined(0);
      pass(3_600);
      long end = nanos + TimeUnit.SECONDS.toNanos(100);
      for (int tries = 0; nanos - end < 0; tries++) {
        RetryPolicy.Decision next = after(tries == 0 ? CORRUPT : CUT); // cut in a record
        assertThat(next.retry()).isTrue();
        nanos += next.waitNanos();
      }
    }
  }

  @Test
  void timeInWhichNobodyTriedIsNotHeldAgainstIt() {
    assertThat(retries(CUT, 0)).isTrue();
    pass(3_600);
    policy.idle(TimeUnit.SECONDS.toNanos(3_599));
    policy.joined(0);

    assertThat(retries(CUT, 0)).isTrue();
  }

  @Test
  void whatWasJoinedWhileTheApplicationWasElsewhereStandsSinceThen() {
    assertThat(retries(CUT, 0)).isTrue();
    pass(200);
    policy.joined(TimeUnit.SECONDS.toNanos(199));

    assertThat(after(CUT).waitNanos()).as("from the first").isLessThan(300_000_000L);
  }

  /** A relay that shuts down asks for up to 10 s; what the application asked for counts. */
  @Test
  void triesForTheLastTimeAtTheDeadlineWhateverTheRelayAsksFor() {
    RetryPolicy brief = new RetryPolicy(Duration.ofSeconds(6), () -> nanos, failures, alone());
    RelayException shutdown = new RelayException(ErrorCode.SHUTDOWN, "x", Duration.ofMillis(8_000));
    RetryPolicy.Decision first = brief.after(shutdown, Failure.atNext(frame(0)));

    assertThat(first.retry()).isTrue();
    assertThat(first.waitNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(6));
    nanos += first.waitNanos() + TimeUnit.MILLISECONDS.toNanos(1_250);
    RetryPolicy.Decision second = brief.after(CUT, Failure.atNext(frame(0)));
    assertThat(second.retry()).isFalse();
    assertThat(second.outOfTime()).isTrue();
    assertThat(brief.describe()).as("what has really passed").contains("after 7250 ms");
  }

  @Test
  void neverWaitsBeyondTheDeadline() {
    long end = nanos + TimeUnit.SECONDS.toNanos(120);
    RetryPolicy.Decision decision = after(CUT);
    int attempts = 0;
    while (decision.retry()) {
      nanos += decision.waitNanos();
      assertThat(nanos - end).isLessThanOrEqualTo(0);
      attempts++;
      decision = after(CUT);
    }
    assertThat(nanos).as("the last attempt").isEqualTo(end);
    assertThat(attempts).isGreaterThan(5);
  }

  @Test
  void doesNotRetryWithoutTime() {
    RetryPolicy none = new RetryPolicy(Duration.ZERO, () -> nanos, failures, alone());

    assertThat(none.after(CUT, Failure.atNext(frame(0))).outOfTime()).isTrue();
  }
}
