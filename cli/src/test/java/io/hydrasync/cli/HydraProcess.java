package io.hydrasync.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The hydra command as a process of its own, with this JVM's classes. */
final class HydraProcess {
  private HydraProcess() {}

  /** How to start it. Whoever ends this build by signals must not have it ignore them. */
  static ProcessBuilder builder(String... args) {
    List<String> command = new ArrayList<>(RelaySignalsTest.HEARING_SIGNALS);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp"));
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command);
  }

  /** Sends a signal by its name, such as {@code TERM}. */
  static void signal(Process process, String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }
}
