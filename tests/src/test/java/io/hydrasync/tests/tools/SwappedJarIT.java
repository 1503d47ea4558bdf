package io.hydrasync.tests.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.hydrasync.tests.support.ProgramRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code ./hydra} and the archives put on the class path is what was locked, or nothing runs.
 * Takes some 30 s: {@code ./hydra} makes its archive of classes anew in each checkout.
 */
@Tag("any-jdk")
class SwappedJarIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String JAR = "picocli-4.7.7.jar";
  private static final int FAULT = 70;

  @TempDir private Path directory;

  @BeforeEach
  void isBuilt() {
    assumeThat(ROOT.resolve("cli/target/lib").resolve(JAR)).as("mvn package").exists();
  }

  private static ProgramRun run(Map<String, String> environment, Path program, String... arguments)
      throws Exception {
    Path log = Files.createTempFile("run", ".log");
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().put("HYDRA_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    try {
      return ProgramRun.of(builder, log);
    } finally {
      Files.delete(log);
    }
  }

  private static void assertRuns(Path program) throws Exception {
    ProgramRun outcome = run(Map.of(), program, "--version");
    assertThat(outcome.output()).startsWith("hydra ");
    assertThat(outcome.exitCode()).isZero();
  }

  private static void assertRefuses(Path program, String... texts) throws Exception {
    for (int i = 0; i < 2; i++) { // nothing is remembered of a refusal
      ProgramRun outcome = run(Map.of(), program, "--version");
      assertThat(outcome.output()).contains(texts).doesNotContain("0.1.0-SNAPSHOT (Java");
      assertThat(outcome.exitCode()).isEqualTo(FAULT);
    }
  }

  private static void copyAll(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  /** One bit, and no other trace that a program could set. */
  private static void tamper(Path file) throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    Files.setLastModifiedTime(file, time);
  }

  /** A checkout as it is after a build, without the sources. */
  private Path checkout() throws IOException {
    Path target = directory.resolve("cli/target");
    copyAll(ROOT.resolve("cli/target/lib"), target.resolve("lib"));
    Files.copy(ROOT.resolve("cli/target/hydra-cli.jar"), target.resolve("hydra-cli.jar"));
    for (String module : List.of("protocol", "client", "server", "operator", "cluster", "tools")) {
      Files.createDirectory(directory.resolve(module));
    }
    Files.createFile(directory.resolve("pom.xml"));
    for (String file : List.of("hydra", "dependencies.sha256", "tools/DependencyLock.java")) {
      Files.copy(ROOT.resolve(file), directory.resolve(file));
    }
    Files.setLastModifiedTime(directory.resolve("pom.xml"), FileTime.fromMillis(0));
    return directory.resolve("hydra");
  }

  @Test
  void aCheckoutDoesNotRunAJarThatWasSwapped() throws Exception {
    Path hydra = checkout();
    Path lib = directory.resolve("cli/target/lib");
    assertRuns(hydra);
    assertRuns(hydra);

    tamper(lib.resolve(JAR));
    assertRefuses(hydra, JAR, "expected  ", "found     ", "Delete ");
    tamper(lib.resolve(JAR));
    assertRuns(hydra);

    Files.copy(lib.resolve(JAR), lib.resolve("a.jar"));
    assertRefuses(hydra, "a.jar", "is not in it");
  }

  @Test
  void aCheckoutRunsNothingElseThatJavaTakesForAJar() throws Exception {
    Path hydra = checkout();
    Path lib = directory.resolve("cli/target/lib");
    assertRuns(hydra);

    for (String name : List.of("A.JAR", ".hidden.jar", "with blank.jar")) {
      Files.copy(lib.resolve(JAR), lib.resolve(name));
      assertRefuses(hydra, name, "is not in it");
      Files.delete(lib.resolve(name));
    }
    Files.createDirectory(lib.resolve("classes.jar"));
    assertRefuses(hydra, "classes.jar", "is not in it");
    Files.delete(lib.resolve("classes.jar"));
    assertRuns(hydra);
  }

  @Test
  void aJarBehindALinkIsLookedAtWhereItIs() throws Exception {
    Path hydra = checkout();
    Path jar = directory.resolve("cli/target/lib").resolve(JAR);
    Path elsewhere = Files.move(jar, directory.resolve(JAR));
    Files.createSymbolicLink(jar, elsewhere);
    assertRuns(hydra);

    tamper(elsewhere);
    assertRefuses(hydra, JAR, "expected  ");
  }

  @Test
  void aCheckoutOnAMachineWithoutSha256sumDoesNotEither() throws Exception {
    Path hydra = checkout();
    Path path = Files.createDirectory(directory.resolve("bin"));
    for (String tool :
        List.of("sh", "dirname", "find", "head", "readlink", "rm", "mv", "mkdir", "ls", "cat")) {
      for (String place : List.of("/usr/bin", "/bin")) {
        if (Files.exists(Path.of(place, tool)) && !Files.exists(path.resolve(tool))) {
          Files.writeString(
              path.resolve(tool), "#!/bin/sh\nexec " + Path.of(place, tool) + " \"$@\"\n");
          path.resolve(tool).toFile().setExecutable(true);
        }
      }
    }
    Map<String, String> environment = Map.of("PATH", path.toString());
    assertThat(run(environment, hydra, "--version").exitCode()).isZero();

    tamper(directory.resolve("cli/target/lib").resolve(JAR));

    ProgramRun outcome = run(environment, hydra, "--version");
    assertThat(outcome.output()).contains(JAR, "expected  ");
    assertThat(outcome.exitCode()).isEqualTo(FAULT);
  }

  @Test
  void anInstallationDoesNotRunAJarThatWasSwapped() throws Exception {
    Path lib = directory.resolve("lib");
    copyAll(ROOT.resolve("cli/target/lib"), lib);
    Files.copy(ROOT.resolve("cli/target/hydra-cli.jar"), lib.resolve("hydra-cli.jar"));
    Files.createDirectory(directory.resolve("bin"));
    Path hydra =
        Files.copy(ROOT.resolve("dist/src/bin/hydra"), directory.resolve("bin").resolve("hydra"));
    hydra.toFile().setExecutable(true);
    run(
        Map.of("LC_ALL", "C"),
        Path.of("/bin/sh"),
        "-c",
        "cd '" + lib + "' && sha256sum *.j* >SHA256SUMS");
    assertRuns(hydra);
    assertRuns(hydra);

    tamper(lib.resolve(JAR));
    assertRefuses(hydra, "is not what was packed");
    tamper(lib.resolve(JAR));
    assertRuns(hydra);

    Files.copy(lib.resolve(JAR), lib.resolve("a.jar"));
    assertRefuses(hydra, "is not what was packed");
    Files.delete(lib.resolve("a.jar"));
    assertRuns(hydra);

    Files.createDirectory(lib.resolve("classes.jar"));
    assertRefuses(hydra, "is not what was packed");
  }

  @Test
  void noArchiveIsMadeOfAJarThatWasSwapped() throws Exception {
    checkout();
    Path dist = Files.createDirectory(directory.resolve("dist"));
    Path script = Files.copy(ROOT.resolve("dist/make-archives"), dist.resolve("make-archives"));
    copyAll(directory.resolve("cli/target/lib"), dist.resolve("target/lib"));
    tamper(dist.resolve("target/lib").resolve(JAR));

    ProgramRun outcome =
        run(
            Map.of(),
            Path.of("/bin/sh"),
            script.toString(),
            "1.0",
            System.getProperty("java.home"));

    assertThat(outcome.output()).contains("not what was locked", JAR);
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(dist.resolve("target/hydra-1.0")).doesNotExist();
  }
}
