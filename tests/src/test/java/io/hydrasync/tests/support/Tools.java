package io.hydrasync.tests.support;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs that some tests need and that a developer's machine may lack: without them a test is
 * skipped, unless {@code HYDRA_REQUIRE_TOOLS=true} in the environment says that all must be there.
 */
public final class Tools {
  private static final boolean REQUIRED =
      Boolean.parseBoolean(System.getenv("HYDRA_REQUIRE_TOOLS"));

  private Tools() {}

  /** Goes on if the tools are there; skips the test, or fails where they are required. */
  public static void assume(boolean present, String whatIsNeeded) {
    if (present) {
      return;
    }
    if (REQUIRED) {
      Assertions.fail("HYDRA_REQUIRE_TOOLS is set, but " + whatIsNeeded);
    }
    Assumptions.abort(whatIsNeeded);
  }
}
