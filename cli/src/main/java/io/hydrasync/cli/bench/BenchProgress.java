package io.hydrasync.cli.bench;

import io.hydrasync.cli.console.ProgressWatch;
import io.hydrasync.cli.console.StatusLine;
import io.hydrasync.cli.console.TerminalWriter;
import io.hydrasync.cli.console.Units;
import java.io.PrintWriter;
import java.util.Optional;

/**
 * How far a benchmark is, on a terminal: by its clock alone, for whoever counted messages for a
 * screen would measure that, too.
 */
final class BenchProgress {
  private static final double NANOS = 1e9;
  private static final int BAR = 30;
  private static final int NARROW = 60;

  private final Optional<StatusLine> status;
  private final Optional<ProgressWatch> watch;

  private BenchProgress(Optional<StatusLine> status, Optional<ProgressWatch> watch) {
    this.status = status;
    this.watch = watch;
  }

  /** Shows it on stderr until it is closed, if that is a terminal. */
  static BenchProgress show(PrintWriter err, BenchPlan plan) {
    if (!(err instanceof TerminalWriter terminal)) {
      return new BenchProgress(Optional.empty(), Optional.empty());
    }
    StatusLine status = new StatusLine(terminal);
    long began = System.nanoTime();
    ProgressWatch watch =
        ProgressWatch.drawing(
            () -> status.draw(columns -> line(plan, (System.nanoTime() - began) / NANOS, columns)));
    return new BenchProgress(Optional.of(status), Optional.of(watch));
  }

  void close() {
    watch.ifPresent(ProgressWatch::close);
    status.ifPresent(StatusLine::clear);
  }

  /** One line, at most so many columns wide. */
  static String line(BenchPlan plan, double seconds, int columns) {
    double warmup = plan.warmup().toNanos() / NANOS;
    double duration = plan.duration().toNanos() / NANOS;
    double measured = seconds - warmup;
    String words =
        measured < 0
            ? "warming up  " + ofSeconds(seconds, warmup)
            : measured < duration
                ? "measuring  " + ofSeconds(measured, duration)
                : "waiting for the consumers' end";
    double share = measured < 0 ? seconds / warmup : measured / duration;
    String line = Units.bar(share, columns < NARROW ? BAR / 3 : BAR) + "  " + words;
    return line.substring(0, Math.min(line.length(), columns));
  }

  private static String ofSeconds(double seconds, double all) {
    return (long) seconds + " of " + Units.significant(all) + " s";
  }
}
