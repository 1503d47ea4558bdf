package io.hydrasync.cli.pipe;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.UnusableStreamException;
import io.hydrasync.cli.file.Destination;
import io.hydrasync.cli.file.StandardStream;
import io.hydrasync.cli.process.Terminal;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where recv puts the payload. Small pieces are gathered until {@link #flush()}; large ones go
 * straight on. A file is left as it is until there is something to put into it. Not thread-safe.
 */
public final class PayloadOutput implements Closeable {
  private static final int GATHERED = 64 << 10;
  private static final int LARGE = 32 << 10;

  /** The JDK copies a heap buffer into direct memory of the same size before it writes it. */
  private static final int LARGEST_WRITE = 256 << 10;

  private final String name;
  private final boolean regular;
  private final boolean terminal;
  private final boolean standard;
  private final Opening opening;
  private final ByteBuffer gathered = ByteBuffer.allocateDirect(GATHERED);
  private @Nullable WritableByteChannel channel;
  private long bytes;

  /** Makes or cuts a file. */
  private interface Opening {
    WritableByteChannel open() throws IOException;
  }

  PayloadOutput(WritableByteChannel channel) {
    this("the output", false, false, false, () -> channel, 0);
  }

  private PayloadOutput(
      String name,
      boolean regular,
      boolean terminal,
      boolean standard,
      Opening opening,
      long bytes) {
    this.regular = regular;
    this.terminal = terminal;
    this.standard = standard;
    this.name = name;
    this.opening = opening;
    this.bytes = bytes;
  }

  /**
   * A file, which is not touched before it is written to or {@link #open() opened}; or stdout, or
   * whatever else the name leads to, which is written to as it is.
   *
   * @param file the name, {@code -} for stdout, or empty for stdout
   * @param keep how much of a regular file stays; what is behind is cut off
   * @param raw whether a terminal gets the bytes as they are, instead of what can be shown of them
   * @throws IOException if it is plain that it cannot be written
   */
  public static PayloadOutput to(Optional<Path> file, long keep, boolean raw) throws IOException {
    Destination destination = Destination.of(file.orElse(Destination.STDOUT));
    String name = destination.toString();
    if (destination instanceof Destination.Replaceable regular) {
      regular.check(Destination.Writing.CUT);
      checkLength(file.orElseThrow(), regular.exists() ? Files.size(regular.target()) : 0, keep);
      return new PayloadOutput(name, true, false, false, () -> open(regular.target(), keep), keep);
    }
    Destination.Special special = (Destination.Special) destination;
    boolean terminal = isTerminal(special, file);
    boolean shown = terminal && !raw;
    Opening opening =
        shown
            ? () -> new TerminalOutput(special.opening().open(), name, special.standard())
            : special.opening()::open;
    boolean standard = special.standard() && !shown;
    return new PayloadOutput(name, false, terminal, standard, opening, keep);
  }

  private static boolean isTerminal(Destination.Special special, Optional<Path> file) {
    if (!special.standard()) {
      return Terminal.isAt(file.orElseThrow());
    }
    return special.name().equals(StandardStream.STDERR.toString())
        ? Terminal.isStderr()
        : Terminal.isStdout();
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
      checkLength(file, channel.size(), keep);
      channel.truncate(keep).position(keep);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    return channel;
  }

  /** Whether it is seen on a terminal. */
  boolean isTerminal() {
    return terminal;
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

  /** Flushes, and hands what is in a regular file to its disk. */
  void force() throws IOException {
    flush();
    if (regular && channel instanceof FileChannel file) {
      try {
        file.force(false);
      } catch (IOException e) {
        throw Failures.writing(name, e);
      }
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
      throw e instanceof UnusableStreamException ? e : Failures.writing(name, e);
    } finally {
      data.limit(end);
    }
  }

  /** Bytes of the output so far, with those of an earlier run. */
  long bytes() {
    return bytes;
  }

  /**
   * Flushes, and closes the file if it was opened; the process goes on with its own descriptors.
   */
  @Override
  public void close() throws IOException {
    try {
      flush();
    } finally {
      WritableByteChannel opened = channel;
      if (opened != null && !standard) {
        opened.close();
      }
    }
  }
}
