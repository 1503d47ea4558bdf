package io.hydrasync.tests.crate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The crate's own tests and examples, with our relay in the place of its server. */
@Tag("foreign")
@Timeout(value = 10, unit = TimeUnit.MINUTES) // cargo builds them
class CrateSuitesIT {
  private static final int RUNS = 30;

  private static RelayStand stand;

  @BeforeAll
  static void build() throws Exception {
    CrateVersion.tested().forEach(Cargo::assumeBuilt);
    stand = new RelayStand();
  }

  @AfterAll
  static void close() throws Exception {
    if (stand != null) {
      stand.close();
    }
  }

  static List<CrateVersion> versions() {
    return CrateVersion.tested();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void whatAppliesOfItsTestsPasses(CrateVersion version) throws Exception {
    CrateSuite suite = CrateSuite.prepare(version, stand);

    assertThat(suite.test()).isNotEmpty().allSatisfy((name, result) -> assertOk(name, result));
  }

  private static void assertOk(String name, String result) {
    assertThat(result).as(name).isEqualTo("ok");
  }

  @ParameterizedTest
  @MethodSource("versions")
  void itsExamplesWorkEachTime(CrateVersion version) throws Exception {
    CrateSuite suite = CrateSuite.prepare(version, stand);

    assertThat(suite.documentation(RUNS)).isEqualTo(RUNS);
    assertThat(suite.readme(RUNS)).isEqualTo(RUNS);
  }
}
