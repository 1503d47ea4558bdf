package io.hydrasync.cli;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where recv puts the payload. Small pieces are gathered until {@link #flush()}; large ones go
 * straight on. A file is left as it is until there is something to put into it. Not thread-safe.
 */
final class PayloadOutput implements Closeable {
  private static final int GATHERED = 64 << 10;
  private static final int LARGE = 32 << 10;

  /** The JDK copies a heap buffer into direct memory of the same size before it writes it. */
  private static final int LARGEST_WRITE = 256 << 10;

  private final Opening opening;
  private final ByteBuffer gathered = ByteBuffer.allocateDirect(GATHERED);
  private @Nullable WritableByteChannel channel;
  private long bytes;

  /** Makes or cuts a file. */
  private interface Opening {
    WritableByteChannel open() throws IOException;
  }

  PayloadOutput(WritableByteChannel channel) {
    this(() -> channel, 0);
  }

  private PayloadOutput(Opening opening, long bytes) {
    this.opening = opening;
    this.bytes = bytes;
  }

  /**
   * A file, which is not touched before it is written to or {@link #open() opened}, or stdout.
   *
   * @param keep how much of the file stays; what is behind is cut off
   * @throws IOException if it is plain that the file cannot be written
   */
  static PayloadOutput to(Optional<Path> file, long keep) throws IOException {
    if (file.isEmpty()) {
      return new PayloadOutput(() -> new FileOutputStream(FileDescriptor.out).getChannel(), keep);
    }
    check(file.get(), keep);
    return new PayloadOutput(() -> open(file.get(), keep), keep);
  }

  /** What can be told now need not wait for the first message. */
  private static void check(Path file, long keep) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "is a directory");
    }
    if (Files.exists(file)) {
      if (!Files.isWritable(file)) {
        throw new AccessDeniedException(file.toString());
      }
      checkLength(file, Files.isRegularFile(file) ? Files.size(file) : 0, keep);
      return;
    }
    checkLength(file, 0, keep);
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new NoSuchFileException(file.toString());
    }
    boolean isLink = Files.isSymbolicLink(file); // which leads to where it may be made
    if (!isLink && !Files.isWritable(parent)) {
      throw new AccessDeniedException(file.toString());
    }
  }

  private static void checkLength(Path file, long length, long keep) {
    if (length < keep) {
      throw new IllegalArgumentException(
          file + " is shorter than the position file says; remove both to begin anew");
    }
  }

  private static WritableByteChannel open(Path file, long keep) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (Files.isRegularFile(file)) { // a pipe or a terminal has no place to go to
        checkLength(file, channel.size(), keep);
        channel.truncate(keep).position(keep);
      }
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    return channel;
  }

  /** Makes the file, or cuts it. Later calls do nothing. */
  void open() throws IOException {
    channel();
  }

  private WritableByteChannel channel() throws IOException {
    WritableByteChannel opened = channel;
    if (opened == null) {
      opened = opening.open();
      channel = opened;
    }
    return opened;
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
    WritableByteChannel target = channel();
    try {
      while (data.position() < end) {
        data.limit(Math.min(end, data.position() + LARGEST_WRITE));
        target.write(data);
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

  /** Flushes, and closes the file if it was opened. */
  @Override
  public void close() throws IOException {
    try {
      flush();
    } finally {
      WritableByteChannel opened = channel;
      if (opened != null) {
        opened.close();
      }
    }
  }
}
