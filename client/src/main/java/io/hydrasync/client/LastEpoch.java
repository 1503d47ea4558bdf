package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The number of a producer's last epoch, over the end of its process ({@code wire2.md} section 5):
 * with it a clock that was set back does not make a new process look stale to consumers. A number,
 * never a key or a salt. Not thread-safe.
 */
final class LastEpoch {
  private final Optional<Path> file;
  private long last;

  /**
   * The last epoch.
   *
   * @param file a text file with the number, need not exist; without it only this process's are
   *     known
   * @throws ConnectionException if it cannot be read
   * @throws AuthenticationException STALE_EPOCH if it holds something else: a new epoch might seem
   *     old then
   */
  LastEpoch(Optional<Path> file) {
    this.file = file;
    last = file.filter(Files::exists).map(LastEpoch::read).orElse(0L);
  }

  private static long read(Path file) {
    try {
      String text = Files.readString(file, US_ASCII).strip();
      if (text.matches("[1-9][0-9]{0,18}")) {
        return Long.parseLong(text);
      }
    } catch (IOException e) {
      throw problem("cannot read the last epoch from " + file, e);
    } catch (NumberFormatException e) {
      // said below
    }
    throw new AuthenticationException(
        ErrorCode.STALE_EPOCH, file + " does not hold the number of an epoch");
  }

  /** The number, 0 if there has been none. */
  long number() {
    return last;
  }

  /**
   * Notes an epoch, before its HEAD leaves: a crash may waste a number, never use one twice.
   *
   * @throws ConnectionException if it cannot be written
   * @throws InterruptedOperationException if the thread is interrupted, which a file does not bear
   */
  void note(long epoch) {
    last = epoch;
    if (file.isPresent()) {
      try {
        write(file.get().toAbsolutePath(), epoch);
      } catch (IOException e) {
        throw problem("cannot write the last epoch to " + file.get(), e);
      }
    }
  }

  private static HydraException problem(String what, IOException e) {
    return e instanceof ClosedByInterruptException
        ? new InterruptedOperationException(what + ": interrupted", e)
        : new ConnectionException(ErrorCode.DISCONNECTED, what + ": " + e, e);
  }

  private static void write(Path target, long epoch) throws IOException {
    Path directory = target.getParent();
    if (directory == null) {
      throw new IOException("it is no file");
    }
    Path fresh = Files.createTempFile(directory, ".epoch", null);
    try {
      try (FileChannel out = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        out.write(ByteBuffer.wrap((epoch + "\n").getBytes(US_ASCII)));
        out.force(true);
      }
      Files.move(
          fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }
}
