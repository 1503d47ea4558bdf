package io.hydrasync.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.server.cluster.LocalDirectory;
import io.hydrasync.server.cluster.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code docs/reference/metrics.md} against what a relay gives, and both against the rule for
 * names.
 */
@Timeout(60)
class MetricsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "metrics.md");
  private static final Pattern ROW =
      Pattern.compile(
          "(?m)^\\| `([a-z0-9_]+)` \\| (\\w+) \\| ?(\\w*) \\| ?([^|]*?) ?\\| [^|]+ \\|$");
  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\w+)$");
  private static final Pattern SERIES = Pattern.compile("(?m)^([a-z0-9_]+)(?:\\{(.*)})? \\S+$");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");

  /** Once it has occurred. */
  private static final String CLOSED = "hydra_closed_connections_total{";

  @TempDir private static Path keys;

  private final OperatedRelay relay =
      OperatedRelay.node(keys, new LocalDirectory(new NodeId(1, 2)));
  private final Sampler sampler = new Sampler(relay.server.operator());
  private final RelayMetrics metrics = new RelayMetrics(sampler, "1.2.3");
  private String given = "";
  private String page = "";

  /** A metric as one of the two has it. */
  private record Metric(String type, Set<String> labels) {}

  @BeforeEach
  void scrape() throws IOException {
    page = Files.readString(PAGE);
    HydraProducer producer = relay.producer();
    producer.close();
    Await.until("a client is gone", () -> metrics.scrape().contains(CLOSED));
    given = metrics.scrape();
  }

  @AfterEach
  void close() {
    metrics.close();
    relay.close();
  }

  private Map<String, Metric> listed() {
    Map<String, Metric> listed = new TreeMap<>();
    for (MatchResult row : (Iterable<MatchResult>) ROW.matcher(page).results()::iterator) {
      Set<String> labels =
          Arrays.stream(row.group(4).split(", "))
              .filter(label -> !label.isEmpty())
              .map(label -> label.replace("`", ""))
              .collect(Collectors.toCollection(TreeSet::new));
      Metric before = listed.put(row.group(1), new Metric(row.group(2), labels));
      assertThat(before).as("%s is listed once", row.group(1)).isNull();
    }
    return listed;
  }

  private Map<String, Metric> given() {
    Map<String, Metric> metrics = new TreeMap<>();
    TYPE.matcher(given)
        .results()
        .forEach(type -> metrics.put(type.group(1), new Metric(type.group(2), new TreeSet<>())));
    for (MatchResult series : (Iterable<MatchResult>) SERIES.matcher(given).results()::iterator) {
      Metric metric = metrics.get(series.group(1));
      assertThat(metric).as("%s has a type", series.group(1)).isNotNull();
      if (series.group(2) != null) {
        LABEL
            .matcher(series.group(2))
            .results()
            .forEach(label -> metric.labels.add(label.group(1)));
      }
    }
    return metrics;
  }

  @Test
  void thePageHasEachMetricThatIsGivenAndNoOther() {
    assertThat(listed()).isEqualTo(given());
  }

  @Test
  void namesFollowTheRule() {
    Map<String, Metric> own = listed();
    own.keySet().removeIf(name -> !name.startsWith("hydra_"));
    assertThat(own).hasSizeGreaterThan(10);
    own.forEach(
        (name, metric) -> {
          assertThat(name).matches("hydra(_[a-z]+)+");
          assertThat(name.endsWith("_total")).as(name).isEqualTo(metric.type.equals("counter"));
        });
    for (MatchResult row : (Iterable<MatchResult>) ROW.matcher(page).results()::iterator) {
      boolean yesOrNo = row.group(1).endsWith("_up");
      boolean info = row.group(1).equals("hydra_build_info");
      assertThat(row.group(3).isEmpty()).as(row.group(1)).isEqualTo(info || yesOrNo);
      if (row.group(1).startsWith("hydra_") && !info && !yesOrNo) {
        assertThat(row.group(1).replaceFirst("_total$", ""))
            .as("ends with its unit")
            .endsWith("_" + row.group(3));
      }
    }
  }

  /** Whose dashboards show no clusters are spared series that are always 0. */
  @Test
  void aRelayAloneGivesNothingOfAClusters() {
    try (OperatedRelay alone = new OperatedRelay()) {
      RelayMetrics few = new RelayMetrics(new Sampler(alone.server.operator()), "1.2.3");
      assertThat(few.scrape())
          .contains("hydra_sessions")
          .doesNotContain("hydra_link", "hydra_lease");
      few.close();
    }
  }
}
