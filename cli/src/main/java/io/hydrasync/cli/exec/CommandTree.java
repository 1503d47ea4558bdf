package io.hydrasync.cli.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A command and everything that it has started, to be ended together. It stays in this process's
 * group, so that a terminal treats both as one; so who belongs to it is looked up: its descendants,
 * and on Linux also whoever has its mark in the environment, which those keep whose parent has
 * ended. Who is found is looked at again and again until nobody is left, so that one that is
 * started meanwhile is found, too. Thread-safe.
 */
final class CommandTree {
  private static final String MARK = "HYDRA_COMMAND";
  private static final Path PROCESSES = Path.of("/proc");
  private static final int MARK_BYTES = 16;
  private static final int MOST_ENVIRONMENT = 4 << 20;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final Duration KILL_TIME = Duration.ofSeconds(2);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ProcessHandle command;
  private final byte[] mark;
  private volatile boolean hurry;

  private CommandTree(ProcessHandle command, String mark) {
    this.command = command;
    this.mark = (MARK + "=" + mark).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * A command that has been started.
   *
   * @param mark that it has got by {@link #mark}
   */
  static CommandTree of(Process command, String mark) {
    return new CommandTree(command.toHandle(), mark);
  }

  /** Puts a fresh mark into the environment of a command that is to be started. */
  static String mark(Map<String, String> environment) {
    byte[] random = new byte[MARK_BYTES];
    RANDOM.nextBytes(random);
    String mark = HexFormat.of().formatHex(random);
    environment.put(MARK, mark);
    return mark;
  }

  /** Whoever is being ended, now or later, gets no more time. From any thread. */
  void hurry() {
    hurry = true;
  }

  /**
   * Ends all: SIGTERM, and SIGKILL for who is still there in the end. Blocks until nobody is left,
   * or cannot be ended. An interrupt is kept for later.
   *
   * @param delay until SIGTERM, for those who know already that they are to end
   * @param grace until SIGKILL
   * @return how many are left, because they are not this user's, for example
   */
  int end(Duration delay, Duration grace) {
    long began = System.nanoTime();
    boolean interrupted = false;
    Set<ProcessHandle> seen = new HashSet<>(Set.of(command));
    Set<ProcessHandle> asked = new HashSet<>();
    Set<ProcessHandle> left = members(seen);
    for (int empty = 0; empty < 2; empty = left.isEmpty() ? empty + 1 : 0) {
      Duration passed = Duration.ofNanos(System.nanoTime() - began);
      if (passed.minus(KILL_TIME).compareTo(grace) >= 0) {
        break;
      }
      if (hurry || passed.compareTo(grace) >= 0) {
        left.forEach(ProcessHandle::destroyForcibly);
      } else if (passed.compareTo(delay) >= 0) {
        Set<ProcessHandle> before = Set.copyOf(asked);
        left.stream()
            .filter(one -> !isStartedByOneOf(before, one))
            .sorted(Comparator.comparing(one -> !one.equals(command))) // it decides what is done
            .filter(asked::add)
            .forEach(ProcessHandle::destroy);
      }
      LockSupport.parkNanos(LOOK_NANOS);
      interrupted |= Thread.interrupted(); // parking would not wait otherwise
      left = members(seen);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return left.size();
  }

  /** What somebody starts who was asked to end is how he ends; it is asked when he has ended. */
  private static boolean isStartedByOneOf(Set<ProcessHandle> asked, ProcessHandle one) {
    Optional<ProcessHandle> parent = one.parent();
    while (parent.isPresent()) {
      if (asked.contains(parent.get()) && isAlive(parent.get())) {
        return true;
      }
      parent = parent.get().parent();
    }
    return false;
  }

  /** Who is alive of those who were seen before, of whom they have started, and of the marked. */
  private Set<ProcessHandle> members(Set<ProcessHandle> seen) {
    for (ProcessHandle known : Set.copyOf(seen)) {
      known.descendants().forEach(seen::add);
    }
    addMarked(seen);
    seen.remove(ProcessHandle.current());
    seen.removeIf(handle -> !isAlive(handle));
    return Set.copyOf(seen);
  }

  private void addMarked(Set<ProcessHandle> all) {
    if (!Files.isDirectory(PROCESSES)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROCESSES, "[1-9]*")) {
      for (Path entry : entries) {
        if (isMarked(entry.resolve("environ"))) {
          Optional<ProcessHandle> handle = ProcessHandle.of(pid(entry));
          if (isMarked(entry.resolve("environ"))) { // the number is still that one's
            handle.ifPresent(all::add);
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      // no system that tells it this way: descendants are what there is
    }
  }

  private static long pid(Path entry) {
    return Long.parseLong(String.valueOf(entry.getFileName()));
  }

  private boolean isMarked(Path environment) {
    try (var in = Files.newInputStream(environment)) {
      return contains(in.readNBytes(MOST_ENVIRONMENT), mark);
    } catch (IOException e) {
      return false; // gone, or not ours
    }
  }

  private static boolean contains(byte[] text, byte[] word) {
    for (int at = 0; at + word.length <= text.length; at++) {
      int i = 0;
      while (i < word.length && text[at + i] == word[i]) {
        i++;
      }
      if (i == word.length) {
        return true;
      }
    }
    return false;
  }

  /** One that has ended and whose parent has not asked about it runs no more. */
  static boolean isAlive(ProcessHandle handle) {
    if (!handle.isAlive()) {
      return false;
    }
    try {
      String stat =
          Files.readString(PROCESSES.resolve(handle.pid() + "/stat"), StandardCharsets.ISO_8859_1);
      return !stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("Z");
    } catch (IOException e) {
      return handle.isAlive();
    }
  }
}
