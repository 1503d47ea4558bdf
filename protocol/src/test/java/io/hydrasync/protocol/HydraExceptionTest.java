package io.hydrasync.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HydraExceptionTest {
  @Test
  void gapSaysWhatIsMissing() {
    GapException gap = new GapException(KnownAnswers.EPOCH, 5, 9, GapException.Kind.CORRUPT);

    assertThat(gap.code()).isEqualTo(ErrorCode.GAP);
    assertThat(gap.stream()).isEqualTo(KnownAnswers.EPOCH);
    assertThat(gap.from()).isEqualTo(5);
    assertThat(gap.to()).isEqualTo(9);
    assertThat(gap)
        .hasMessage("frames 5 to 8 of stream 1735689600000 are missing: it was changed on its way");
  }

  @Test
  void gapToTheEndOfStreamIsToldWithoutNegativeNumbers() {
    // Section 4: "the stream not held → GAP(stream, seq, 2^64−1)".
    GapException gap = new GapException(KnownAnswers.EPOCH, 5, -1, GapException.Kind.ANNOUNCED);

    assertThat(gap)
        .hasMessage(
            "frames 5 to 18446744073709551614 of stream 1735689600000 are missing:"
                + " the relay no longer had them, or skipped them");
  }

  @Test
  void relaysRetryTimeDecidesWhetherToRetry() {
    assertThat(new RelayException(ErrorCode.KICKED, "x", Duration.ofMillis(500)).isRetryable())
        .isTrue();
    assertThat(new RelayException(ErrorCode.LIMIT, "x").isRetryable()).isFalse();
    assertThat(new RelayException(ErrorCode.LIMIT, "x", Duration.ofMillis(500)).retryAfter())
        .contains(Duration.ofMillis(500));
    assertThat(new RelayException(ErrorCode.LIMIT, "x").retryAfter()).isEmpty();
  }

  @Test
  void keepsCodeAndCause() {
    Exception cause = new Exception("cause");

    assertThat(new ProtocolException(ErrorCode.TOO_BIG, "x", cause))
        .hasCause(cause)
        .extracting(HydraException::code)
        .isEqualTo(ErrorCode.TOO_BIG);
    assertThat(new ConnectionException(ErrorCode.DISCONNECTED, "x", cause).isRetryable()).isTrue();
    assertThat(new SessionTruncatedException("x", cause).isRetryable()).isFalse();
    assertThat(new StreamTruncatedException("x").code()).isEqualTo(ErrorCode.TRUNCATED);
  }
}
