package io.hydrasync.tests.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.ProgramRun;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A file that is not the one in {@code dependencies.sha256} ends a build, before it is used. The
 * local repositories are made for it; the real one is never written to. Takes some 20 s: each
 * comparison is a JVM that first compiles what compares.
 */
@Tag("any-jdk")
class DependencyLockIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String LOCK = "dependencies.sha256";
  private static final String TOOL = "tools/DependencyLock.java";

  /** Of a repository that is small enough to be read many times. */
  private static final List<String> ON_CLASS_PATH =
      List.of("a/b/1/b-1.jar", "a/c/2/c-2.jar", "io/d/3/d-3-linux.jar");

  private static final List<String> OF_MAVEN =
      List.of(
          "a/b/1/b-1.pom", "p/plugin/4/plugin-4.jar", "p/plugin/4/plugin-4.pom", "p/e/5/e-5.jar");

  @TempDir private Path directory;
  private Path repository;
  private Path project;

  @BeforeEach
  void make() throws IOException {
    project = Files.createDirectories(directory.resolve("project"));
    repository = directory.resolve("repository with a blank");
    copy(ROOT.resolve(TOOL), project.resolve(TOOL));
    List<String> lines = new ArrayList<>(List.of("# On the class path of a module."));
    for (String path : ON_CLASS_PATH) {
      lines.add(fill(path));
    }
    lines.add("# What Maven runs, and the POMs of all.");
    for (String path : OF_MAVEN) {
      lines.add(fill(path));
    }
    Files.write(project.resolve(LOCK), lines);
  }

  /** Makes a file, and its line. */
  private String fill(String path) throws IOException {
    Path file = repository.resolve(path);
    Files.createDirectories(file.getParent());
    byte[] bytes = Fixture.message(path.hashCode(), 100_000);
    Files.write(file, bytes);
    return HexFormat.of().formatHex(Hashes.sha256(bytes)) + "  " + path;
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to);
  }

  private static ProgramRun run(Path where, List<String> command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).directory(where.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return ProgramRun.of(builder, Files.createTempFile(where, "run", ".log"));
  }

  private ProgramRun tool(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "tools/DependencyLock.java"));
    command.addAll(List.of(arguments));
    return run(project, command);
  }

  /** As the build of a module calls it. */
  private ProgramRun compare() throws Exception {
    return compare(ON_CLASS_PATH.stream().map(repository::resolve).map(Path::toString).toList());
  }

  private ProgramRun compare(List<String> classPath) throws Exception {
    return tool(
        "build",
        project.toString(),
        repository.toString(),
        project.resolve("module").toString(),
        "now",
        "false",
        String.join(File.pathSeparator, classPath));
  }

  /** Another file in place of a link or a copy, one bit of it changed. */
  private static void tamper(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.delete(file);
    Files.write(file, bytes);
  }

  private static void assertRefused(ProgramRun outcome, String... texts) {
    assertThat(outcome.output()).contains(texts);
    assertThat(outcome.exitCode()).isEqualTo(1);
  }

  @Test
  void takesWhatWasLocked() throws Exception {
    assertThat(compare()).isEqualTo(new ProgramRun(0, ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a/c/2/c-2.jar", "io/d/3/d-3-linux.jar", "a/b/1/b-1.pom", "p/e/5/e-5.jar"})
  void refusesAFileOfWhichABitWasChanged(String path) throws Exception {
    tamper(repository.resolve(path));

    ProgramRun outcome = compare();

    assertRefused(outcome, repository.resolve(path).toString(), "What to do");
    String expected =
        Files.readAllLines(project.resolve(LOCK)).stream()
            .filter(line -> line.endsWith(path))
            .findAny()
            .orElseThrow()
            .substring(0, 64);
    String found =
        HexFormat.of().formatHex(Hashes.sha256(Files.readAllBytes(repository.resolve(path))));
    assertThat(outcome.output()).contains("expected  " + expected, "found     " + found);
  }

  @Test
  void comparesWhatIsOnAClassPathEachTime() throws Exception {
    compare();
    tamper(repository.resolve(ON_CLASS_PATH.get(0)));

    assertRefused(compare(), ON_CLASS_PATH.get(0));
  }

  @Test
  void comparesWhatHasComeSince() throws Exception {
    Path late = repository.resolve("p/plugin/4/plugin-4.jar");
    Path kept = Files.move(late, directory.resolve("kept.jar"));
    assertThat(compare().exitCode()).isZero();
    Files.move(kept, late);
    tamper(late);

    assertRefused(compare(), late.toString());
  }

  @Test
  void refusesADependencyThatIsNotInTheLock() throws Exception {
    List<String> more = new ArrayList<>();
    ON_CLASS_PATH.forEach(path -> more.add(repository.resolve(path).toString()));
    fill("a/n/6/n-6.jar");
    more.add(repository.resolve("a/n/6/n-6.jar").toString());

    assertRefused(compare(more), "nothing is known of", "n-6.jar", "tests/bin/lock-dependencies");
  }

  /** No class path shows it, and a file that the lock does not know is compared with nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "<plugin.version>5</plugin.version>",
        "<new-plugin.version>1</new-plugin.version>"
      })
  void refusesAVersionOfAPluginThatIsNotInTheLock(String property) throws Exception {
    Path pom = project.resolve("pom.xml");
    Files.writeString(pom, "<plugin.version>4</plugin.version>");
    assertThat(compare()).isEqualTo(new ProgramRun(0, ""));
    fill("p/plugin/5/plugin-5.jar");
    fill("n/new-plugin/1/new-plugin-1.jar");
    Files.writeString(pom, property);

    assertRefused(compare(), "nothing is known of ", "plugin", "tests/bin/lock-dependencies");
  }

  @Test
  void refusesAJarThatIsFromElsewhere() throws Exception {
    Path elsewhere = Files.write(directory.resolve("hydra-client.jar"), new byte[100]);

    assertRefused(compare(List.of(elsewhere.toString())), elsewhere.toString(), "neither ours");
  }

  @Test
  void refusesALineOfWhatNoModuleNeeds() throws Exception {
    Files.writeString(project.resolve("pom.xml"), "<modules><module>module</module></modules>");
    assertThat(tool("stale", ".", "false").exitCode()).as("not a full build").isZero();
    compare();
    assertThat(tool("stale", ".", "false")).isEqualTo(new ProgramRun(0, ""));

    compare(List.of(repository.resolve(ON_CLASS_PATH.get(0)).toString()));

    assertRefused(tool("stale", ".", "false"), "not on any class path any more", "d-3-linux.jar");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no checksum", "# On the class path of a module."})
  void refusesALockThatIsNone(String line) throws Exception {
    Files.write(project.resolve(LOCK), List.of(line));

    assertRefused(compare(), LOCK);
  }

  /** With Maven and this project's own lock; some seconds, for 130 MB are read twice. */
  @Test
  void aPluginThatWasSwappedDoesNotRun() throws Exception {
    Path own = Files.createDirectories(directory.resolve("own"));
    for (String file : List.of(LOCK, TOOL)) {
      copy(ROOT.resolve(file), own.resolve(file));
    }
    String pom = Files.readString(ROOT.resolve("pom.xml"));
    int end = pom.indexOf("</modules>") + "</modules>".length();
    Files.writeString(
        own.resolve("pom.xml"), pom.substring(0, pom.indexOf("<modules>")) + pom.substring(end));
    Path copy = directory.resolve("copy");
    link(realRepository(), copy);
    List<String> maven = List.of("mvn", "-B", "-o", "-Dmaven.repo.local=" + copy, "validate");
    ProgramRun before = run(own, maven);
    assertThat(before.output()).contains("maven-enforcer-plugin:", "BUILD SUCCESS");

    Path plugin;
    try (Stream<Path> files = Files.walk(copy.resolve("org/apache/maven/plugins"))) {
      plugin =
          files.filter(file -> file.toString().matches(".*enforcer-plugin.*jar")).findAny().get();
    }
    tamper(plugin);
    ProgramRun outcome = run(own, maven);

    assertRefused(outcome, "not what was locked: " + plugin, "BUILD FAILURE");
    assertThat(outcome.output()).doesNotContain("maven-enforcer-plugin:");
    unlink(copy); // JUnit would warn of each link that leads out of its directory
  }

  private static Path realRepository() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String jar = "/org/assertj/assertj-core/";
    return Arrays.stream(path.split(File.pathSeparator))
        .map(element -> element.replace(File.separatorChar, '/'))
        .filter(element -> element.contains(jar))
        .map(element -> Path.of(element.substring(0, element.indexOf(jar))))
        .findAny()
        .orElseThrow();
  }

  /** A repository whose jars are links to the real one's. Maven writes to no jar. */
  private static void link(Path real, Path copy) throws IOException {
    try (Stream<Path> files = Files.walk(real)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = copy.resolve(real.relativize(file).toString());
        Files.createDirectories(to.getParent());
        if (file.toString().endsWith(".jar")) {
          Files.createSymbolicLink(to, file);
        } else {
          Files.copy(file, to);
        }
      }
    }
  }

  private static void unlink(Path copy) throws IOException {
    try (Stream<Path> files = Files.walk(copy)) {
      for (Path link : files.filter(Files::isSymbolicLink).toList()) {
        Files.delete(link);
      }
    }
  }
}
