package io.hydrasync.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/** The samples of one run. They go to a file, from which the report is made. Not thread-safe. */
public final class Results {
  private final List<Sample> samples = new ArrayList<>();
  private final Map<String, String> facts = new LinkedHashMap<>();

  /**
   * One measurement.
   *
   * @param figure which table it belongs to
   * @param subject what was measured
   * @param parameter such as the number of consumers
   * @param metric what the value is, with its unit
   * @param round from 1
   * @param value the value
   */
  public record Sample(
      String figure, String subject, String parameter, String metric, int round, double value) {}

  /**
   * What several rounds gave.
   *
   * @param median the median
   * @param min the smallest
   * @param max the largest
   * @param rounds how many
   */
  public record Summary(double median, double min, double max, int rounds) {}

  public void add(Sample sample) {
    samples.add(sample);
    System.out.printf(
        Locale.ROOT,
        "  %-14s %-34s %-8s %-22s round %d  %.5g%n",
        sample.figure,
        sample.subject,
        sample.parameter,
        sample.metric,
        sample.round,
        sample.value);
  }

  /** Something about the run that is not a number, such as what was skipped. */
  public void fact(String name, String value) {
    facts.put(name, value);
  }

  public Map<String, String> facts() {
    return facts;
  }

  /** Distinct values of a field among the samples of a figure, in the order they came. */
  public List<String> distinct(String figure, java.util.function.Function<Sample, String> field) {
    return samples.stream()
        .filter(sample -> sample.figure.equals(figure))
        .map(field)
        .distinct()
        .toList();
  }

  public boolean has(String figure) {
    return samples.stream().anyMatch(sample -> sample.figure.equals(figure));
  }

  /** Median and spread, absent if nothing was measured. */
  public java.util.Optional<Summary> summary(
      String figure, String subject, String parameter, String metric) {
    double[] values =
        values(
            sample ->
                sample.figure.equals(figure)
                    && sample.subject.equals(subject)
                    && sample.parameter.equals(parameter)
                    && sample.metric.equals(metric));
    if (values.length == 0) {
      return java.util.Optional.empty();
    }
    return java.util.Optional.of(
        new Summary(median(values), values[0], values[values.length - 1], values.length));
  }

  public OptionalDouble median(String figure, String subject, String parameter, String metric) {
    return summary(figure, subject, parameter, metric)
        .map(found -> OptionalDouble.of(found.median))
        .orElse(OptionalDouble.empty());
  }

  private double[] values(Predicate<Sample> wanted) {
    return samples.stream().filter(wanted).mapToDouble(Sample::value).sorted().toArray();
  }

  /** The median of sorted values. */
  static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Writes everything, tab-separated. */
  public void save(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add("#\t" + name + "\t" + value));
    for (Sample s : samples) {
      lines.add(
          String.join(
              "\t",
              s.figure,
              s.subject,
              s.parameter,
              s.metric,
              Integer.toString(s.round),
              Double.toString(s.value)));
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, lines);
  }

  /** Reads what {@link #save} wrote. */
  public static Results load(Path file) throws IOException {
    Results results = new Results();
    for (String line : Files.readAllLines(file)) {
      String[] cells = line.split("\t", -1);
      if (cells[0].equals("#")) {
        results.facts.put(cells[1], cells[2]);
      } else {
        results.samples.add(
            new Sample(
                cells[0],
                cells[1],
                cells[2],
                cells[3],
                Integer.parseInt(cells[4]),
                Double.parseDouble(cells[5])));
      }
    }
    return results;
  }
}
