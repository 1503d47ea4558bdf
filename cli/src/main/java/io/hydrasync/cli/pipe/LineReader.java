package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Units;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream into lines of bytes. Holds one line, or what one read has given. Not thread-safe.
 */
final class LineReader {
  private static final int INITIAL = 64 << 10;

  private final InputStream in;
  private final int longest;
  private byte[] buffer = new byte[INITIAL];
  private ByteBuffer view = ByteBuffer.wrap(buffer);
  private int start;
  private int end;
  private int searched;
  private long lines;
  private boolean atEnd;

  /**
   * A reader.
   *
   * @param in where the lines come from, unbuffered
   * @param longest how many bytes a line may have
   */
  LineReader(InputStream in, int longest) {
    this.in = in;
    this.longest = longest;
  }

  /**
   * The next line.
   *
   * @return without its newline, valid until the next call; null at the end
   * @throws IOException if it cannot be read, or is too long
   */
  @Nullable ByteBuffer next() throws IOException {
    while (true) {
      for (; searched < end; searched++) {
        if (buffer[searched] == '\n') {
          return line(searched++);
        }
      }
      if (end - start > longest) {
        throw tooLong();
      }
      if (atEnd) {
        return start < end ? line(end) : null;
      }
      fill();
    }
  }

  private ByteBuffer line(int to) throws IOException {
    if (to - start > longest) {
      throw tooLong();
    }
    ByteBuffer line = view.limit(to).position(start);
    start = Math.min(to + 1, end);
    lines++;
    return line;
  }

  private IOException tooLong() {
    return new IOException(
        "line "
            + (lines + 1)
            + " is longer than "
            + Units.bytes(longest)
            + ", the largest message");
  }

  private void fill() throws IOException {
    if (start == end) {
      start = 0;
      end = 0;
      searched = 0;
    }
    if (end == buffer.length) {
      makeRoom();
    }
    int n = in.read(buffer, end, buffer.length - end);
    if (n < 0) {
      atEnd = true;
    } else {
      end += n;
    }
  }

  private void makeRoom() {
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      searched -= start;
      start = 0;
    } else {
      // one byte more than the longest line, for its newline or to see that it is too long
      buffer = Arrays.copyOf(buffer, (int) Math.min(2L * buffer.length, longest + 1L));
      view = ByteBuffer.wrap(buffer);
    }
  }
}
