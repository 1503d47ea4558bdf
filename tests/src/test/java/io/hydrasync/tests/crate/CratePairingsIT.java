package io.hydrasync.tests.crate;

import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every role of the crate's at our relay, and every role of ours at the crate's server. */
@Tag("foreign")
class CratePairingsIT {

  @BeforeAll
  @Timeout(value = 10, unit = TimeUnit.MINUTES) // builds the crate where nobody has
  static void build() {
    CrateVersion.tested().forEach(Cargo::assumeBuilt);
  }

  static Stream<CrateCheck> all() {
    return CrateVersion.tested().stream().flatMap(version -> CrateChecks.of(version).stream());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("all")
  void works(CrateCheck check) throws Exception {
    check.run();
  }
}
