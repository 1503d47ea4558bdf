package io.hydrasync.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.control.ErrorMessage;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 7 of {@code wire2.md}. */
class ErrorCodeTest {
  private static final int RELAYS_CODES = 14;

  @ParameterizedTest
  @CsvSource({
    "PROTOCOL, 1, 0",
    "TOO_BIG, 2, 0",
    "TIMEOUT, 3, 1000",
    "UNAUTHORIZED, 4, 4294967295",
    "NOT_OWNER, 5, 4294967295",
    "PRODUCER_EXISTS, 6, 1000",
    "NO_SESSION, 7, 1000",
    "TOO_SLOW, 8, 0",
    "LIMIT, 9, 5000",
    "REPLACED, 10, 4294967295",
    "KICKED, 11, 4294967295",
    "SHUTDOWN, 12, 1000", // the least of the range that the relay draws from
    "UNSUPPORTED, 13, 4294967295",
    "INTERNAL, 14, 1000",
  })
  void hasTheNumberAndTheRetryTimeOfTheSpecification(ErrorCode code, int wireCode, long retryMs) {
    assertThat(code.wireCode()).isEqualTo(wireCode);
    assertThat(ErrorMessage.retryMs(code)).isEqualTo(retryMs);
    assertThat(ErrorCode.ofWireCode(wireCode)).contains(code);
  }

  @Test
  void sendsExactlyThe14CodesOfTheSpecification() {
    assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::wireCode).filter(n -> n != 0))
        .hasSize(RELAYS_CODES)
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 15, 0xFFFF, Integer.MAX_VALUE})
  void knowsNoOtherNumber(int wireCode) {
    assertThat(ErrorCode.ofWireCode(wireCode)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "RELAY_KEY_MISMATCH",
        "VERSION",
        "WRONG_KEY",
        "NOT_RECIPIENT",
        "CORRUPT",
        "REPLAY",
        "GAP",
        "STALE_EPOCH",
        "BAD_SIGNATURE",
        "TRUNCATED",
        "STALLED"
      })
  void hasNoNumberForWhatOnlyClientFinds(ErrorCode code) {
    assertThat(code.wireCode()).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"RELAY_KEY_MISMATCH", "NOT_RECIPIENT"})
  void neverRetriesWhatIsFatalAtOnce(ErrorCode code) {
    assertThat(code.defaultRetryAfter()).isEmpty();
    assertThat(new AuthenticationException(code, "x").isRetryable()).isFalse();
  }
}
