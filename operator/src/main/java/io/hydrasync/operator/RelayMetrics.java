package io.hydrasync.operator;

import io.hydrasync.protocol.Role;
import io.hydrasync.server.ClusterStatus;
import io.hydrasync.server.ConnectionStatus;
import io.hydrasync.server.RelayStatus;
import io.hydrasync.server.SessionStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * The relay's figures in Prometheus' text format, as {@code docs/reference/metrics.md} lists them.
 * No label names a session or a client. Thread-safe.
 */
final class RelayMetrics {
  private static final double MILLIS = 1e3;
  private static final double[] QUANTILES = {0.5, 0.9, 1};

  private final Sampler sampler;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** By name and label: a registry says on stderr, or in the log, that it has got one again. */
  private final Map<String, FunctionCounter> labelled = new ConcurrentHashMap<>();

  RelayMetrics(Sampler sampler, String version) {
    this.sampler = sampler;
    gauges();
    counter("hydra.received.bytes", "From clients.", RelayStatus::receivedBytes);
    counter("hydra.sent.bytes", "To clients.", RelayStatus::sentBytes);
    counter(
        "hydra.gap.frames",
        "Frames left out, once for each consumer: announced, but for --classic-lossy.",
        RelayStatus::gapFrames);
    lags(
        "hydra.consumer.lag.bytes", "What consumers have still to take.", SessionStatus::consumers);
    if (sampler.cluster().isPresent()) {
      cluster();
    }
    Gauge.builder("hydra.build.info", () -> 1)
        .tag("version", version)
        .tag("java", System.getProperty("java.version", ""))
        .description("What runs here.")
        .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  private void cluster() {
    lags(
        "hydra.link.lag.bytes",
        "What links of other nodes have still to take here.",
        SessionStatus::links);
    links("owner", RelayStatus::linksTaken);
    links("edge", RelayStatus::linksMade);
    counter("hydra.link.received.bytes", "From other nodes.", RelayStatus::linkReceivedBytes);
    counter("hydra.link.sent.bytes", "To other nodes.", RelayStatus::linkSentBytes);
    counter(
        "hydra.takeovers",
        "Sessions of other nodes that have become this one's.",
        RelayStatus::takeovers);
    ofCluster(
        "hydra.cluster.nodes",
        "Nodes that the directory says of, this one, too.",
        cluster -> cluster.nodes().size());
    ofCluster(
        "hydra.directory.up",
        "Whether the directory answers and takes writes: 1 or 0.",
        cluster -> cluster.directory().reachable() && cluster.directory().writable() ? 1 : 0);
    ofCluster(
        "hydra.lease.remaining.seconds",
        "For how long other nodes believe that this one is there if it renews nothing any more.",
        cluster -> cluster.leaseLeft().map(RelayMetrics::seconds).orElse(0.0));
  }

  private static double seconds(Duration time) {
    return time.toMillis() / MILLIS;
  }

  private void ofCluster(String name, String what, ToDoubleFunction<ClusterStatus> value) {
    Gauge.builder(
            name, sampler, from -> from.sample().cluster().map(value::applyAsDouble).orElse(0.0))
        .description(what)
        .register(registry);
  }

  private void links(String seat, ToDoubleFunction<RelayStatus> value) {
    Gauge.builder("hydra.links", sampler, from -> value.applyAsDouble(from.sample().status()))
        .tag("seat", seat)
        .description("Links: owner, of other nodes to this one; edge, of this one to others.")
        .register(registry);
  }

  private void lags(
      String name, String what, Function<SessionStatus, List<ConnectionStatus>> whose) {
    for (double quantile : QUANTILES) {
      Gauge.builder(name, this, metrics -> metrics.lag(quantile, whose))
          .tag("quantile", quantile == 1 ? "1" : String.valueOf(quantile))
          .description(what)
          .register(registry);
    }
  }

  private void gauges() {
    for (Role role : Role.values()) {
      connections(
          role.name().toLowerCase(Locale.ROOT),
          status -> status.connections().getOrDefault(role, 0));
    }
    connections("observer", RelayStatus::observers);
    connections("joining", RelayStatus::joining);
    gauge("hydra.sessions", "Sessions known.", RelayStatus::sessions);
    gauge("hydra.log.memory.bytes", "Memory of all logs.", RelayStatus::logMemoryBytes);
    gauge("hydra.log.memory.limit.bytes", "Its limit.", RelayStatus::memoryBudgetBytes);
    gauge("hydra.spill.bytes", "Spilled to disk.", RelayStatus::spillBytes);
  }

  private void connections(String role, ToDoubleFunction<RelayStatus> value) {
    Gauge.builder("hydra.connections", sampler, from -> value.applyAsDouble(from.sample().status()))
        .tag("role", role)
        .description("Clients connected; joining: not joined yet, or on their way out.")
        .register(registry);
  }

  private void gauge(String name, String what, ToDoubleFunction<RelayStatus> value) {
    Gauge.builder(name, sampler, from -> value.applyAsDouble(from.sample().status()))
        .description(what)
        .register(registry);
  }

  private void counter(String name, String what, ToDoubleFunction<RelayStatus> value) {
    FunctionCounter.builder(name, sampler, from -> value.applyAsDouble(from.sample().status()))
        .description(what)
        .register(registry);
  }

  /** Counters by a label; each is registered when its label is first seen, and once. */
  private void counters(
      String name, String label, String what, Function<RelayStatus, Map<String, Long>> values) {
    for (String key : values.apply(sampler.sample().status()).keySet()) {
      labelled.computeIfAbsent(
          name + " " + key,
          first ->
              FunctionCounter.builder(
                      name,
                      sampler,
                      from -> values.apply(from.sample().status()).getOrDefault(key, 0L))
                  .tag(label, key)
                  .description(what)
                  .register(registry));
    }
  }

  private double lag(double quantile, Function<SessionStatus, List<ConnectionStatus>> whose) {
    long[] lags =
        sampler.sample().sessions().stream()
            .flatMap(session -> whose.apply(session).stream())
            .mapToLong(ConnectionStatus::lagBytes)
            .sorted()
            .toArray();
    return lags.length == 0 ? 0 : lags[(int) Math.ceil(quantile * lags.length) - 1];
  }

  /** All figures of this moment. */
  String scrape() {
    counters(
        "hydra.handshakes", "result", "Handshakes, by how they ended.", RelayStatus::handshakes);
    counters(
        "hydra.rejected.clients",
        "reason",
        "Clients refused before they joined.",
        RelayStatus::rejected);
    counters(
        "hydra.closed.connections",
        "reason",
        "Clients gone after they joined.",
        RelayStatus::closed);
    counters(
        "hydra.overflow.actions",
        "policy",
        "Actions at capacity: a producer stopped, a segment spilled, a consumer dropped or moved.",
        RelayStatus::overflows);
    return registry.scrape();
  }

  void close() {
    registry.close();
  }
}
