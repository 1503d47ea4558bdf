package io.hydrasync.server;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/**
 * One segment of a log on disk: ciphertext, as it was in memory. Written once, then read at any
 * place; both on an I/O thread. Thread-safe once it is written.
 */
final class SpillFile {
  private final Path path;
  private final int length;
  private final FileChannel channel;
  private final Consumer<IOException> onError;
  private volatile boolean deleted;

  private SpillFile(Path path, int length, FileChannel channel, Consumer<IOException> onError) {
    this.path = path;
    this.length = length;
    this.channel = channel;
    this.onError = onError;
  }

  /**
   * Writes a file.
   *
   * @param onError hears of a read that fails later
   */
  static SpillFile write(Path path, ByteBuffer bytes, Consumer<IOException> onError)
      throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      int length = bytes.remaining();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      return new SpillFile(path, length, channel, onError);
    } catch (IOException e) {
      channel.close();
      Files.deleteIfExists(path);
      throw e;
    }
  }

  int length() {
    return length;
  }

  /**
   * Reads bytes into an empty buffer. False if the file is gone, or fails, which {@code onError}
   * hears of.
   */
  boolean read(ByteBuf into, long offset, int bytes) {
    try {
      while (into.readableBytes() < bytes) {
        int n =
            into.writeBytes(channel, offset + into.readableBytes(), bytes - into.readableBytes());
        if (n < 0) {
          throw new IOException("the file is shorter than it was written");
        }
      }
      return true;
    } catch (IOException e) {
      if (!deleted) {
        onError.accept(e);
      }
      return false;
    }
  }

  /** Closes and deletes the file; nobody needs it any more. */
  void delete() {
    deleted = true;
    try {
      channel.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // swept at the next start
    }
  }
}
