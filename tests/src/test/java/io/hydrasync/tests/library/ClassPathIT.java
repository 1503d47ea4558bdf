package io.hydrasync.tests.library;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.HydraServer;
import io.hydrasync.server.UnusableClassPathException;
import io.hydrasync.tests.support.ProgramRun;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A relay whose Netty is missing, too old or cannot load its native library says so, in one
 * sentence.
 */
class ClassPathIT {
  private static final String VERSIONS = "META-INF/io.netty.versions.properties";

  @TempDir private Path directory;

  private record Outcome(int exitCode, String output) {
    Outcome {
      assertThat(output).doesNotContain("\tat ", "Exception in thread");
    }

    /** All that is said is one sentence. */
    Outcome sentence() {
      assertThat(output.lines()).hasSize(1);
      return this;
    }
  }

  /** What an embedding program meets. */
  static final class Embedding {
    public static void main(String[] args) {
      try {
        HydraServer.bindDefault().close();
        System.out.println("runs");
      } catch (UnusableClassPathException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static List<Path> classPath() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(path.split(File.pathSeparator)).map(Path::of).toList();
  }

  private static boolean isNamed(Path element, String part) {
    return element.getFileName().toString().contains(part);
  }

  private static List<Path> without(String part) {
    return classPath().stream().filter(element -> !isNamed(element, part)).toList();
  }

  private static Path jar(String part) {
    return classPath().stream().filter(element -> isNamed(element, part)).findAny().orElseThrow();
  }

  private Outcome run(List<Path> classPath, List<String> options, String... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1"));
    if (Runtime.version().feature() >= 24) { // as the launchers do: else the JVM warns
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(options);
    command.add("-cp");
    command.add(
        classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
    command.addAll(List.of(args));
    ProgramRun run = ProgramRun.of(new ProcessBuilder(command), directory.resolve("log"));
    return new Outcome(run.exitCode(), run.output());
  }

  private Outcome relay(List<Path> classPath, String transport, String... options)
      throws Exception {
    return run(
            classPath,
            List.of(options),
            "io.hydrasync.cli.Main",
            "relay",
            "--listen",
            "127.0.0.1:0",
            "--transport",
            transport)
        .sentence();
  }

  /** The transport of this build, but for what has come with 4.2. */
  private Path oldTransport(boolean saysSo) throws IOException {
    Path old = directory.resolve("netty-transport-4.1.jar");
    try (JarFile from = new JarFile(jar("netty-transport-4").toFile());
        OutputStream file = Files.newOutputStream(old);
        JarOutputStream to = new JarOutputStream(file)) {
      for (JarEntry entry : from.stream().toList()) {
        boolean isNew = entry.getName().contains("Io") || entry.getName().equals(VERSIONS);
        if (!isNew && !entry.isDirectory()) {
          to.putNextEntry(new JarEntry(entry.getName()));
          from.getInputStream(entry).transferTo(to);
        }
      }
      if (saysSo) {
        to.putNextEntry(new JarEntry(VERSIONS));
        to.write("netty-transport.version=4.1.0.Final\n".getBytes(StandardCharsets.US_ASCII));
      }
    }
    return old;
  }

  private static List<Path> with(Path first, List<Path> others) {
    return Stream.concat(Stream.of(first), others.stream()).toList();
  }

  @ParameterizedTest
  @CsvSource({"true, 4.1.0.Final", "false, io.netty.channel.SingleThreadIoEventLoop"})
  void anOlderNettyIsNamed(boolean saysSo, String cause) throws Exception {
    List<Path> classPath = with(oldTransport(saysSo), without("netty-transport-4"));

    Outcome command = relay(classPath, "nio");
    Outcome embedded = run(classPath, List.of(), Embedding.class.getName()).sentence();

    assertThat(command.output()).startsWith("hydra relay: a relay needs Netty 4.2").contains(cause);
    assertThat(command.exitCode()).isEqualTo(1);
    assertThat(embedded.output()).startsWith("a relay needs Netty 4.2").contains(cause);
  }

  @Test
  void anOlderNettyBeforeTheRightOneIsNamed() throws Exception {
    Outcome outcome = relay(with(oldTransport(true), classPath()), "nio");

    assertThat(outcome.output()).contains("a relay needs Netty 4.2", "netty-transport 4.1.0.Final");
  }

  @Test
  void aMissingNettyIsNamed() throws Exception {
    assertThat(relay(without("netty-"), "nio").output())
        .contains("a relay needs Netty 4.2", "there is none");
  }

  @Test
  void whatElseIsMissingIsNamedAndNotNetty() throws Exception {
    Outcome embedded = run(without("slf4j"), List.of(), Embedding.class.getName()).sentence();

    assertThat(embedded.output())
        .startsWith("what a relay is made of is not all on the class path: ")
        .contains("org/slf4j/")
        .doesNotContain("Netty", "null");
  }

  @EnabledOnOs(
      value = OS.LINUX,
      architectures = "amd64",
      disabledReason = "there is no native transport elsewhere")
  @ParameterizedTest
  @CsvSource({
    "linux-x86_64, native library for this machine is not on the class path",
    "classes-, classes are not on the class path"
  })
  void aMissingTransportIsNamed(String missing, String cause) throws Exception {
    for (String transport : List.of("epoll", "io_uring")) {
      Outcome outcome = relay(without(missing), transport);

      assertThat(outcome.output()).contains("is not available here", cause, "NIO always is");
      assertThat(outcome.exitCode()).isEqualTo(2);
    }
  }

  /** Where it cannot be unpacked to, even by root. */
  @EnabledOnOs(
      value = OS.LINUX,
      architectures = "amd64",
      disabledReason = "there is no native transport elsewhere")
  @ParameterizedTest
  @ValueSource(strings = {"/proc", "/etc/passwd/below-a-file"})
  void aDirectoryThatCannotBeWrittenIsNamed(String where) throws Exception {
    Outcome outcome = relay(classPath(), "epoll", "-Dio.netty.native.workdir=" + where);

    assertThat(outcome.output()).contains("its native library cannot be loaded", where);
    assertThat(outcome.exitCode()).isEqualTo(2);
  }

  /** The usual transport has none. */
  @ParameterizedTest
  @ValueSource(strings = {"-Dio.netty.native.workdir=/proc", "-Djava.io.tmpdir=/etc/passwd/x"})
  void aRelayThatNeedsNoNativeLibraryRuns(String option) throws Exception {
    Outcome outcome = run(classPath(), List.of(option), Embedding.class.getName());

    assertThat(outcome.output()).endsWith("runs\n");
    assertThat(outcome.exitCode()).isZero();
  }
}
