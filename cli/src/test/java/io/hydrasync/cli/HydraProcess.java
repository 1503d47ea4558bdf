package io.hydrasync.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The hydra command as a process of its own, with this JVM's classes. */
public final class HydraProcess {
  /**
   * Whoever starts this build in the background may have it ignore signals, which its children
   * inherit and a JVM does not change.
   */
  public static final List<String> HEARING_SIGNALS =
      works("env", "--default-signal=HUP,INT,TERM", "true")
          ? List.of("env", "--default-signal=HUP,INT,TERM")
          : List.of();

  private HydraProcess() {}

  /** How to start it. Whoever ends this build by signals must not have it ignore them. */
  public static ProcessBuilder builder(String... args) {
    return builder(HEARING_SIGNALS, List.of(), args);
  }

  /**
   * How to start it in another way.
   *
   * @param before what starts it, in front of its own command line
   * @param options of its JVM
   */
  public static ProcessBuilder builder(List<String> before, List<String> options, String... args) {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(options);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command);
  }

  private static boolean works(String... command) {
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  /** Sends a signal by its name, such as {@code TERM}. */
  public static void signal(Process process, String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }
}
