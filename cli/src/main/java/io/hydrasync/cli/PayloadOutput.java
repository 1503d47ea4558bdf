package io.hydrasync.cli;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Where recv puts the payload. Small pieces are gathered until {@link #flush()}; large ones go
 * straight on. Not thread-safe.
 */
final class PayloadOutput implements Closeable {
  private static final int GATHERED = 64 << 10;
  private static final int LARGE = 32 << 10;

  /** The JDK copies a heap buffer into direct memory of the same size before it writes it. */
  private static final int LARGEST_WRITE = 256 << 10;

  private final WritableByteChannel channel;
  private final ByteBuffer gathered = ByteBuffer.allocateDirect(GATHERED);
  private long bytes;

  PayloadOutput(WritableByteChannel channel) {
    this(channel, 0);
  }

  private PayloadOutput(WritableByteChannel channel, long bytes) {
    this.channel = channel;
    this.bytes = bytes;
  }

  /**
   * A file, made when absent, or stdout.
   *
   * @param keep how much of the file stays; what is behind is cut off
   */
  @SuppressWarnings("resource") // the channel is closed with this output, stdout stays open
  static PayloadOutput open(Optional<Path> file, long keep) throws IOException {
    if (file.isEmpty()) {
      return new PayloadOutput(new FileOutputStream(FileDescriptor.out).getChannel(), keep);
    }
    FileChannel channel =
        FileChannel.open(file.get(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (channel.size() < keep) {
      channel.close();
      throw new IllegalArgumentException(
          file.get() + " is shorter than the position file says; remove both to begin anew");
    }
    channel.truncate(keep).position(keep);
    return new PayloadOutput(channel, keep);
  }

  /** Takes all that is in the buffer, which may be used again afterwards. */
  void write(ByteBuffer data) throws IOException {
    int length = data.remaining();
    bytes += length;
    if (length > gathered.remaining() || length >= LARGE) {
      flush();
    }
    if (length >= LARGE) {
      drain(data);
    } else {
      gathered.put(data);
    }
  }

  void newline() throws IOException {
    if (!gathered.hasRemaining()) {
      flush();
    }
    gathered.put((byte) '\n');
    bytes++;
  }

  /** Hands what was gathered to the operating system. */
  void flush() throws IOException {
    if (gathered.position() > 0) {
      gathered.flip();
      drain(gathered);
      gathered.clear();
    }
  }

  private void drain(ByteBuffer data) throws IOException {
    int end = data.limit();
    try {
      while (data.position() < end) {
        data.limit(Math.min(end, data.position() + LARGEST_WRITE));
        channel.write(data);
      }
    } catch (IOException e) {
      gathered.clear(); // not to be tried again
      throw Failures.isBrokenPipe(e) ? new BrokenPipeException(e) : e;
    } finally {
      data.limit(end);
    }
  }

  /** Bytes of the output so far, with those of an earlier run. */
  long bytes() {
    return bytes;
  }

  /** Flushes, and closes the file. */
  @Override
  public void close() throws IOException {
    try (channel) {
      flush();
    }
  }
}
