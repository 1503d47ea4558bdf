package io.hydrasync.client.internal.files;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.client.internal.stream.EpochNumbers;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.check.PlainText;
import io.hydrasync.protocol.check.Reasons;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The number of a producer's last epoch, over the end of its process ({@code wire2.md} section 5):
 * with it a clock that was set back does not make a new process look stale to consumers. A number,
 * never a key or a salt. Not thread-safe.
 */
public final class LastEpoch implements EpochNumbers {
  private static final int MAX_BYTES = 1_024;

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
  public LastEpoch(Optional<Path> file) {
    this.file = file;
    last = file.filter(Files::exists).map(LastEpoch::read).orElse(0L);
  }

  private static long read(Path file) {
    try {
      return number(file, new ReplacedFile(file, MAX_BYTES).read());
    } catch (IOException e) {
      throw problem("cannot read the last epoch from " + file, e);
    }
  }

  private static long number(Path file, byte[] content) {
    try {
      String text = PlainText.decode(content).strip();
      if (text.matches("[1-9][0-9]{0,18}")) {
        return Long.parseLong(text);
      }
    } catch (IllegalArgumentException e) {
      // no text, or larger than a long: said below
    }
    throw new AuthenticationException(
        ErrorCode.STALE_EPOCH, file + " does not hold the number of an epoch");
  }

  @Override
  public String describe() {
    return "this producer's last epoch" + file.map(path -> " (in " + path + ")").orElse("") + " is";
  }

  @Override
  public long last() {
    return last;
  }

  /**
   * Notes an epoch. The number in the file never falls, also where several producers share it.
   *
   * @throws ConnectionException if it cannot be written
   * @throws InterruptedOperationException if the thread is interrupted, which a file does not bear
   */
  @Override
  public void note(long epoch) {
    last = epoch;
    if (file.isPresent()) {
      try {
        write(file.get(), epoch);
      } catch (IOException e) {
        throw problem("cannot write the last epoch to " + file.get(), e);
      }
    }
  }

  private static HydraException problem(String what, IOException e) {
    return e instanceof ClosedByInterruptException || e instanceof InterruptedIOException
        ? new InterruptedOperationException(what + ": interrupted", e)
        : new ConnectionException(ErrorCode.DISCONNECTED, what + ": " + Reasons.of(e), e);
  }

  private static void write(Path file, long epoch) throws IOException {
    new ReplacedFile(file, MAX_BYTES)
        .change(
            now ->
                now.length > 0 && number(file, now) >= epoch
                    ? Optional.empty()
                    : Optional.of((epoch + "\n").getBytes(US_ASCII)));
  }
}
