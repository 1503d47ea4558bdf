package io.hydrasync.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.tests.support.ProgramRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The relay holds no key, and the build proves that it has no code to open a frame either: with
 * hydra-client among its dependencies it does not build. The rule is run on a copy of the project's
 * poms, by the Maven and the JDK that run this test.
 */
@Tag("any-jdk")
class RelayCannotOpenFramesIT {
  private static final String MESSAGE = "the relay must not be able to open a frame";

  @TempDir Path copy;

  @BeforeEach
  void copiesThePoms() throws IOException {
    Path root = projectRoot();
    Files.createDirectory(copy.resolve("tools"));
    for (String file : List.of("pom.xml", "dependencies.sha256", "tools/DependencyLock.java")) {
      Files.copy(root.resolve(file), copy.resolve(file));
    }
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.filter(m -> Files.exists(m.resolve("pom.xml"))).toList()) {
        Path target = Files.createDirectory(copy.resolve(module.getFileName()));
        Files.copy(module.resolve("pom.xml"), target.resolve("pom.xml"));
      }
    }
  }

  @Test
  void acceptsTheServerAsItIs() throws Exception {
    ProgramRun outcome = validateServer();

    assertThat(outcome.output()).doesNotContain(MESSAGE);
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
  }

  @Test
  void rejectsServerThatDependsOnClient() throws Exception {
    addDependency("server", "hydra-client");

    assertRejected(validateServer());
  }

  @Test
  void rejectsServerThatDependsOnClientThroughAnotherModule() throws Exception {
    addModule("bridge", "hydra-client");
    addDependency("server", "hydra-bridge");

    assertRejected(validateServer());
  }

  private static void assertRejected(ProgramRun outcome) {
    assertThat(outcome.exitCode()).as(outcome.output()).isNotZero();
    assertThat(outcome.output()).contains(MESSAGE).contains("io.hydrasync:hydra-client");
  }

  private void addDependency(String module, String artifactId) throws IOException {
    Path pom = copy.resolve(module).resolve("pom.xml");
    String before = Files.readString(pom);
    String after = before.replaceFirst("<dependencies>", "<dependencies>" + dependency(artifactId));
    assertThat(after).isNotEqualTo(before);
    Files.writeString(pom, after);
  }

  private void addModule(String module, String dependsOn) throws IOException {
    Path root = copy.resolve("pom.xml");
    String modules = "<modules><module>" + module + "</module>";
    Files.writeString(root, Files.readString(root).replaceFirst("<modules>", modules));

    Path pom = Files.createDirectory(copy.resolve(module)).resolve("pom.xml");
    Files.writeString(
        pom,
        """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <parent>
            <groupId>io.hydrasync</groupId>
            <artifactId>hydra-sync</artifactId>
            <version>%s</version>
          </parent>
          <artifactId>hydra-%s</artifactId>
          <dependencies>%s</dependencies>
        </project>
        """
            .formatted(projectVersion(), module, dependency(dependsOn)));
  }

  private String dependency(String artifactId) throws IOException {
    return """
    <dependency>
      <groupId>io.hydrasync</groupId>
      <artifactId>%s</artifactId>
      <version>%s</version>
    </dependency>
    """
        .formatted(artifactId, projectVersion());
  }

  private String projectVersion() throws IOException {
    String pom = Files.readString(copy.resolve("pom.xml"));
    int start = pom.indexOf("<version>") + "<version>".length();
    return pom.substring(start, pom.indexOf("</version>", start));
  }

  /** Runs the phase to which the rule is bound; offline, as all it needs is here by now. */
  private ProgramRun validateServer() throws Exception {
    List<String> command = new ArrayList<>(List.of("mvn", "-B", "-o"));
    String repository = System.getProperty("maven.repo.local");
    if (repository != null) {
      command.add("-Dmaven.repo.local=" + repository);
    }
    command.addAll(List.of("-pl", "server", "-am", "validate"));

    ProcessBuilder builder = new ProcessBuilder(command).directory(copy.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return ProgramRun.of(builder, copy.resolve("maven.log"));
  }

  private static Path projectRoot() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("server").resolve("pom.xml"))) {
        return at;
      }
    }
    throw new UncheckedIOException(new IOException("the project's root is not above this one"));
  }
}
