package io.hydrasync.protocol.crypto;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The test vectors of the Wycheproof project, read where they are. The system property or
 * environment variable {@code HYDRA_WYCHEPROOF} names their folder, which must be there then; by
 * default it is {@code ../shared/vectors/wycheproof} beside the project, and without it the tests
 * are skipped.
 */
final class Wycheproof {
  private static final String NAME = "HYDRA_WYCHEPROOF";
  private static final Path DEFAULT = Path.of("..", "..", "shared", "vectors", "wycheproof");

  private Wycheproof() {}

  /**
   * One test vector.
   *
   * @param group the fields of its group
   * @param fields its own
   */
  record Vector(Map<?, ?> group, Map<?, ?> fields) {
    byte[] bytes(String field) {
      return HexFormat.of().parseHex(text(field));
    }

    String text(String field) {
      return String.valueOf(fields.get(field));
    }

    int number(String field) {
      return ((Long) fields.get(field)).intValue();
    }

    int groupNumber(String field) {
      return ((Long) group.get(field)).intValue();
    }

    boolean isValid() {
      return text("result").equals("valid");
    }

    boolean isInvalid() {
      return text("result").equals("invalid");
    }

    @Override
    public String toString() {
      return "#" + text("tcId") + " " + text("comment") + " " + text("flags");
    }
  }

  /** All vectors of a file. */
  static List<Vector> vectors(String file) throws IOException {
    Optional<String> named =
        Optional.ofNullable(System.getProperty(NAME)).or(() -> Optional.ofNullable(env()));
    Path folder = named.map(Path::of).orElse(DEFAULT);
    assumeTrue(
        named.isPresent() || Files.isDirectory(folder),
        "no Wycheproof vectors in " + folder + "; " + NAME + " can name another folder");
    Map<?, ?> root = (Map<?, ?>) Json.parse(Files.readString(folder.resolve(file)));
    return ((List<?>) root.get("testGroups"))
        .stream().map(group -> (Map<?, ?>) group).flatMap(Wycheproof::tests).toList();
  }

  private static String env() {
    return System.getenv(NAME);
  }

  private static Stream<Vector> tests(Map<?, ?> group) {
    return ((List<?>) group.get("tests")).stream().map(test -> new Vector(group, (Map<?, ?>) test));
  }
}
