package io.hydrasync.client.internal.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.internal.connection.FrameReader;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a message may be, and how it stands on a connection, on both classic wires. */
class ClassicMessagesTest {
  private static final int PACKET = 16;
  private static final long ALL = 1L << 32;

  private final SessionKey key = SessionKey.generate(new SecureRandom());

  private ClassicMessages packets(long sealed) {
    return new ClassicMessages(key, OptionalInt.of(PACKET), sealed);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 17, 33})
  void refusesAnythingButWholePackets(int size) {
    assertThatThrownBy(() -> packets(0).checkSize(size))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a message of "
                + size
                + " bytes; this relay's packets carry 16, and a message is one or more whole"
                + " packets");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 17, 33})
  void takesAnyLengthOnTheEarlierWire(int size) {
    ClassicMessages messages = new ClassicMessages(key, OptionalInt.empty());

    assertThatCode(() -> messages.checkSize(size)).doesNotThrowAnyException();
    assertThat(messages.pieceOf(size)).isEqualTo(size);
  }

  @Test
  void aKeySealsNoMoreThan2To32Packets() {
    ClassicMessages messages = packets(ALL - 2);

    assertThatCode(() -> messages.checkSize(2 * PACKET)).doesNotThrowAnyException();
    assertThatThrownBy(() -> messages.checkSize(3 * PACKET))
        .as("nothing of it is sent")
        .isInstanceOf(ProtocolException.class)
        .extracting(problem -> ((HydraException) problem).code())
        .isEqualTo(ErrorCode.LIMIT);
    byte[] out = new byte[PACKET + messages.overhead()];
    messages.seal(new byte[PACKET], 0, PACKET, out, 0);
    messages.seal(new byte[PACKET], 0, PACKET, out, 0);
    assertThatThrownBy(() -> messages.checkSize(PACKET)).hasMessageContaining("use another key");
  }

  @Test
  void theLargestMessageIsAMultipleOfAPacket() {
    int most = new ClassicMessages(key, OptionalInt.of(1_000_003)).maxBytes();

    assertThat(most % 1_000_003).isZero();
    assertThat(most).isPositive().isLessThanOrEqualTo(64 << 20);
    assertThatThrownBy(
            () -> new ClassicMessages(key, OptionalInt.of(1_000_003)).checkSize(most + 1_000_003))
        .isInstanceOf(ProtocolException.class)
        .extracting(problem -> ((HydraException) problem).code())
        .isEqualTo(ErrorCode.TOO_BIG);
  }

  @Test
  void opensWhatItHasSealedOnBothWires() throws IOException {
    byte[] message = new byte[PACKET];
    new SecureRandom().nextBytes(message);
    for (OptionalInt packet : new OptionalInt[] {OptionalInt.empty(), OptionalInt.of(PACKET)}) {
      ClassicMessages messages = new ClassicMessages(key, packet);
      byte[] frame = new byte[PACKET + messages.overhead()];
      messages.seal(message, 0, PACKET, frame, 0);
      byte[] damaged = frame.clone();
      damaged[frame.length - 1] ^= 1;
      byte[] plaintext = new byte[PACKET];

      assertThat(messages.open(reader(frame, packet), plaintext)).isTrue();
      assertThat(plaintext).isEqualTo(message);
      assertThat(messages.open(reader(damaged, packet), plaintext)).isFalse();
      assertThat(Arrays.equals(frame, damaged)).isFalse();
    }
  }

  private static FrameReader reader(byte[] frame, OptionalInt packet) throws IOException {
    FrameReader reader = new FrameReader(new ByteArrayInputStream(frame));
    packet.ifPresent(bytes -> reader.fixedLength(frame.length));
    assertThat(reader.next(0)).isTrue();
    return reader;
  }
}
