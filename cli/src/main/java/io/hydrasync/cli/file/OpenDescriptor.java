package io.hydrasync.cli.file;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A descriptor that this process has got from who started it, by the names that lead to it: {@code
 * /dev/stdout}, {@code /dev/fd/N}, and what they stand for. To open such a name opens what is
 * behind it once more, at its beginning; what a shell's user means is to go on where it stands.
 * Linux tells where that is; elsewhere such a name is a name like any other.
 */
final class OpenDescriptor {
  private static final Pattern NAME =
      Pattern.compile("(?:/dev/fd|/proc/(?:self|thread-self|\\d+)/fd)/(\\d{1,9})");
  private static final List<String> STANDARD = List.of("/dev/stdin", "/dev/stdout", "/dev/stderr");
  private static final Path PROC = Path.of("/proc/self");
  private static final Pattern FLAGS = Pattern.compile("(?m)^flags:\\s+([0-7]+)$");
  private static final Pattern POSITION = Pattern.compile("(?m)^pos:\\s+(\\d{1,18})$");
  private static final Set<String> CLASS_PATH =
      Set.copyOf(List.of(System.getProperty("java.class.path", "").split(File.pathSeparator)));
  private static final int ACCESS = 03;
  private static final int APPEND = 02000;
  private static final int MOST_LINKS = 40;

  private OpenDescriptor() {}

  /** What a descriptor is open for. */
  enum Mode {
    /** Only that. */
    READ,
    /** Only that. */
    WRITE,
    /** Both, or it cannot be told. */
    ANY
  }

  /** The descriptor to which a name leads, over symbolic links too; empty for other names. */
  static OptionalInt of(Path file) {
    try {
      Path name = file;
      for (int i = 0; i < MOST_LINKS; i++) {
        String text = name.toString();
        int standard = STANDARD.indexOf(text);
        Matcher matcher = NAME.matcher(text);
        if (standard >= 0) {
          return OptionalInt.of(standard);
        }
        if (matcher.matches() && isOwn(text)) {
          return OptionalInt.of(Integer.parseInt(matcher.group(1)));
        }
        if (!Files.isSymbolicLink(name)) {
          break;
        }
        name = name.resolveSibling(Files.readSymbolicLink(name)).normalize();
      }
    } catch (IOException | InvalidPathException e) {
      // whoever opens it hears of it
    }
    return OptionalInt.empty();
  }

  private static boolean isOwn(String name) {
    String[] parts = name.split("/");
    return !parts[1].equals("proc")
        || !Character.isDigit(parts[2].charAt(0))
        || parts[2].equals(Long.toString(ProcessHandle.current().pid()));
  }

  /** Opens what a descriptor is open on, at the place where that stands. */
  static FileChannel reopen(int number, String name, StandardOpenOption way) throws IOException {
    Path link = PROC.resolve("fd").resolve(Integer.toString(number));
    Mode wrong = way == StandardOpenOption.READ ? Mode.WRITE : Mode.READ;
    boolean known = Files.isDirectory(PROC); // otherwise the system knows the name itself
    if (known && (!Files.exists(link, LinkOption.NOFOLLOW_LINKS) || isOfJvm(number))) {
      throw new FileSystemException(name, null, "this descriptor is not open");
    }
    if (mode(number) == wrong) {
      String use = way == StandardOpenOption.READ ? "reading" : "writing";
      throw new FileSystemException(name, null, "this descriptor is not open for " + use);
    }
    String info = info(number);
    boolean append = way == StandardOpenOption.WRITE && (flags(info) & APPEND) != 0;
    FileChannel channel =
        FileChannel.open(
            known ? link : Path.of(name), append ? Set.of(StandardOpenOption.APPEND) : Set.of(way));
    if (!append && Files.isRegularFile(link)) {
      channel.position(number(POSITION, info, 10));
    }
    return channel;
  }

  static Mode mode(int number) {
    String info = info(number);
    return switch (info.isEmpty() ? ACCESS : flags(info) & ACCESS) {
      case 0 -> Mode.READ;
      case 1 -> Mode.WRITE;
      default -> Mode.ANY;
    };
  }

  private static int flags(String info) {
    return (int) number(FLAGS, info, 8);
  }

  private static long number(Pattern pattern, String info, int radix) {
    Matcher matcher = pattern.matcher(info);
    return matcher.find() ? Long.parseLong(matcher.group(1), radix) : 0;
  }

  private static String info(int number) {
    try {
      return Files.readString(PROC.resolve("fdinfo").resolve(Integer.toString(number)));
    } catch (IOException e) {
      return "";
    }
  }

  /** Whether it is open on a file of which the JVM consists, so that it was not given to us. */
  static boolean isOfJvm(int number) {
    try {
      String file =
          Files.readSymbolicLink(PROC.resolve("fd").resolve(Integer.toString(number))).toString();
      return file.startsWith(System.getProperty("java.home") + "/")
          || file.endsWith(".jsa")
          || CLASS_PATH.contains(file);
    } catch (IOException | InvalidPathException e) {
      return false;
    }
  }
}
