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
import java.time.Duration;
import java.util.stream.Stream;
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
        Arguments.of(new IllegalStateException("bug"), 1));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void tellsFailuresApart(Throwable failure, int code) {
    assertThat(ExitCode.of(failure)).isEqualTo(code);
  }
}
