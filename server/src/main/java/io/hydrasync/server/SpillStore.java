package io.hydrasync.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the logs of all sessions of a relay are spilled to: a private directory, a quota, and one
 * thread that does the I/O. Thread-safe.
 */
final class SpillStore {
  private static final String SUFFIX = ".segment";

  private final Path directory;
  private final boolean temporary;
  private final long quota;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong numbers = new AtomicLong();
  private final ExecutorService disk;

  private SpillStore(Path directory, boolean temporary, long quota) {
    this.directory = directory;
    this.temporary = temporary;
    this.quota = quota;
    disk =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "hydra-spill");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * A store in a fresh temporary directory, made when it is first needed by the JVM's own means.
   */
  static SpillStore temporary(long quota) {
    try {
      return new SpillStore(Files.createTempDirectory("hydra-spill"), true, quota);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a directory to spill to", e);
    }
  }

  /** A store in a directory of its own, from which the files of an earlier run are removed. */
  static SpillStore in(Path directory, long quota) {
    try {
      if (!Files.exists(directory)) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      if (Files.getPosixFilePermissions(directory).size() > 3) {
        throw new IllegalArgumentException(
            "the spill directory " + directory + " is open to others; run: chmod 700 " + directory);
      }
      SpillStore store = new SpillStore(directory, false, quota);
      store.sweep();
      return store;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use the spill directory " + directory, e);
    }
  }

  private void sweep() throws IOException {
    try (var files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  Executor disk() {
    return disk;
  }

  /** Where the next file may be. */
  Path newFile() {
    return directory.resolve(numbers.incrementAndGet() + SUFFIX);
  }

  /**
   * Whether a file is to lose its name as soon as it is open, so that nothing stays behind whatever
   * happens to this process. A directory that was given is swept instead, and shows what there is.
   */
  boolean isTemporary() {
    return temporary;
  }

  long used() {
    return used.get();
  }

  boolean tryReserve(long bytes) {
    if (used.addAndGet(bytes) <= quota) {
      return true;
    }
    used.addAndGet(-bytes);
    return false;
  }

  void release(long bytes) {
    used.addAndGet(-bytes);
  }

  /** Removes everything. */
  void close() {
    disk.shutdownNow();
    try {
      sweep();
      if (temporary) {
        Files.deleteIfExists(directory);
      }
    } catch (IOException e) {
      // a temporary directory may stay behind; one that was given is swept at the next start
    }
  }
}
