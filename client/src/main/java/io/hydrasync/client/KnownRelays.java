package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.check.Arguments;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Trust on first use: a text file of lines {@code host:port key}, appended to when a relay is
 * joined for the first time ({@code wire2.md} section 1). Keys given by ticket or option go before
 * it and are not written to it. Thread-safe, and safe for use by several processes: who changes the
 * file waits for the others that do, for ten seconds at most.
 */
public final class KnownRelays {
  private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /**
   * A file's lock is the whole JVM's, so that its threads need one of their own, for each file that
   * has ever been changed here.
   */
  private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

  private final Path file;

  /**
   * A file of known relays.
   *
   * @param file need not exist
   */
  public KnownRelays(Path file) {
    this.file = Arguments.given(file, "a file of known relays");
  }

  /**
   * The key that a relay had at its first use.
   *
   * @param where host:port
   * @return the key, or empty if the relay is not known yet
   * @throws UncheckedIOException if the file cannot be read
   * @throws IllegalArgumentException if the relay's line holds no key
   */
  public Optional<RelayKey> find(String where) {
    Arguments.given(where, "a relay");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (var lines = Files.lines(file)) {
      return lines
          .map(line -> line.strip().split("\\s+"))
          .filter(parts -> parts.length == 2 && parts[0].equals(where))
          .findFirst()
          .map(parts -> RelayKey.parse(parts[1]));
    } catch (IOException e) {
      throw unreadable(e);
    } catch (UncheckedIOException e) { // from the lines
      throw unreadable(e.getCause());
    }
  }

  private UncheckedIOException unreadable(IOException problem) {
    return new UncheckedIOException(
        "cannot read the known relays in " + file + ": " + problem, problem);
  }

  private UncheckedIOException unwritable(IOException problem) {
    return new UncheckedIOException(
        "cannot write the known relays in " + file + ": " + problem, problem);
  }

  /**
   * All that are remembered, in the order of their first use. Lines that hold no key are left out.
   *
   * @return host:port and key, a copy
   * @throws UncheckedIOException if the file cannot be read
   */
  public Map<String, RelayKey> all() {
    Map<String, RelayKey> found = new LinkedHashMap<>();
    for (String line : lines()) {
      String[] parts = line.strip().split("\\s+");
      if (parts.length == 2) {
        try {
          found.putIfAbsent(parts[0], RelayKey.parse(parts[1]));
        } catch (IllegalArgumentException e) {
          // somebody's remark
        }
      }
    }
    return found;
  }

  private List<String> lines() {
    try {
      return Files.exists(file) ? Files.readAllLines(file, UTF_8) : List.of();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Forgets a relay: its next use counts as the first. All other lines stay as they are.
   *
   * @param where host:port
   * @return false if it was not known
   * @throws UncheckedIOException if the file cannot be read or written
   */
  public boolean forget(String where) {
    Arguments.given(where, "a relay");
    return Files.exists(file)
        && locked(
            channel -> {
              List<String> all = lines();
              List<String> kept = all.stream().filter(line -> !isOf(where, line)).toList();
              if (kept.size() < all.size()) {
                String text = kept.stream().map(line -> line + "\n").collect(joining());
                write(channel, text);
                channel.truncate(channel.position());
              }
              return kept.size() < all.size();
            },
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
  }

  private static boolean isOf(String where, String line) {
    String[] parts = line.strip().split("\\s+");
    return parts.length == 2 && parts[0].equals(where);
  }

  /**
   * Remembers the key of a relay that is not known yet.
   *
   * @param where host:port
   * @param key the relay's key
   * @throws UncheckedIOException if the file cannot be written
   */
  public void pin(String where, RelayKey key) {
    Arguments.given(where, "a relay");
    Arguments.given(key, "a relay key");
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
    locked(
        channel -> {
          boolean isNew = find(where).isEmpty();
          if (isNew) {
            write(channel, where + " " + key + "\n");
          }
          return isNew;
        },
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static void write(FileChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  // ---- one at a time ----

  /** Something done to the file while nobody else changes it. */
  private interface Change {
    boolean make(FileChannel channel) throws IOException;
  }

  private boolean locked(Change change, OpenOption... options) {
    ReentrantLock lock =
        LOCKS.computeIfAbsent(file.toAbsolutePath().normalize(), path -> new ReentrantLock());
    lock.lock();
    try (FileChannel channel = FileChannel.open(file, options)) {
      lock(channel); // closing the channel unlocks
      return change.make(channel);
    } catch (IOException e) {
      throw unwritable(e);
    } finally {
      lock.unlock();
    }
  }

  /** Not {@link FileChannel#lock()}: a process that has stopped would hold us for ever. */
  private static void lock(FileChannel channel) throws IOException {
    long began = System.nanoTime();
    while (!tryLock(channel)) {
      if (System.nanoTime() - began > LONGEST_WAIT_NANOS) {
        throw new IOException("somebody else has it locked");
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted while somebody else has it locked");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // in this JVM, under another name of the file or by another copy of this class
    }
  }
}
