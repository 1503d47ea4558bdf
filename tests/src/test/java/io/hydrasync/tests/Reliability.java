package io.hydrasync.tests;

import io.hydrasync.tests.support.Attempts;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs all that is done to relay and clients by way of attacks and faults, and prints a table: what
 * was tried, how often, what failed. {@code tests/bin/reliability} starts it with the full numbers.
 */
public final class Reliability implements TestExecutionListener {
  private static final Map<String, List<String>> GROUPS = new LinkedHashMap<>();

  static {
    GROUPS.put(
        "primitives",
        List.of(
            "io.hydrasync.protocol.crypto.WycheproofTest",
            "io.hydrasync.protocol.crypto.AesKeyTest",
            "io.hydrasync.tests.security.KeysInMemoryIT"));
    GROUPS.put(
        "malicious relay",
        List.of(
            "io.hydrasync.client.LyingRelayTest",
            "io.hydrasync.client.internal.consumer.StallWatchTest",
            "io.hydrasync.tests.security.MaliciousRelayIT",
            "io.hydrasync.tests.security.TamperingIT"));
    GROUPS.put(
        "lying relays by class",
        List.of(
            "io.hydrasync.client.internal.stream.LiarsTest",
            "io.hydrasync.client.LiarOverTcpTest",
            "io.hydrasync.client.RelayRestartsIT",
            "io.hydrasync.tests.delivery.PeerPairingsIT"));
    GROUPS.put(
        "hostile clients",
        List.of(
            "io.hydrasync.tests.security.HostileClientsIT",
            "io.hydrasync.tests.security.AddressLimitsIT",
            "io.hydrasync.tests.delivery.InteropIT",
            "io.hydrasync.tests.classic.ClassicRelayIT"));
    GROUPS.put("bytes and CPU per message type", List.of("io.hydrasync.tests.costs.CostsIT"));
    GROUPS.put(
        "memory per kind of kept thing", List.of("io.hydrasync.tests.security.KeptThingsIT"));
    GROUPS.put(
        "a relay without memory",
        List.of(
            "io.hydrasync.server.FatalErrorsIT", "io.hydrasync.tests.faults.RelayOutOfMemoryIT"));
    GROUPS.put(
        "faults", List.of("io.hydrasync.tests.faults.ChaosIT", "io.hydrasync.tests.faults.KillIT"));
    GROUPS.put("fuzzing", List.of("io.hydrasync.fuzz.FuzzIT"));
    GROUPS.put("logs of this run", List.of("io.hydrasync.tests.security.RunLogIT"));
  }

  /** A line of the table; the cases of a parameterized test share one. */
  private static final class Row {
    private long tried;
    private int failed;
    private long nanos;
  }

  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();
  private final PrintStream out;
  private long beganNanos;

  private Reliability(PrintStream out) {
    this.out = out;
  }

  /** Runs everything, or the groups that are named. */
  public static void main(String[] names) {
    Reliability table = new Reliability(System.out);
    try (LauncherSession session = LauncherFactory.openSession()) {
      GROUPS.forEach(
          (group, classes) -> {
            if (names.length == 0 || List.of(names).contains(group)) {
              table.run(session.getLauncher(), group, classes);
            }
          });
    }
    table.failures.forEach(System.out::println);
    System.exit(table.failures.isEmpty() ? 0 : 1);
  }

  private void run(Launcher launcher, String group, List<String> classes) {
    rows.clear();
    LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
    classes.forEach(name -> request.selectors(DiscoverySelectors.selectClass(name)));
    request.configurationParameter("junit.jupiter.execution.timeout.default", "900 s");
    launcher.execute(request.build(), this);
    out.printf("%n%-86s %9s %7s %8s%n", group.toUpperCase(Locale.ROOT), "tried", "failed", "s");
    rows.forEach(
        (what, row) ->
            out.printf("%-86s %,9d %7d %8.1f%n", what, row.tried, row.failed, row.nanos / 1e9));
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    if (test.isTest()) {
      beganNanos = System.nanoTime();
      Attempts.take();
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean failed = result.getStatus() == TestExecutionResult.Status.FAILED;
    if (failed) {
      failures.add("FAILED " + test.getUniqueId() + ": " + result.getThrowable().orElseThrow());
    }
    if (!test.isTest()) {
      return;
    }
    boolean skipped = result.getStatus() == TestExecutionResult.Status.ABORTED;
    Row row = rows.computeIfAbsent(name(test) + (skipped ? " (skipped)" : ""), what -> new Row());
    row.tried += skipped ? 0 : Math.max(1, Attempts.take());
    row.failed += failed ? 1 : 0;
    row.nanos += System.nanoTime() - beganNanos;
  }

  /** The method's name as words: {@code noSecretIsLeft} is "no secret is left". */
  private static String name(TestIdentifier test) {
    String method =
        test.getSource()
            .filter(MethodSource.class::isInstance)
            .map(source -> ((MethodSource) source).getMethodName())
            .orElse(test.getDisplayName());
    return method
        .replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9])", " ")
        .toLowerCase(Locale.ROOT);
  }
}
