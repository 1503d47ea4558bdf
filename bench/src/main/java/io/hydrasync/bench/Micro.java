package io.hydrasync.bench;

import io.hydrasync.bench.Results.Sample;
import java.util.Collection;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The JMH benchmarks of this module, run as part of the whole. */
final class Micro {
  static final String SEAL = "seal";
  static final String LOG = "log";
  static final String NANOS = "ns/op";
  static final String BYTES = "bytes allocated/op";

  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private Micro() {}

  static void measure(Results results, boolean quick) {
    run(results, SEAL, "SealBenchmark", quick);
    run(results, LOG, "LogBenchmark", quick);
  }

  private static void run(Results results, String figure, String benchmark, boolean quick) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(benchmark)
            .forks(quick ? 1 : 2)
            .warmupIterations(3)
            .warmupTime(TimeValue.milliseconds(quick ? 50 : 300))
            .measurementIterations(quick ? 1 : 3)
            .measurementTime(TimeValue.milliseconds(quick ? 50 : 300))
            .addProfiler("gc")
            .jvmArgs(Child.jvmFlags().toArray(String[]::new))
            .shouldFailOnError(true)
            .verbosity(org.openjdk.jmh.runner.options.VerboseMode.SILENT);
    try {
      for (RunResult result : new Runner(options.build()).run()) {
        record(results, figure, result);
      }
    } catch (RunnerException e) {
      throw new IllegalStateException("a micro-benchmark failed", e);
    }
  }

  private static void record(Results results, String figure, RunResult result) {
    String name = result.getPrimaryResult().getLabel();
    String size = result.getParams().getParam("size");
    String parameter = size == null ? "" : size + " B";
    Collection<String> extras = result.getSecondaryResults().keySet();
    Result<?> time = result.getPrimaryResult();
    int round = 0;
    for (double value : values(result)) {
      results.add(new Sample(figure, name, parameter, NANOS, ++round, value));
    }
    if (time.getScore() > 0 && extras.contains(ALLOCATION)) {
      double bytes = result.getSecondaryResults().get(ALLOCATION).getScore();
      results.add(new Sample(figure, name, parameter, BYTES, 1, bytes));
    }
  }

  /** Each iteration of each fork. */
  private static double[] values(RunResult result) {
    return result.getBenchmarkResults().stream()
        .flatMap(fork -> fork.getIterationResults().stream())
        .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
        .toArray();
  }
}
