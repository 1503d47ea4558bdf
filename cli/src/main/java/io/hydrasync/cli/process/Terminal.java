package io.hydrasync.cli.process;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What the operating system says about stdout and stderr. */
public final class Terminal {
  private static final int USUAL_COLUMNS = 80;
  private static final int FEWEST_COLUMNS = 20;
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

  /** Whether stdin is one; false where that cannot be told without disturbing it. */
  public static boolean isStdin() {
    return leadsToTerminal(Path.of("/proc/self/fd/0"));
  }

  /**
   * Whether keys such as Ctrl-C of a terminal reach this process and those of its group; true where
   * the system does not tell.
   */
  public static boolean isForeground() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
      return fields[STAT_GROUP].equals(fields[STAT_FOREGROUND_GROUP]);
    } catch (IOException | RuntimeException e) {
      return true;
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
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("/dev/pts/") || target.matches("/dev/(tty|console).*");
    } catch (IOException e) {
      return false;
    }
  }

  /** How wide the terminal is now. */
  public static int columns() {
    try {
      Process process =
          new ProcessBuilder("stty", "size").redirectInput(new File("/dev/tty")).start();
      if (exit(process) == 0) {
        byte[] answer = process.getInputStream().readAllBytes();
        String[] size = new String(answer, StandardCharsets.US_ASCII).strip().split(" ");
        return Math.max(FEWEST_COLUMNS, Integer.parseInt(size[size.length - 1]));
      }
    } catch (IOException | NumberFormatException e) {
      // as below
    }
    return USUAL_COLUMNS;
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
