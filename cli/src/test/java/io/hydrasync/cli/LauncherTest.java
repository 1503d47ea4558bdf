package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code ./hydra} and the packed {@code bin/hydra} start a JVM with. They run here with a Java
 * that only prints its arguments, and what they give goes to the Java of this build.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launchers are shell scripts")
class LauncherTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
  private static final String COLLECTOR = "-XX:+UseSerialGC";
  private static final String LIMIT = "-XX:CompileCommand=MaxNodeLimit";
  private static final String FUNCTION = "\nset_relay_flags() {\n";

  @TempDir private Path directory;

  /** Both programs, laid out as they are when they run. */
  private enum Launcher {
    CHECKOUT("hydra", "cli/target/lib"),
    PACKED("dist/src/bin/hydra", "lib");

    private final String source;
    private final String lib;

    Launcher(String source, String lib) {
      this.source = source;
      this.lib = lib;
    }

    private String text() throws IOException {
      return Files.readString(ROOT.resolve(source));
    }

    /** Puts the program below a directory, with what it asks for before it starts a JVM. */
    private Path installIn(Path root) throws Exception {
      Path program = root.resolve(this == CHECKOUT ? "hydra" : "bin/hydra");
      Files.createDirectories(program.getParent());
      writeProgram(program, text());
      Path jar = Files.createDirectories(root.resolve(lib)).resolve("hydra-protocol.jar");
      Files.writeString(jar, "a jar of our own");
      if (this == CHECKOUT) {
        for (String module :
            List.of("protocol", "client", "server", "operator", "cluster", "cli")) {
          Files.createDirectories(root.resolve(module));
        }
        Files.writeString(root.resolve("pom.xml"), "");
        Files.writeString(root.resolve("dependencies.sha256"), "# jars\n# plugins\n");
        Files.writeString(root.resolve("cli/target/hydra-cli.jar"), "");
        Files.writeString(root.resolve("cli/target/hydra-build.stamp"), "");
      } else {
        byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
        Files.writeString(
            root.resolve("lib/SHA256SUMS"),
            HexFormat.of().formatHex(sum) + "  " + jar.getFileName() + "\n");
      }
      return program;
    }
  }

  private static void writeProgram(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A JDK of that version which prints its arguments, one a line. */
  private Path printingJdk() throws IOException {
    Path home = directory.resolve("jdk");
    Files.createDirectories(home.resolve("bin"));
    writeProgram(home.resolve("bin/java"), "#!/bin/sh\nfor a; do printf '%s\\n' \"$a\"; done\n");
    Files.writeString(
        home.resolve("release"), "JAVA_VERSION=\"" + Runtime.version().feature() + "\"\n");
    return home;
  }

  private static List<String> run(Map<String, String> environment, List<String> command)
      throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "HYDRA_JAVA_OPTS")
        .forEach(builder.environment()::remove);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it has ended").isTrue();
      assertThat(process.exitValue()).as(output).isZero();
      return output.lines().toList();
    } finally {
      process.destroyForcibly();
    }
  }

  /** The arguments that a launcher gives to its Java. */
  private List<String> arguments(Launcher launcher, String name, String options, String command)
      throws Exception {
    Path program = launcher.installIn(directory.resolve(launcher.name()));
    String home = printingJdk().toString();
    return run(
        Map.of("HYDRA_JAVA_HOME", home, name, options), List.of(program.toString(), command));
  }

  private List<String> arguments(Launcher launcher, String options, String command)
      throws Exception {
    return arguments(launcher, "HYDRA_JAVA_OPTS", options, command);
  }

  /** Those in front of the class path: for the JVM, whatever it is to run. */
  private static List<String> forJvm(List<String> arguments) {
    return arguments.subList(0, arguments.indexOf("-cp"));
  }

  private static List<String> onJava(List<String> options, String... more) throws Exception {
    return run(
        Map.of(),
        Stream.of(Stream.of(JAVA.toString()), options.stream(), Stream.of(more))
            .flatMap(part -> part)
            .toList());
  }

  private static String relayFlags(Launcher launcher) throws IOException {
    String text = launcher.text();
    int from = text.indexOf(FUNCTION);
    assertThat(from).as("the function is in %s", launcher.source).isPositive();
    return text.substring(from, text.indexOf("\n}\n", from));
  }

  @Test
  void bothProgramsStartARelayInTheSameWay() throws IOException {
    assertThat(relayFlags(Launcher.PACKED)).isEqualTo(relayFlags(Launcher.CHECKOUT));
  }

  @ParameterizedTest
  @EnumSource
  void aRelayGetsFlagsThatOtherCommandsDoNot(Launcher launcher) throws Exception {
    List<String> relay = arguments(launcher, "", "relay");
    List<String> send = arguments(launcher, "", "send");
    List<String> more = new ArrayList<>(relay);
    more.removeAll(send);
    assertThat(more)
        .contains("-XX:+ExitOnOutOfMemoryError", COLLECTOR, LIMIT + ",*::*,1", "relay")
        .allMatch(argument -> argument.startsWith("-XX:") || argument.equals("relay"));
    assertThat(send).noneMatch(argument -> argument.contains("MaxNodeLimit"));
    assertThat(relay).containsAll(forJvm(send));
  }

  /** An unknown flag would end an older JVM. */
  @ParameterizedTest
  @EnumSource
  @EnabledOnOs(value = OS.LINUX, disabledReason = "the launchers look for /proc and the C library")
  void memoryGoesBackToTheSystemWhereTheJvmCanDoThat(Launcher launcher) throws Exception {
    List<String> relay = forJvm(arguments(launcher, "", "relay"));
    String trim = "-XX:TrimNativeHeapInterval=5000";
    if (Runtime.version().feature() >= 22 && !hasMusl()) {
      assertThat(relay).contains(trim);
    } else {
      assertThat(relay).doesNotContain(trim);
    }
    assertThat(onJava(relay, "-version"))
        .allMatch(line -> line.startsWith("openjdk") || line.startsWith("OpenJDK"));
  }

  /** A C library that cannot; the JVM would say so at each start. */
  private static boolean hasMusl() throws IOException {
    try (Stream<Path> libraries = Files.list(Path.of("/lib"))) {
      return libraries.anyMatch(file -> file.getFileName().toString().startsWith("ld-musl-"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theOperatorsOptionsComeLast(Launcher launcher) throws Exception {
    List<String> relay = forJvm(arguments(launcher, "-Xmx64m -XX:NewSize=1m", "relay"));
    assertThat(relay).endsWith("-Xmx64m", "-XX:NewSize=1m").contains(COLLECTOR);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseParallelGC", "-XX:+UseSerialGC -Xmx64m"})
  void theOperatorsCollectorIsTheOnlyOne(String options) throws Exception {
    String collector = options.split(" ")[0];
    for (Launcher launcher : Launcher.values()) {
      List<String> relay = forJvm(arguments(launcher, options, "relay"));
      assertThat(relay).filteredOn(option -> option.endsWith("GC")).containsExactly(collector);
      assertThat(relay).noneMatch(option -> option.contains("RAMPercentage"));
      assertThat(relay).contains(LIMIT + ",*::*,1");
      onJava(relay, "-version"); // two collectors are an error
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"})
  void aCollectorFromTheJvmsOwnVariablesCountsToo(String name) throws Exception {
    for (Launcher launcher : Launcher.values()) {
      assertThat(arguments(launcher, name, "-XX:+UseG1GC", "relay")).doesNotContain(COLLECTOR);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Xmx20m", "-Xmx6m", "-Xmn2m", "-Xms64m", "-Xms1g -Xmx1g", "-Xmx512m"})
  void whateverHeapIsNamedTheJvmTakesWithoutAWord(String heap) throws Exception {
    List<String> options = forJvm(arguments(Launcher.PACKED, heap, "relay"));
    assertThat(onJava(options, "-version"))
        .allMatch(line -> line.startsWith("openjdk") || line.startsWith("OpenJDK"));
  }

  /** Between them lies the level that counts everything and is slow. */
  @Test
  void whatIsHotEndsWithoutCountersAndTheArithmeticIsOptimized() throws Exception {
    List<String> options = new ArrayList<>(forJvm(arguments(Launcher.PACKED, "", "relay")));
    options.addAll(List.of("-Xbatch", "-XX:+PrintCompilation", "-cp"));
    options.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    List<Compilation> all =
        onJava(options, Hot.class.getName()).stream().flatMap(Compilation::read).toList();
    List<Compilation> given = all.stream().filter(Compilation::givenUp).toList();
    List<Compilation> done = all.stream().filter(one -> !one.isIn(given)).toList();

    assertThat(Compilation.lastLevel(done, Hot.class.getName() + "::mix")).isEqualTo(1);
    assertThat(Compilation.lastLevel(done, "sun.security.provider.SHA2::implCompress0"))
        .isEqualTo(4);
    assertThat(done)
        .filteredOn(one -> one.level() == 4)
        .allMatch(
            one -> one.method().startsWith("sun.security.") || one.method().startsWith("com.sun."));
  }

  /** One line of what the JVM says it compiles, or has given up. */
  private record Compilation(String number, int level, String method, boolean givenUp) {
    private static Stream<Compilation> read(String line) {
      String[] words = line.replaceAll(" [%!sbn]+ ", " ").trim().split("\\s+");
      boolean compiles =
          words.length > 3
              && words[2].matches("[1-4]")
              && words[3].contains("::")
              && !line.contains(" @ ") // the middle of a loop, entered once
              && !line.contains("made not entrant");
      return compiles
          ? Stream.of(
              new Compilation(
                  words[1], Integer.parseInt(words[2]), words[3], line.contains("COMPILE SKIPPED")))
          : Stream.of();
    }

    private boolean isIn(List<Compilation> others) {
      return others.stream().anyMatch(other -> other.number.equals(number));
    }

    private static int lastLevel(List<Compilation> done, String method) {
      return done.stream()
          .filter(one -> one.method.equals(method))
          .reduce((first, second) -> second)
          .orElseThrow(() -> new AssertionError(method + " has not been compiled"))
          .level;
    }
  }

  /** Does something often. */
  static final class Hot {
    private static final int ROUNDS = 200_000;

    private Hot() {}

    public static void main(String[] args) throws Exception {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      int sum = 1;
      for (int i = 0; i < ROUNDS; i++) {
        sum = mix(sum, i);
        digest.update((byte) sum);
      }
      System.out.println("sum " + sum + " " + HexFormat.of().formatHex(digest.digest()));
    }

    private static int mix(int sum, int value) {
      int mixed = sum;
      for (int bit = 0; bit < 8; bit++) {
        mixed = (mixed >>> 1) ^ (((mixed ^ value >> bit) & 1) * 0x5bd1e995);
      }
      return mixed;
    }
  }
}
