package io.hydrasync.tests.chaos;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads what has been added to a {@link ClientLog}. For one thread. */
final class LogTail {
  private static final int AT_ONCE = 4096 * Entry.LENGTH;

  private final Path entries;
  private final Path text;
  private long entriesRead;
  private int linesRead;

  LogTail(Path directory, String name) {
    entries = directory.resolve(name + ClientLog.SUFFIX);
    text = directory.resolve(name + ClientLog.TEXT_SUFFIX);
  }

  /** The whole entries that have come since this was asked last. */
  List<Entry> entries() throws IOException {
    List<Entry> found = new ArrayList<>();
    if (!Files.exists(entries)) {
      return found; // its client has not begun
    }
    try (FileChannel in = FileChannel.open(entries)) {
      ByteBuffer buffer = ByteBuffer.allocate(AT_ONCE);
      while (in.read(buffer.clear(), entriesRead) >= Entry.LENGTH) {
        buffer.flip();
        while (buffer.remaining() >= Entry.LENGTH) {
          found.add(Entry.read(buffer));
          entriesRead += Entry.LENGTH;
        }
      }
    }
    return found;
  }

  /** The lines that have come since this was asked last. */
  List<String> lines() throws IOException {
    if (!Files.exists(text)) {
      return List.of();
    }
    List<String> all = Files.readAllLines(text);
    List<String> fresh = all.subList(Math.min(linesRead, all.size()), all.size());
    linesRead = all.size();
    return fresh;
  }
}
