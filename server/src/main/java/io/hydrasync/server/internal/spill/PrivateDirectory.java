package io.hydrasync.server.internal.spill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory that belongs to this process's user, that nobody else may enter, and that nobody else
 * can put another one in the place of: neither it nor a directory above it may be written by
 * others, but for those with the sticky bit, such as /tmp. Where the file system knows no POSIX
 * modes only that it is a directory is checked: its access control is the operator's then.
 * Immutable and thread-safe.
 */
final class PrivateDirectory {
  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");
  private static final int WRITABLE_BY_OTHERS = 0022;
  private static final int STICKY = 01000;

  private final Path path;
  private final @Nullable Object identity;

  private PrivateDirectory(Path path) throws IOException {
    this.path = path;
    identity = identity(path);
  }

  /** A new one for temporary files, with mode 0700. */
  static PrivateDirectory temporary(String prefix) throws IOException {
    return new PrivateDirectory(Files.createTempDirectory(prefix));
  }

  /**
   * One that was given; made with mode 0700 if it is absent. Symbolic links are followed now, and
   * not again.
   *
   * @throws IllegalArgumentException if somebody else could read or change what is in it; the
   *     message says what to do
   * @throws IOException if it cannot be made or looked at, or files cannot be made in it
   */
  static PrivateDirectory of(Path given) throws IOException {
    boolean posix = isPosix(given);
    if (!Files.exists(given)) {
      Files.createDirectories(given, posix ? attributes("rwx------") : new FileAttribute<?>[0]);
    }
    check(given);
    Path path = given.toRealPath();
    if (posix) {
      requireOwned(given, path);
    }
    return new PrivateDirectory(path);
  }

  /**
   * Looks at one that was given and makes nothing; of one that is absent nothing is known.
   *
   * @throws IllegalArgumentException if somebody else could read or change what is in it
   * @throws IOException if it cannot be looked at
   */
  static void check(Path given) throws IOException {
    if (!Files.exists(given)) {
      return;
    }
    Path path = given.toRealPath();
    if (!Files.isDirectory(path)) {
      throw new NotDirectoryException(given.toString());
    }
    if (isPosix(given)) {
      if (Files.getPosixFilePermissions(path).stream().anyMatch(OTHERS::contains)) {
        throw new IllegalArgumentException(
            "the spill directory " + given + " is open to others; run: chmod 700 " + given);
      }
      requireSafeAbove(given, path);
    }
  }

  /** Who this process is shows by a file that it makes: a user may have no name. */
  private static void requireOwned(Path given, Path path) throws IOException {
    Path probe = Files.createTempFile(path, ".owner", null);
    try {
      UserPrincipal owner = Files.getOwner(path);
      if (!owner.equals(Files.getOwner(probe))) {
        throw new IllegalArgumentException(
            "the spill directory "
                + given
                + " belongs to "
                + owner.getName()
                + ", not to the user of this relay; give it one of its own");
      }
    } finally {
      Files.delete(probe);
    }
  }

  private static void requireSafeAbove(Path given, Path path) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return; // there is no way to see a sticky bit
    }
    for (Path above = path.getParent(); above != null; above = above.getParent()) {
      int mode = (Integer) Files.getAttribute(above, "unix:mode");
      if ((mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
        throw new IllegalArgumentException(
            "others may write to "
                + above
                + " and so put another directory in the place of the spill directory "
                + given
                + "; run: chmod go-w "
                + above);
      }
    }
  }

  Path path() {
    return path;
  }

  /**
   * A place in it.
   *
   * @throws IOException if it is not the directory any more that it was
   */
  Path resolve(String name) throws IOException {
    if (identity != null && !identity.equals(identity(path))) {
      throw new IOException(path + " has been replaced by another directory");
    }
    return path.resolve(name);
  }

  /** Which directory it is; null where the file system does not tell. */
  private static @Nullable Object identity(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** How a file is made that only its owner can read, where the file system knows modes. */
  static FileAttribute<?>[] ownerOnly(Path path) {
    return isPosix(path) ? attributes("rw-------") : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static FileAttribute<?>[] attributes(String mode) {
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))
    };
  }
}
