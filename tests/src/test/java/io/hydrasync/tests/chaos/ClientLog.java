package io.hydrasync.tests.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What a client writes down of what it is told: each entry by one system call, so that what was
 * written survives its process. Beside it a text for what has no numbers. {@link #append} is for
 * one thread, {@link #say} for any.
 */
final class ClientLog implements AutoCloseable {
  /** What the name of each ends with. */
  static final String SUFFIX = ".log";

  /** And that of the text beside it. */
  static final String TEXT_SUFFIX = ".txt";

  private final FileChannel out;
  private final Path text;
  private final ByteBuffer buffer = ByteBuffer.allocate(Entry.LENGTH);

  ClientLog(Path directory, String name) throws IOException {
    out =
        FileChannel.open(
            directory.resolve(name + SUFFIX), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    text = directory.resolve(name + TEXT_SUFFIX);
  }

  void append(Entry entry) {
    try {
      entry.write(buffer.clear());
      out.write(buffer.flip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Something that must not be. */
  void say(String what) {
    try {
      String line = System.nanoTime() + " " + what.replace('\n', ' ') + "\n";
      Files.writeString(text, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
