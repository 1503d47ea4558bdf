package io.hydrasync.server.internal.spill;

import io.hydrasync.protocol.check.Reasons;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the logs of all sessions of a relay are spilled to: a private directory, a quota, and one
 * thread that does the I/O. Thread-safe.
 */
public final class SpillStore {
  private static final String SUFFIX = ".segment";

  private final PrivateDirectory directory;
  private final boolean temporary;
  private final long quota;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong numbers = new AtomicLong();
  private final ExecutorService disk;

  private SpillStore(PrivateDirectory directory, boolean temporary, long quota) {
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
  public static SpillStore temporary(long quota) {
    try {
      return new SpillStore(PrivateDirectory.temporary("hydra-spill"), true, quota);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a directory to spill to: " + Reasons.of(e), e);
    }
  }

  /**
   * A store in a directory of its own, from which the files of an earlier run are removed.
   *
   * @throws IllegalArgumentException if others could read or change what is in it
   * @throws UncheckedIOException if it cannot be used
   */
  public static SpillStore in(Path path, long quota) {
    try {
      SpillStore store = new SpillStore(PrivateDirectory.of(path), false, quota);
      store.sweep();
      return store;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use the spill directory " + Reasons.of(path, e), e);
    }
  }

  /**
   * Looks whether a directory could be used, as far as that shows without making anything.
   *
   * @throws IllegalArgumentException if others could read or change what is in it
   * @throws UncheckedIOException if it cannot be used
   */
  public static void check(Path path) {
    try {
      PrivateDirectory.check(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use the spill directory " + Reasons.of(path, e), e);
    }
  }

  private void sweep() throws IOException {
    try (var files = Files.newDirectoryStream(directory.path(), "*" + SUFFIX)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  public Executor disk() {
    return disk;
  }

  /**
   * Where the next file may be.
   *
   * @throws IOException if the directory is another one now
   */
  public Path newFile() throws IOException {
    return directory.resolve(numbers.incrementAndGet() + SUFFIX);
  }

  /**
   * Whether a file is to lose its name as soon as it is open, so that nothing stays behind whatever
   * happens to this process. A directory that was given is swept instead, and shows what there is.
   */
  public boolean isTemporary() {
    return temporary;
  }

  long used() {
    return used.get();
  }

  public boolean tryReserve(long bytes) {
    if (used.addAndGet(bytes) <= quota) {
      return true;
    }
    used.addAndGet(-bytes);
    return false;
  }

  public void release(long bytes) {
    used.addAndGet(-bytes);
  }

  /** Removes everything. */
  void close() {
    disk.shutdownNow();
    try {
      sweep();
      if (temporary) {
        Files.deleteIfExists(directory.path());
      }
    } catch (IOException e) {
      // a temporary directory may stay behind; one that was given is swept at the next start
    }
  }
}
