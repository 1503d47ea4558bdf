package io.hydrasync.client.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.internal.files.LastEpoch;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Head;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A clock that is wrong by days, of whichever end, is named, with what both say. */
class WrongClockTest {
  private static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final long NOW = Instant.parse("2026-11-29T12:00:00Z").toEpochMilli();
  private static final long TEN_DAYS = Duration.ofDays(10).toMillis();
  private static final byte[] UNKNOWN = new byte[0];

  private static byte[] head(long stream, long epoch, long first) {
    byte[] salt = new byte[Head.SALT_LENGTH];
    return FrameSealer.open(
            SESSION.id(), SESSION.key(), SESSION.owner(), epoch, stream, first, 0, salt)
        .head();
  }

  private static AbstractThrowableAssert<?, ?> assertStale(ThrowingCallable step) {
    return assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            AuthenticationException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STALE_EPOCH));
  }

  private static HeadVerifier consumer() {
    return new HeadVerifier(SESSION.id(), SESSION.key(), () -> NOW);
  }

  private static ProducerEpoch.Opener producer(Optional<Path> lastEpoch) {
    return new ProducerEpoch.Opener(SESSION, new LastEpoch(lastEpoch), () -> NOW);
  }

  @Test
  void ofAConsumerThatIsBehindTheProducer() {
    byte[] head = head(NOW + TEN_DAYS, NOW + TEN_DAYS, 0);

    assertStale(() -> consumer().check(head, 0, 0, UNKNOWN))
        .hasMessage(
            "an epoch from the future: the producer's clock says 2026-12-09T12:00:00Z, this"
                + " machine's 2026-11-29T12:00:00Z, 10 days behind it; one of the two is wrong");
  }

  @Test
  void ofAProducerThatHasBeenSetBack() {
    byte[] head = head(NOW - TEN_DAYS, NOW - TEN_DAYS, 0);

    assertStale(() -> consumer().check(head, NOW, NOW, UNKNOWN))
        .hasMessage(
            "an epoch from 2026-11-19T12:00:00Z, older than one already seen, from"
                + " 2026-11-29T12:00:00Z: a replay, or the producer's clock has been set back by at"
                + " least 10 days");
  }

  @Test
  void ofAProducerWhoseStreamIsOlder() {
    byte[] head = head(NOW - TEN_DAYS, NOW + 1, 5);

    assertStale(() -> consumer().check(head, NOW, NOW, UNKNOWN))
        .hasMessageStartingWith("a stream from 2026-11-19T12:00:00Z, older than one already seen");
  }

  @Test
  void ofAProducerThatIsBehindTheOneBefore() {
    assertStale(() -> producer(Optional.empty()).newStream(NOW + TEN_DAYS))
        .hasMessageStartingWith(
            "the relay has an epoch of this session from 2026-12-09T12:00:00Z, but this machine's"
                + " clock says 2026-11-29T12:00:00Z, 10 days behind that: put this clock right");
  }

  @Test
  void ofAProducerThatIsBehindItsOwnLastEpoch(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("epoch");
    Files.writeString(file, (NOW + TEN_DAYS) + "\n");

    assertStale(() -> producer(Optional.of(file)).newStream(0))
        .hasMessageStartingWith(
            "this producer's last epoch (in "
                + file
                + ") is from 2026-12-09T12:00:00Z, but this machine's clock says"
                + " 2026-11-29T12:00:00Z, 10 days behind that");
  }

  @Test
  void isNotFoundFaultWithWhereItIsOffByHours() {
    long ahead = NOW + Duration.ofHours(23).toMillis();

    assertThat(producer(Optional.empty()).newStream(ahead).epoch()).isEqualTo(ahead + 1);
    assertThat(consumer().check(head(ahead, ahead, 0), 0, 0, UNKNOWN).head().epoch())
        .isEqualTo(ahead);
  }
}
