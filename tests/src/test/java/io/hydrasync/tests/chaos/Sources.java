package io.hydrasync.tests.chaos;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whose a connection is: the process that has the other end of it, as Linux tells. So one proxy in
 * front of a relay can part it from some and not from others. Thread-safe.
 */
final class Sources {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
  private static final int LOCAL = 1;
  private static final int REMOTE = 2;
  private static final int INODE = 9;

  private final Map<Long, String> names = new ConcurrentHashMap<>();

  /** Whether this machine tells. */
  static boolean isKnown() {
    return Files.isReadable(TABLES.get(0));
  }

  /** A process has been started. */
  void add(Process process, String name) {
    names.put(process.pid(), name);
    process.onExit().thenRun(() -> names.remove(process.pid()));
  }

  /**
   * Who has connected.
   *
   * @param from the port that it has connected from
   * @param to the port that it has connected to
   * @return empty if it is none of the processes, or has gone
   */
  Optional<String> of(int from, int to) {
    try {
      Optional<String> inode = inode(from, to);
      if (inode.isPresent()) {
        String socket = "socket:[" + inode.get() + "]";
        for (Map.Entry<Long, String> each : names.entrySet()) {
          if (has(each.getKey(), socket)) {
            return Optional.of(each.getValue());
          }
        }
      }
    } catch (IOException e) {
      // it has gone
    }
    return Optional.empty();
  }

  private static Optional<String> inode(int from, int to) throws IOException {
    String local = String.format(":%04X", from);
    String remote = String.format(":%04X", to);
    for (Path table : TABLES) {
      for (String line : Files.readAllLines(table)) {
        String[] fields = line.strip().split("\\s+");
        if (fields.length > INODE
            && fields[LOCAL].endsWith(local)
            && fields[REMOTE].endsWith(remote)) {
          return Optional.of(fields[INODE]);
        }
      }
    }
    return Optional.empty();
  }

  private static boolean has(long pid, String socket) throws IOException {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path each : open) {
        if (isLink(each, socket)) {
          return true;
        }
      }
    } catch (NoSuchFileException e) {
      // the process has ended
    }
    return false;
  }

  private static boolean isLink(Path file, String target) throws IOException {
    try {
      return Files.readSymbolicLink(file).toString().equals(target);
    } catch (NoSuchFileException e) {
      return false; // closed meanwhile
    }
  }
}
