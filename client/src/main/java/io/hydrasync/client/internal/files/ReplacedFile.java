package io.hydrasync.client.internal.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A small file that is only ever replaced as a whole: who reads it sees all of one version, and
 * needs no lock. Who changes it reads, compares and writes while nobody else's change can come in
 * between, whatever becomes of the others: killed, stopped, or without the lock.
 *
 * <p>{@link Turn} is how writers take turns, and only saves them the work in vain. What makes a
 * change safe is the claim: a file of its own beside the target that a writer
 *
 * <ol>
 *   <li>makes;
 *   <li>then deletes all other claims;
 *   <li>then reads the target;
 *   <li>then fills, and renames to the target, which fails if somebody has deleted it.
 * </ol>
 *
 * Of two changes of which one's renaming falls between the other's reading and renaming, one had
 * made its claim before the other looked for claims, so that one of them fails and begins again.
 *
 * <p>A symbolic link stays one: its target is replaced. Mode, owner and group stay where this
 * process may set them; a new file is its owner's only. Nothing but regular files is replaced;
 * {@code /dev/null} is a file that remembers nothing. Immutable and thread-safe.
 */
final class ReplacedFile {
  private static final Path NOWHERE = Path.of("/dev/null");
  private static final byte[] NOTHING = {};
  private static final int MOST_LINKS = 40;
  private static final int MOST_ATTEMPTS = 200;
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int CLAIM_BYTES = 8;
  private static final String CLAIM_END = ".new";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Set<StandardOpenOption> FRESH =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path file;
  private final int maxBytes;

  /** Decides what a file is to hold. Called once or several times. */
  interface Change {
    /**
     * The next version.
     *
     * @param now what the file holds, nothing if there is none
     * @return what it is to hold, or empty if it is to stay as it is
     */
    Optional<byte[]> of(byte[] now) throws IOException;
  }

  /**
   * A file.
   *
   * @param file need not exist, nor its directory
   * @param maxBytes the most that is read or written
   */
  ReplacedFile(Path file, int maxBytes) {
    this.file = file;
    this.maxBytes = maxBytes;
  }

  /**
   * What the file holds, nothing if there is none.
   *
   * @throws IOException if it cannot be read, is too large or no regular file
   */
  byte[] read() throws IOException {
    return read(file);
  }

  private byte[] read(Path from) throws IOException {
    if (!isThere(from)) {
      return NOTHING;
    }
    try (InputStream in = Files.newInputStream(from)) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      requireLength(bytes);
      return bytes;
    } catch (NoSuchFileException e) {
      return NOTHING; // deleted at this moment
    }
  }

  /** Not there is one thing; not to be seen, or no file, is another, and an error. */
  private static boolean isThere(Path file) throws IOException {
    try {
      if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
        if (file.equals(NOWHERE)) {
          return false;
        }
        throw new IOException("it is not a regular file"); // opening a pipe would wait for ever
      }
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void requireLength(byte[] bytes) throws IOException {
    if (bytes.length > maxBytes) {
      throw new IOException("it has more than " + maxBytes + " bytes");
    }
  }

  /**
   * Changes the file. Where nothing is to be changed nothing is written, so that a file that may
   * only be read will do.
   *
   * @return whether it was changed
   * @throws InterruptedIOException if the thread is interrupted while it waits
   * @throws IOException if that cannot be done; the file is as it was then
   */
  boolean change(Change change) throws IOException {
    if (change.of(read(file)).isEmpty()) {
      return false;
    }
    Path target = target();
    if (target.equals(NOWHERE)) {
      return true;
    }
    if (Files.exists(target)
        && !Files.isWritable(target)) { // a directory would let us all the same
      throw new IOException("it may only be read");
    }
    Turn turn = Turn.take(target);
    try {
      for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        Optional<byte[]> next = change.of(read(target));
        if (next.isEmpty()) {
          return false;
        }
        if (replace(target, change)) {
          return true;
        }
        pause();
      }
    } finally {
      turn.end();
    }
    throw new IOException("others change it all the time");
  }

  /** The file itself, behind all symbolic links; it need not exist, its directory does then. */
  private Path target() throws IOException {
    Path target = file.toAbsolutePath();
    for (int i = 0; Files.isSymbolicLink(target); i++) {
      if (i == MOST_LINKS) {
        throw new FileSystemLoopException(file.toString());
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    Path directory = target.getParent();
    Path name = target.getFileName();
    if (directory == null || name == null) {
      throw new IOException("it is no file");
    }
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
    }
    return directory.toRealPath().resolve(name);
  }

  /** Makes one attempt; false if somebody else's came in between. */
  private boolean replace(Path target, Change change) throws IOException {
    String prefix = "." + target.getFileName() + ".";
    byte[] id = new byte[CLAIM_BYTES];
    RANDOM.nextBytes(id);
    Path claim = target.resolveSibling(prefix + HexFormat.of().formatHex(id) + CLAIM_END);
    FileAttribute<?>[] attributes =
        isPosix(target) ? new FileAttribute<?>[] {OWNER_ONLY} : new FileAttribute<?>[0];
    try (FileChannel channel = FileChannel.open(claim, FRESH, attributes)) {
      deleteClaims(target, prefix, claim);
      Optional<byte[]> next = change.of(read(target));
      if (next.isEmpty()) {
        return false;
      }
      requireLength(next.get());
      ByteBuffer bytes = ByteBuffer.wrap(next.get());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      return isPutInPlace(channel, claim, target);
    } finally {
      Files.deleteIfExists(claim);
    }
  }

  private static boolean isPutInPlace(FileChannel channel, Path claim, Path target)
      throws IOException {
    try {
      if (isPosix(target) && Files.exists(target)) {
        keepAttributes(target, claim);
      }
      channel.force(true);
      Files.move(
          claim, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (NoSuchFileException e) {
      return false;
    }
    Path directory = target.getParent();
    if (directory != null) {
      sync(directory);
    }
    return true;
  }

  private static void deleteClaims(Path target, String prefix, Path own) throws IOException {
    int length = prefix.length() + 2 * CLAIM_BYTES + CLAIM_END.length();
    DirectoryStream.Filter<Path> claims =
        path -> {
          String name = String.valueOf(path.getFileName());
          return name.length() == length
              && name.startsWith(prefix)
              && name.endsWith(CLAIM_END)
              && !path.getFileName().equals(own.getFileName());
        };
    Path directory = target.getParent();
    if (directory == null) {
      return;
    }
    try (DirectoryStream<Path> others = Files.newDirectoryStream(directory, claims)) {
      for (Path other : others) {
        Files.deleteIfExists(other);
      }
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static void keepAttributes(Path from, Path to) throws IOException {
    PosixFileAttributes old = Files.readAttributes(from, PosixFileAttributes.class);
    PosixFileAttributes fresh = Files.readAttributes(to, PosixFileAttributes.class);
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    try {
      if (!old.owner().equals(fresh.owner())) {
        view.setOwner(old.owner());
      }
      if (!old.group().equals(fresh.group())) {
        view.setGroup(old.group());
      }
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      return; // not ours to give away: it becomes ours, and stays readable by us only
    }
    view.setPermissions(old.permissions());
  }

  /**
   * So that the name is there after a power failure, too; not every system lets a directory be
   * opened.
   */
  private static void sync(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // the file is whole in any case
    }
  }

  private static void pause() throws InterruptedIOException {
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_PAUSE_NANOS) + 1);
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted while others change it");
    }
  }
}
