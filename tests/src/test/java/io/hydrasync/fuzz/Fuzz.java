package io.hydrasync.fuzz;

import java.util.Arrays;

/**
 * What Jazzer runs: one target, or, without the property {@code fuzz.target}, the one that the
 * first byte of the input names.
 */
public final class Fuzz {
  private static final FuzzTarget[] ALL = FuzzTarget.values();
  private static final String ONLY = System.getProperty("fuzz.target", "");

  private static final FuzzTarget TARGET = ONLY.isEmpty() ? ALL[0] : FuzzTarget.valueOf(ONLY);

  private Fuzz() {}

  /**
   * Before the first execution, which has a limit of time: a target's classes are loaded and
   * instrumented here, which takes longer than that where the machine has other work to do.
   */
  public static void fuzzerInitialize() {
    for (FuzzTarget target : ONLY.isEmpty() ? ALL : new FuzzTarget[] {TARGET}) {
      target.seeds().forEach(target::run);
    }
  }

  /**
   * One execution.
   *
   * @param data the fuzzer's input
   */
  public static void fuzzerTestOneInput(byte[] data) {
    if (!ONLY.isEmpty()) {
      TARGET.run(data);
    } else if (data.length > 0) {
      ALL[(data[0] & 0xFF) % ALL.length].run(Arrays.copyOfRange(data, 1, data.length));
    }
  }
}
