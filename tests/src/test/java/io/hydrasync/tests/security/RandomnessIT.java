package io.hydrasync.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing that has to be unpredictable comes from anything but {@code SecureRandom}. */
class RandomnessIT {
  private static final Pattern PREDICTABLE =
      Pattern.compile(
          "\\bnew (Splittable)?Random\\(|ThreadLocalRandom|Math\\.random|RandomGenerator");

  @Test
  void predictableRandomNumbersOnlySpreadRetriesAndMakeDemonstrations() throws IOException {
    Set<String> files = new TreeSet<>();
    int[] looked = new int[1];
    try (Stream<Path> modules = Files.list(Path.of(".."))) {
      for (Path module :
          modules
              .filter(m -> !m.endsWith("bench")) // which measures, and is not shipped
              .filter(m -> Files.isDirectory(m.resolve("src/main/java")))
              .toList()) {
        try (Stream<Path> sources = Files.walk(module.resolve("src/main/java"))) {
          for (Path source : sources.filter(s -> s.toString().endsWith(".java")).toList()) {
            looked[0]++;
            if (PREDICTABLE.matcher(Files.readString(source)).find()) {
              files.add(source.getFileName().toString());
            }
          }
        }
      }
    }
    assertThat(looked[0]).isGreaterThan(100);
    assertThat(files)
        .containsExactlyInAnyOrder(
            "Backoff.java",
            "ClusterContext.java", // when a node tries again; a simulation's seed repeats it
            "Connection.java",
            "RelayRound.java", // the order in which clients try the relays of a cluster
            "ReplacedFile.java",
            "BenchPayload.java",
            "DemoMessages.java",
            "NetworkFaults.java"); // of the module for tests: faults that a seed repeats
  }
}
