package io.hydrasync.cli.exit;

import static io.hydrasync.protocol.GapException.Kind.ANNOUNCED;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.StreamTruncatedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ExitCodeTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new GapException(1, 2, 3, ANNOUNCED), 3),
        Arguments.of(new BeginningGoneException(new GapException(1, 0, 3, ANNOUNCED)), 3),
        Arguments.of(new SessionTruncatedException("cut"), 4),
        Arguments.of(new StreamTruncatedException("cut"), 4),
        Arguments.of(new NoConsumersException(1, 2), 6),
        Arguments.of(new ClosedException("closed"), 1),
        Arguments.of(new InterruptedOperationException("interrupted"), 1),
        Arguments.of(new AuthenticationException(ErrorCode.WRONG_KEY, "no"), 5),
        Arguments.of(new AuthenticationException(ErrorCode.RELAY_KEY_MISMATCH, "no"), 5),
        Arguments.of(new AuthenticationException(ErrorCode.CORRUPT, "no"), 5),
        Arguments.of(new RelayException(ErrorCode.UNAUTHORIZED, "no"), 5),
        Arguments.of(new RelayException(ErrorCode.NOT_OWNER, "no"), 5),
        Arguments.of(new RelayException(ErrorCode.NO_SESSION, "no", Duration.ofMillis(0)), 1),
        Arguments.of(new ConnectionException(ErrorCode.DISCONNECTED, "gone"), 1),
        Arguments.of(new ProtocolException(ErrorCode.TOO_BIG, "big"), 1),
        Arguments.of(new BrokenPipeException(new IOException("Broken pipe")), 141),
        Arguments.of(new IOException("disk full"), 1),
        Arguments.of(new UncheckedIOException("disk full", new IOException("disk full")), 1),
        Arguments.of(new IllegalArgumentException("the relay says no"), 1),
        Arguments.of(new UnusableStreamException("closed"), 2),
        Arguments.of(new FewerMessagesException(1, 2, false), 4),
        Arguments.of(new NotRunException("x", new IOException("absent")), 127),
        Arguments.of(new IllegalStateException("bug"), 70),
        Arguments.of(new IllegalArgumentException(), 70),
        Arguments.of(new NullPointerException(), 70),
        Arguments.of(new OutOfMemoryError(), 70));
  }

  /** What was reported before, what ends the command, and how it ends then. */
  static Stream<Arguments> several() {
    return Stream.of(
        Arguments.of(3, new AuthenticationException(ErrorCode.CORRUPT, "no"), 5),
        Arguments.of(4, new AuthenticationException(ErrorCode.CORRUPT, "no"), 5),
        Arguments.of(3, new SessionTruncatedException("cut"), 4),
        Arguments.of(4, new GapException(1, 2, 3, ANNOUNCED), 4),
        Arguments.of(3, new FewerMessagesException(1, 2, false), 4),
        Arguments.of(3, new NoConsumersException(1, 2), 3),
        Arguments.of(3, new IOException("disk full"), 3),
        Arguments.of(4, new ConnectionException(ErrorCode.DISCONNECTED, "gone"), 4),
        Arguments.of(3, new BrokenPipeException(new IOException("Broken pipe")), 141),
        Arguments.of(3, new IllegalStateException("bug"), 70));
  }

  @ParameterizedTest
  @MethodSource("several")
  void tellsTheFirstOfSeveralInTheirOrder(int before, Exception failure, int code) {
    failure.addSuppressed(new ReportedLossException(before));

    assertThat(ExitCode.of(failure)).isEqualTo(code);
  }

  @Test
  void knowsWhichOfTwoIsGraver() {
    List<Integer> order = List.of(5, 4, 3, 6, 1, 0);
    for (int i = 0; i < order.size(); i++) {
      for (int j = i; j < order.size(); j++) {
        assertThat(ExitCode.graver(order.get(i), order.get(j))).isEqualTo(order.get(i));
        assertThat(ExitCode.graver(order.get(j), order.get(i))).isEqualTo(order.get(i));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("failures")
  void tellsFailuresApart(Throwable failure, int code) {
    assertThat(ExitCode.of(failure)).isEqualTo(code);
  }
}
