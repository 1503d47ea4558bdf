package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.client.Position;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.PlainText;
import io.hydrasync.protocol.crypto.Hashes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where recv notes how far it has come in a session. Lines of ASCII: the position; how many bytes
 * of the output belong to it; {@code session} and the SHA-256 of the session's id, which older
 * files do not have. Replaced as a whole, so that whoever is killed in between leaves the old or
 * the new one.
 */
final class PositionFile {
  private static final int MAX_BYTES = 4 << 10;
  private static final Pattern BYTES = Pattern.compile("[0-9]{1,18}");
  private static final Pattern SESSION = Pattern.compile("session ([0-9a-f]{64})");

  private final Path file;
  private final Path next;
  private final String session;

  /**
   * A file.
   *
   * @param file need not exist
   * @param session of which a position is noted
   */
  PositionFile(Path file, SessionId session) {
    this.file = file;
    next = file.resolveSibling(file.getFileName() + ".new");
    this.session = "session " + HexFormat.of().formatHex(Hashes.sha256(session.toBytes()));
  }

  /**
   * What was noted.
   *
   * @param position how far the consumer had come
   * @param outputBytes length of the output then
   */
  record Note(Position position, long outputBytes) {}

  /**
   * The note of an earlier run, or empty if there is none.
   *
   * @throws IllegalArgumentException if the file holds something else, or a position of another
   *     session
   */
  Optional<Note> read() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> lines = PlainText.read(file, MAX_BYTES).lines().map(String::strip).toList();
    if (lines.isEmpty()) {
      throw malformed(1, "no position that recv has noted");
    }
    Position position;
    try {
      position = Position.parse(lines.get(0));
    } catch (IllegalArgumentException e) {
      throw malformed(1, e.getMessage());
    }
    if (lines.size() < 2 || !BYTES.matcher(lines.get(1)).matches()) {
      throw malformed(2, "the output's length is missing");
    }
    checkSession(lines);
    return Optional.of(new Note(position, Long.parseLong(lines.get(1))));
  }

  private void checkSession(List<String> lines) {
    if (lines.size() == 2) {
      return; // as it was once noted
    }
    if (lines.size() > 3 || !SESSION.matcher(lines.get(2)).matches()) {
      throw malformed(3, "more than a position that recv has noted");
    }
    if (!lines.get(2).equals(session)) {
      throw new IllegalArgumentException(
          file
              + " holds the position of another session ("
              + logName(lines.get(2))
              + ", this one is "
              + logName(session)
              + "); name another file, or delete it to begin this session anew");
    }
  }

  /** As a relay's log says it. */
  private static String logName(String line) {
    int begin = line.indexOf(' ') + 1;
    return line.substring(begin, begin + 8);
  }

  private IllegalArgumentException malformed(int line, String what) {
    return new IllegalArgumentException(file + ", line " + line + ": " + what);
  }

  void write(Position position, long outputBytes) throws IOException {
    String text = position.format() + "\n" + outputBytes + "\n" + session + "\n";
    Files.writeString(next, text, US_ASCII);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
