package io.hydrasync.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class BenchPayloadTest {
  private static final int SIZE = 100;

  private final BenchPayload payload = new BenchPayload(0, SIZE);
  private final ByteBuffer message = payload.allocate();

  @Test
  void knowsItsOwnMessages() {
    payload.fill(message, 77, 5);

    assertThat(message.remaining()).isEqualTo(SIZE);
    assertThat(payload.isRight(message, 5)).isTrue();
    assertThat(BenchPayload.nanos(message)).isEqualTo(77);
  }

  @Test
  void noticesEveryByteThatDiffers() {
    for (int at = Long.BYTES; at < SIZE; at++) {
      payload.fill(message, 77, 5);
      message.put(at, (byte) (message.get(at) ^ 1));

      assertThat(payload.isRight(message, 5)).as("byte %d", at).isFalse();
    }
  }

  @Test
  void noticesAnotherMessage() {
    payload.fill(message, 77, 5);
    assertThat(payload.isRight(message, 6)).isFalse();
    assertThat(payload.isRight(message.slice(0, SIZE - 1), 5)).isFalse();
    // the number is right, the bytes are of another producer
    assertThat(new BenchPayload(1, SIZE).isRight(message, 5)).isFalse();
  }
}
