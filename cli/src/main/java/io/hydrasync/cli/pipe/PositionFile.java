package io.hydrasync.cli.pipe;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.file.Destination;
import io.hydrasync.cli.file.WholeFile;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.PlainText;
import io.hydrasync.protocol.crypto.Hashes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Where recv notes how far it has come in a session. Lines of ASCII: the position; how many bytes
 * of the output belong to it; {@code session} and the SHA-256 of the session's id, which older
 * files do not have. Replaced as a whole, behind symbolic links, so that whoever is killed in
 * between leaves the old or the new one.
 *
 * <p>A machine that loses its power is another matter: only a note that was forced is certainly on
 * the disk, together with the output that belongs to it. {@link Receiving} forces the last one of a
 * run, and others as seldom as {@link #isForceDue} says, because that can take longer than a
 * mebibyte takes to come. After a power failure a note that was not forced may be damaged, or tell
 * of more output than is there; the next run says so and does nothing.
 */
public final class PositionFile {
  private static final Set<StandardOpenOption> FRESH = Set.of(CREATE, WRITE, TRUNCATE_EXISTING);

  private static final int MAX_BYTES = 4 << 10;
  private static final Pattern BYTES = Pattern.compile("[0-9]{1,18}");
  private static final Pattern SESSION = Pattern.compile("session ([0-9a-f]{64})");

  private static final long SHORTEST_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How much longer the time between two forced notes is than what forcing takes. */
  private static final long RARITY = 10;

  private final Path file;
  private final Path target;
  private final Path next;
  private final String session;
  private long forceDue = System.nanoTime() + SHORTEST_NANOS;

  /**
   * A file.
   *
   * @param file need not exist
   * @param session of which a position is noted
   * @throws IOException if no note can live there
   */
  public PositionFile(Path file, SessionId session) throws IOException {
    this.file = file;
    if (!(Destination.of(file) instanceof Destination.Replaceable regular)) {
      throw new IOException(file + " is no regular file, so that no position can be kept in it");
    }
    regular.check(Destination.Writing.REPLACED);
    target = regular.target();
    next = target.resolveSibling(target.getFileName() + ".new");
    if (Files.exists(next) && !Files.isRegularFile(next)) {
      throw new IOException(next + " is in the way: the next note is written there");
    }
    this.session = "session " + HexFormat.of().formatHex(Hashes.sha256(session.toBytes()));
  }

  /**
   * What was noted.
   *
   * @param position how far the consumer had come
   * @param outputBytes length of the output then
   */
  public record Note(Position position, long outputBytes) {}

  /**
   * The note of an earlier run, or empty if there is none.
   *
   * @throws IllegalArgumentException if the file holds something else, or a position of another
   *     session
   */
  public Optional<Note> read() throws IOException {
    if (!Files.exists(target)) {
      return Optional.empty();
    }
    List<String> lines = PlainText.read(target, MAX_BYTES).lines().map(String::strip).toList();
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

  /** Whether the next note is to be forced. */
  boolean isForceDue() {
    return System.nanoTime() - forceDue >= 0;
  }

  /**
   * Tells how long forcing has taken, output and note.
   *
   * @param began as {@link System#nanoTime} was
   */
  void forced(long began) {
    long now = System.nanoTime();
    forceDue = now + Math.max(SHORTEST_NANOS, RARITY * (now - began));
  }

  /**
   * Replaces the note.
   *
   * @param force whether it is to be on the disk when this returns
   * @throws IOException if it cannot be written; the old one is there then
   */
  public void write(Position position, long outputBytes, boolean force) throws IOException {
    byte[] note =
        (position.format() + "\n" + outputBytes + "\n" + session + "\n").getBytes(US_ASCII);
    try {
      try (FileChannel channel = FileChannel.open(next, FRESH)) {
        WholeFile.writeAll(channel, note);
        if (force) {
          channel.force(false);
        }
      }
      Files.move(next, target, ATOMIC_MOVE, REPLACE_EXISTING);
      if (force) {
        WholeFile.syncDirectory(target);
      }
    } catch (IOException e) {
      throw new IOException("cannot note the position in " + file + ": " + Failures.describe(e), e);
    }
  }
}
