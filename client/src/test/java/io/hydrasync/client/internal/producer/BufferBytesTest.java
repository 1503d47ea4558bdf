package io.hydrasync.client.internal.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BufferBytesTest {
  private static final byte[] BYTES = {1, 2, 3, 4, 5, 6, 7, 8};

  private final BufferBytes buffers = new BufferBytes();

  private static ByteBuffer middle(ByteBuffer of) {
    return of.limit(6).position(2);
  }

  private static ByteBuffer direct() {
    return ByteBuffer.allocateDirect(BYTES.length).put(BYTES).flip();
  }

  private byte[] read(ByteBuffer message) {
    byte[] array = buffers.array(message);
    int from = BufferBytes.offset(message);
    return Arrays.copyOfRange(array, from, from + message.remaining());
  }

  @Test
  void showsWhatIsRemainingAndMovesNothing() {
    List<ByteBuffer> all =
        List.of(
            middle(ByteBuffer.wrap(BYTES)),
            middle(ByteBuffer.wrap(BYTES)).slice(),
            middle(ByteBuffer.wrap(BYTES).asReadOnlyBuffer()),
            middle(direct()),
            middle(direct()).slice());
    for (ByteBuffer message : all) {
      int position = message.position();

      assertThat(read(message)).as(message.toString()).containsExactly(3, 4, 5, 6);
      assertThat(message.position()).isEqualTo(position);
      assertThat(message.remaining()).isEqualTo(4);
    }
  }

  @Test
  void givesTheBuffersOwnArrayWhereItShowsOne() {
    assertThat(buffers.array(ByteBuffer.wrap(BYTES))).isSameAs(BYTES);
  }

  @Test
  void copiesIntoOneArrayAgainAndAgain() {
    byte[] first = buffers.array(direct());

    assertThat(buffers.array(middle(direct()))).isSameAs(first).startsWith(3, 4, 5, 6);
  }
}
