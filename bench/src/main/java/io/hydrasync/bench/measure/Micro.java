package io.hydrasync.bench.measure;

import io.hydrasync.bench.measure.Results.Sample;
import io.hydrasync.bench.process.Child;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The JMH benchmarks of this module, run as part of the whole. */
public final class Micro {
  public static final String SEAL = "seal";
  public static final String LOG = "log";
  public static final String NANOS = "ns/op";
  public static final String BYTES = "bytes allocated/op";

  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private Micro() {}

  /** All of them in each round, so that what is compared takes turns. */
  public static void measure(Results results, int rounds, boolean quick) {
    for (int round = 1; round <= rounds; round++) {
      run(results, SEAL, "SealBenchmark", round, quick);
      run(results, LOG, "LogBenchmark", round, quick);
    }
  }

  private static void run(
      Results results, String figure, String benchmark, int round, boolean quick) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(benchmark)
            .forks(1)
            .warmupIterations(2)
            .warmupTime(TimeValue.milliseconds(quick ? 50 : 300))
            .measurementIterations(2)
            .measurementTime(TimeValue.milliseconds(quick ? 50 : 300))
            .addProfiler("gc")
            .jvmArgs(Child.jvmFlags().toArray(String[]::new))
            .shouldFailOnError(true)
            .verbosity(org.openjdk.jmh.runner.options.VerboseMode.SILENT);
    try {
      for (RunResult result : new Runner(options.build()).run()) {
        record(results, figure, round, result);
      }
    } catch (RunnerException e) {
      throw new IllegalStateException("a micro-benchmark failed", e);
    }
  }

  private static void record(Results results, String figure, int round, RunResult result) {
    String name = result.getPrimaryResult().getLabel();
    String size = result.getParams().getParam("size");
    String parameter = size == null ? "" : size + " B";
    Result<?> time = result.getPrimaryResult();
    results.add(new Sample(figure, name, parameter, NANOS, round, time.getScore()));
    Result<?> allocated = result.getSecondaryResults().get(ALLOCATION);
    if (allocated != null) {
      results.add(new Sample(figure, name, parameter, BYTES, round, allocated.getScore()));
    }
  }
}
