package io.hydrasync.client.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.wire.Frames;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class FrameReaderTest {
  private static byte[] frame(int bodyBytes, int fill) {
    byte[] frame = new byte[Frames.PREFIX + bodyBytes];
    Arrays.fill(frame, (byte) fill);
    Frames.putU32(frame, 0, 1 + bodyBytes);
    return frame;
  }

  /** Gives the bytes in random pieces, and a timeout between any two of them. */
  private static final class Dribble extends InputStream {
    private final byte[] bytes;
    private final Random random;
    private int at;
    private boolean timeout;

    Dribble(byte[] bytes, long seed) {
      this.bytes = bytes;
      random = new Random(seed);
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      timeout = !timeout;
      if (timeout) {
        throw new SocketTimeoutException("nothing yet");
      }
      if (at == bytes.length) {
        return -1;
      }
      int n = Math.min(1 + random.nextInt(9000), Math.min(length, bytes.length - at));
      System.arraycopy(bytes, at, to, offset, n);
      at += n;
      return n;
    }
  }

  /** Gives one byte at each read, for ever, and takes a moment for each. */
  private static final class Drip extends InputStream {
    private final byte[] beginning;
    private int given;

    Drip(byte[] beginning) {
      this.beginning = beginning;
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(byte[] to, int offset, int length) {
      LockSupport.parkNanos(1_000_000);
      to[offset] = given < beginning.length ? beginning[given] : 0;
      given++;
      return 1;
    }
  }

  @Test
  void isNotHeldByAPeerThatSendsByteByByte() {
    FrameReader reader = new FrameReader(new Drip(new byte[] {0, 1, 0, 0}));

    assertThatThrownBy(() -> reader.next(50)).isInstanceOf(SocketTimeoutException.class);
    assertThatThrownBy(() -> reader.next(50)).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void believesNoLimitAboveTheLargestFrameOfTheWire() {
    byte[] beginning = {0x7F, -1, -1, -1, 0x11};
    FrameReader reader = new FrameReader(new ByteArrayInputStream(beginning));
    reader.maxLen(Integer.MAX_VALUE);

    assertThatThrownBy(() -> reader.next(0)).isInstanceOf(AuthenticationException.class);
  }

  private static boolean next(FrameReader reader) throws IOException {
    while (true) {
      try {
        return reader.next(0);
      } catch (SocketTimeoutException e) {
        // the call can be made again
      }
    }
  }

  @Test
  void findsEveryFrameHoweverTheBytesCome() throws IOException {
    int[] sizes = {0, 1, 8, 70_000, 3, 200_000, 65_536, 1_000_000, 2};
    ByteBuffer all = ByteBuffer.allocate(2_000_000);
    for (int i = 0; i < sizes.length; i++) {
      all.put(frame(sizes[i], i));
    }
    for (long seed = 0; seed < 50; seed++) {
      FrameReader reader =
          new FrameReader(new Dribble(Arrays.copyOf(all.array(), all.position()), seed));
      for (int i = 0; i < sizes.length; i++) {
        assertThat(next(reader)).isTrue();
        byte[] seen =
            Arrays.copyOfRange(reader.buffer(), reader.offset(), reader.offset() + reader.length());
        assertThat(seen).as("frame %s, seed %s", i, seed).isEqualTo(frame(sizes[i], i));
      }
      assertThat(next(reader)).isFalse();
      assertThat(reader.buffer()).as("no larger than the largest frame").hasSize(1_000_005);
    }
  }

  @Test
  void takesNoMemoryForAnAnnouncedLength() throws IOException {
    byte[] header = new byte[Frames.PREFIX];
    Frames.putU32(header, 0, Frames.MAX_LEN);
    FrameReader reader = new FrameReader(new ByteArrayInputStream(header));

    assertThatThrownBy(() -> reader.next(0)).isInstanceOf(EOFException.class);
    assertThat(reader.buffer()).hasSize(64 << 10);
  }

  @Test
  void refusesImpossibleLengths() {
    for (int length : new int[] {0, Frames.MAX_LEN + 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
      byte[] header = new byte[Frames.PREFIX];
      Frames.putU32(header, 0, length);
      FrameReader reader = new FrameReader(new ByteArrayInputStream(header));

      assertThatThrownBy(() -> reader.next(0)).isInstanceOf(AuthenticationException.class);
    }
  }

  // ---- frames of one length ----

  @Test
  void cutsFramesOfOneLengthHoweverTheBytesCome() throws IOException {
    for (int length : new int[] {29, 44, 16_412, 65_536, 65_564, 200_000}) {
      byte[] all = new byte[7 * length];
      new Random(length).nextBytes(all);
      for (long seed = 0; seed < 10; seed++) {
        FrameReader reader = new FrameReader(new Dribble(all, seed));
        reader.fixedLength(length);
        for (int i = 0; i < 7; i++) {
          assertThat(next(reader)).isTrue();
          assertThat(reader.length()).isEqualTo(length);
          assertThat(
                  Arrays.equals(
                      reader.buffer(),
                      reader.offset(),
                      reader.offset() + length,
                      all,
                      i * length,
                      (i + 1) * length))
              .as("frame %s of %s, seed %s", i, length, seed)
              .isTrue();
        }
        assertThat(reader.isNextBuffered()).isFalse();
        assertThat(next(reader)).isFalse();
        assertThat(reader.buffer().length).isEqualTo(Math.max(64 << 10, length));
      }
    }
  }

  @Test
  void knowsWhetherTheNextFrameOfOneLengthIsHere() throws IOException {
    FrameReader reader = new FrameReader(new ByteArrayInputStream(new byte[3 * 40 - 1]));
    reader.fixedLength(40);

    assertThat(reader.isNextBuffered()).isFalse();
    assertThat(reader.next(0)).isTrue();
    assertThat(reader.isNextBuffered()).isTrue();
    assertThat(reader.next(0)).isTrue();
    assertThat(reader.isNextBuffered()).as("a byte is missing").isFalse();
    assertThatThrownBy(() -> reader.next(0)).isInstanceOf(EOFException.class);
  }

  @Test
  void takesNoMemoryForTheLengthThatAllHave() {
    FrameReader reader = new FrameReader(new ByteArrayInputStream(new byte[100]));
    reader.fixedLength(10 << 20);

    assertThatThrownBy(() -> reader.next(0)).isInstanceOf(EOFException.class);
    assertThat(reader.buffer()).hasSize(64 << 10);
  }
}
