package io.hydrasync.client.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeapShareTest {
  private static final long MIB = 1 << 20;

  @ParameterizedTest
  @CsvSource({"32, 4, 8", "128, 16, 32", "512, 64, 128", "65536, 64, 2047"})
  void aRingAndAMessageTakeWhatTheHeapAllows(long heap, long ring, long message) {
    HeapShare share = new HeapShare(heap * MIB);

    assertThat(share.defaultRing()).isEqualTo(ring * MIB);
    assertThat(share.largestMessage() / MIB).isEqualTo(message);
  }

  @Test
  void aRingThatDoesNotFitIsRefused() {
    HeapShare share = new HeapShare(32 * MIB);

    assertThatCode(() -> share.checkRing(24 * MIB)).doesNotThrowAnyException();
    assertThatThrownBy(() -> share.checkRing(24 * MIB + 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a ring of 25 MiB is too large: this JVM's heap of 32 MiB (-Xmx) has room for one of 24"
                + " MiB at most");
    assertThatThrownBy(() -> share.checkRing(900L << 30))
        .hasMessageStartingWith("a ring of 900 GiB is too large");
    assertThatThrownBy(() -> share.checkRing(Long.MAX_VALUE))
        .hasMessageStartingWith("a ring of 8589934592 GiB is too large");
  }

  @Test
  void whatDoesNotFitIsToldInMebibytes() {
    HeapShare share = new HeapShare(32 * MIB);

    assertThat(share.tooBig("a message", 9 * MIB, null))
        .hasMessage(
            "a message of 9437184 bytes needs 36 MiB of heap, and this JVM has 32 MiB (-Xmx)")
        .extracting(HydraException::code)
        .isEqualTo(ErrorCode.TOO_BIG);
    assertThat(share.tooBig("a message", 2 * MIB, new OutOfMemoryError()))
        .hasMessageEndingWith(
            "needs 8 MiB of heap, and this JVM has 32 MiB (-Xmx), much of it in use");
  }
}
