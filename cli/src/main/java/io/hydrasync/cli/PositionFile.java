package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.client.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * Where recv notes how far it has come: the position, and how many bytes of the output belong to
 * it. Replaced as a whole, so that whoever is killed in between leaves the old or the new one.
 */
final class PositionFile {
  private final Path file;
  private final Path next;

  PositionFile(Path file) {
    this.file = file;
    next = file.resolveSibling(file.getFileName() + ".new");
  }

  /**
   * What was noted.
   *
   * @param position how far the consumer had come
   * @param outputBytes length of the output then
   */
  record Note(Position position, long outputBytes) {}

  /** The note of an earlier run, or empty if there is none. */
  Optional<Note> read() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(file, US_ASCII);
    if (lines.size() != 2 || !lines.get(1).matches("[0-9]{1,18}")) {
      throw new IllegalArgumentException(file + " does not hold a position that recv has noted");
    }
    return Optional.of(new Note(Position.parse(lines.get(0)), Long.parseLong(lines.get(1))));
  }

  void write(Position position, long outputBytes) throws IOException {
    Files.writeString(next, position.format() + "\n" + outputBytes + "\n", US_ASCII);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
