package io.hydrasync.tests.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.tests.support.ProgramRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who asks Maven to skip tests is spared the system tests, too. Played with a project of one test,
 * whose parent is this build's; some seconds for each.
 */
@Tag("any-jdk")
class SkippedTestsIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String NAME = "io/hydrasync/tests/tools/SkippedTestsIT$Only.class";
  private static final String RAN = "the only test has run";

  @TempDir private Path project;

  /** What the project consists of. */
  static final class Only {
    @Test
    void runs() {
      System.out.println(RAN);
    }
  }

  @BeforeEach
  void makeTheProject() throws IOException {
    Files.writeString(
        project.resolve("pom.xml"),
        "<project><modelVersion>4.0.0</modelVersion><parent><groupId>io.hydrasync</groupId>"
            + "<artifactId>hydra-sync</artifactId><version>0.1.0-SNAPSHOT</version><relativePath>"
            + project.toRealPath().relativize(ROOT.toRealPath()).resolve("pom.xml")
            + "</relativePath></parent><artifactId>one-test</artifactId></project>");
    Path test = project.resolve("target/test-classes").resolve(NAME);
    Files.createDirectories(test.getParent());
    Files.copy(Path.of("target/test-classes").resolve(NAME), test);
  }

  /** As the phases from integration-test on do it, with the configuration that the build has. */
  private String integrationTests(String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("mvn", "-B", "-o"));
    command.addAll(List.of(options));
    command.add("-Dit.test=SkippedTestsIT$Only");
    command.add("failsafe:integration-test@default");
    command.add("failsafe:verify@default");
    ProcessBuilder builder = new ProcessBuilder(command).directory(project.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    String said = ProgramRun.of(builder, project.resolve("log")).output();
    assertThat(said).contains("BUILD SUCCESS");
    return said;
  }

  @Test
  void systemTestsRunWhereNobodySkipsThem() throws Exception {
    assertThat(integrationTests()).contains(RAN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-DskipTests", "-DskipITs", "-Dmaven.test.skip"})
  void systemTestsAreSkipped(String option) throws Exception {
    assertThat(integrationTests(option)).contains("Tests are skipped").doesNotContain(RAN);
  }
}
