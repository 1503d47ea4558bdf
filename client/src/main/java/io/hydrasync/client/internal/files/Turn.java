package io.hydrasync.client.internal.files;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A writer's turn at a file: a lock of this JVM for each file, and within it the operating system's
 * lock of a file beside it, {@code NAME.lock}, which stays there. Not of the file itself, which is
 * another one after each change. The system's lock is waited for two seconds at most, by one thread
 * of the JVM: who holds it for longer has been stopped, and the next go without it until it is free
 * again. So a turn makes it unlikely, not impossible, that somebody else writes.
 */
final class Turn {
  private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final Set<StandardOpenOption> OPEN =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);

  /** For each file that has ever been changed here; the real path, whatever it was called. */
  private static final Map<Path, Place> PLACES = new ConcurrentHashMap<>();

  private static final class Place {
    final ReentrantLock lock = new ReentrantLock();

    /** Whether whoever holds the system's lock has been waited for in vain. */
    boolean stuck;
  }

  private final Place place;
  private final @Nullable FileChannel lockFile;

  private Turn(Place place, @Nullable FileChannel lockFile) {
    this.place = place;
    this.lockFile = lockFile;
  }

  /**
   * Waits for a turn.
   *
   * @param target the real path of the file
   * @throws InterruptedIOException if the thread is interrupted meanwhile
   */
  static Turn take(Path target) throws IOException {
    Place place = PLACES.computeIfAbsent(target, path -> new Place());
    try {
      place.lock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while another thread changes it");
    }
    @Nullable FileChannel channel = null;
    try {
      channel = open(target);
      if (channel != null) {
        place.stuck = !isLocked(channel, place.stuck ? 0 : LONGEST_WAIT_NANOS);
      }
      return new Turn(place, channel);
    } catch (IOException | RuntimeException | Error e) {
      new Turn(place, channel).end();
      throw e;
    }
  }

  /** Null where there is no writing here: whoever goes on then will hear of it. */
  private static @Nullable FileChannel open(Path target) {
    FileAttribute<?>[] attributes =
        target.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try {
      return FileChannel.open(
          target.resolveSibling(target.getFileName() + ".lock"), OPEN, attributes);
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean isLocked(FileChannel channel, long waitNanos) throws IOException {
    long began = System.nanoTime();
    while (!tryLock(channel)) {
      if (System.nanoTime() - began >= waitNanos) {
        return false;
      }
      LockSupport.parkNanos(LOOK_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted while another process changes it");
      }
    }
    return true;
  }

  private static boolean tryLock(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // by another copy of this class in this JVM
    } catch (IOException e) {
      return false; // a file system without locks
    }
  }

  /** Gives the turn to the next. To be called once, by the thread that took it. */
  void end() {
    try {
      if (lockFile != null) {
        lockFile.close(); // which unlocks
      }
    } catch (IOException e) {
      // the system has closed it all the same
    } finally {
      place.lock.unlock();
    }
  }
}
