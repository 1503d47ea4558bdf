package io.hydrasync.cli.process;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What the operating system says about stdout and stderr. */
public final class Terminal {
  private static final long SECONDS = 2;

  /** Behind the name, in proc(5)'s order. */
  private static final int STAT_GROUP = 2;

  private static final int STAT_FOREGROUND_GROUP = 5;

  private Terminal() {}

  public static boolean isStdout() {
    return isTerminal(1, ProcessBuilder.Redirect.INHERIT, ProcessBuilder.Redirect.DISCARD);
  }

  public static boolean isStderr() {
    return isTerminal(2, ProcessBuilder.Redirect.DISCARD, ProcessBuilder.Redirect.INHERIT);
  }

  /** Whether what a name leads to is one; false where that cannot be told. */
  public static boolean isAt(Path name) {
    try {
      return isName(name.toRealPath().toString());
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether stdin is one; false where that cannot be told without disturbing it. */
  public static boolean isStdin() {
    return leadsToTerminal(Path.of("/proc/self/fd/0"));
  }

  /**
   * Whether keys such as Ctrl-C of a terminal reach this process and those of its group; true where
   * the system does not tell.
   */
  public static boolean isForeground() {
    String[] fields = stat();
    return fields.length == 0 || fields[STAT_GROUP].equals(fields[STAT_FOREGROUND_GROUP]);
  }

  /** Whether the terminal of this process is another group's; false where it has none. */
  static boolean isInBackground() {
    String[] fields = stat();
    return fields.length > 0
        && !fields[STAT_FOREGROUND_GROUP].startsWith("-")
        && !fields[STAT_GROUP].equals(fields[STAT_FOREGROUND_GROUP]);
  }

  /** What proc(5) says of this process behind its name, or nothing. */
  private static String[] stat() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
      return fields.length > STAT_FOREGROUND_GROUP ? fields : new String[0];
    } catch (IOException | RuntimeException e) {
      return new String[0];
    }
  }

  /**
   * Whether stdin and stdout are a terminal that can do more than print. From JDK 22 on there may
   * be a console that is no terminal; until 21 there is no way to ask.
   */
  public static boolean isInteractive() {
    Console console = System.console();
    if (console == null || !isCapable()) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** Whether this terminal can do more than print. */
  public static boolean isCapable() {
    return !"dumb".equals(System.getenv("TERM"));
  }

  /**
   * The JDK cannot tell for one of the two alone. Linux shows where they lead; elsewhere a child,
   * which has the same ones, is asked.
   */
  private static boolean isTerminal(
      int descriptor, ProcessBuilder.Redirect out, ProcessBuilder.Redirect err) {
    Path link = Path.of("/proc/self/fd/" + descriptor);
    try {
      if (Files.isSymbolicLink(link)) {
        return leadsToTerminal(link);
      }
      return exit(
              new ProcessBuilder("test", "-t", Integer.toString(descriptor))
                  .redirectOutput(out)
                  .redirectError(err)
                  .start())
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean leadsToTerminal(Path link) {
    try {
      return isName(Files.readSymbolicLink(link).toString());
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isName(String device) {
    return device.startsWith("/dev/pts/") || device.matches("/dev/(tty|console).*");
  }

  /** Whether colours are wanted: NO_COLOR in the environment, if not empty, says no. */
  public static boolean hasColours() {
    String refused = System.getenv("NO_COLOR");
    return isCapable() && (refused == null || refused.isEmpty());
  }

  /** How large the terminal is now, as {@code stty} says; nothing where it cannot be told. */
  static Optional<WindowSize.Size> size() {
    try {
      Process process =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (exit(process) == 0) {
        byte[] answer = process.getInputStream().readAllBytes();
        String[] size = new String(answer, StandardCharsets.US_ASCII).strip().split(" ");
        int rows = Integer.parseInt(size[0]);
        int columns = Integer.parseInt(size[size.length - 1]);
        return rows > 0 && columns > 0
            ? Optional.of(new WindowSize.Size(columns, rows))
            : Optional.empty();
      }
    } catch (IOException | NumberFormatException e) {
      // as below
    }
    return Optional.empty();
  }

  private static int exit(Process process) throws IOException {
    try {
      process.getOutputStream().close();
      if (process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroy();
    return -1;
  }
}
