package io.hydrasync.server.internal.spill;

import io.hydrasync.protocol.check.Reasons;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One segment of a log on disk: ciphertext, as it was in memory. Written once, then read at any
 * place; both on an I/O thread. Thread-safe once it is written.
 */
public final class SpillFile {
  private static final Set<OpenOption> OPEN =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  private static final int PIECE = 32 << 10;

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
   * Writes a file, readable by its owner only.
   *
   * @param temporary whether it goes when it is closed; its name at once, where the system can do
   *     that
   * @param onError hears of a read that fails later
   */
  public static SpillFile write(
      Path path, boolean temporary, ByteBuffer bytes, Consumer<IOException> onError)
      throws IOException {
    Set<OpenOption> options = new HashSet<>(OPEN);
    if (temporary) {
      options.add(StandardOpenOption.DELETE_ON_CLOSE);
    }
    FileChannel channel = FileChannel.open(path, options, PrivateDirectory.ownerOnly(path));
    try {
      int length = bytes.remaining();
      int end = bytes.limit();
      while (bytes.position() < end) {
        // In pieces, so that threads that serve consumers get the processor in between.
        bytes.limit(Math.min(end, bytes.position() + PIECE));
        channel.write(bytes);
        Thread.yield();
      }
      return new SpillFile(path, length, channel, onError);
    } catch (Throwable e) {
      channel.close();
      Files.deleteIfExists(path);
      if (e instanceof IOException problem) {
        throw named(path, problem);
      }
      throw e;
    }
  }

  /** A disk that is full does not say for which file. */
  private static IOException named(Path path, IOException problem) {
    return new IOException(Reasons.of(path, problem), problem);
  }

  public int length() {
    return length;
  }

  /**
   * Reads bytes into an empty buffer. False if the file is gone, or fails, which {@code onError}
   * hears of.
   */
  public boolean read(ByteBuf into, long offset, int bytes) {
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
      return failed(e);
    } catch (RuntimeException | Error e) { // no memory for the copy, for example
      return failed(new IOException(Reasons.of(e), e));
    }
  }

  private boolean failed(IOException problem) {
    if (!deleted) {
      onError.accept(named(path, problem));
    }
    return false;
  }

  /** Closes and deletes the file; nobody needs it any more. */
  public void delete() {
    deleted = true;
    try {
      channel.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // swept at the next start
    }
  }
}
