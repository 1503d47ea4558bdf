package io.hydrasync.server.internal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.server.internal.telemetry.ClockWarning;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EpochOrderTest {
  private static final long NOW = Instant.parse("2026-11-29T12:00:00Z").toEpochMilli();

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // nanoTime may overflow
  private final ClockWarning warning = new ClockWarning(nanos::get);
  private final EpochOrder order = new EpochOrder(() -> NOW, warning, epoch -> false);

  private static Head.Fields head(long epoch) {
    return new Head.Fields(epoch, epoch, 0, false);
  }

  @Test
  void takesAnEpochOfAClockThatIsADayAhead() {
    assertThatCode(() -> order.check(head(NOW + Duration.ofDays(1).toMillis())))
        .doesNotThrowAnyException();
  }

  @Test
  void saysBothTimesWhereAProducersClockIsDaysAhead() {
    assertThatThrownBy(() -> order.check(head(NOW + Duration.ofDays(10).toMillis())))
        .isInstanceOfSatisfying(
            ProtocolException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PROTOCOL))
        .hasMessage(
            "HEAD of an epoch in the future: by that your clock says 2026-12-09T12:00:00Z, this"
                + " relay's 2026-11-29T12:00:00Z, 10 days behind it; one of the two is wrong");
  }

  @Test
  void saysSoInAnErrorThatIsShortEnough() {
    assertThatThrownBy(() -> order.check(head(Long.MAX_VALUE)))
        .message()
        .satisfies(
            text ->
                assertThat(text.getBytes(StandardCharsets.UTF_8))
                    .hasSizeLessThanOrEqualTo(ErrorMessage.MAX_TEXT));
  }

  @Test
  void warnsTheOperatorOnceInAWhile() {
    assertThat(warning.ahead(NOW + 1, NOW)).isTrue();
    assertThat(warning.ahead(NOW + 1, NOW)).isFalse();
    nanos.addAndGet(ClockWarning.PAUSE_NANOS - 1);
    assertThat(warning.ahead(NOW + 1, NOW)).isFalse();
    nanos.addAndGet(1);
    assertThat(warning.ahead(NOW + 1, NOW)).isTrue();
  }
}
