package io.hydrasync.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.bench.client.ClientRun;
import io.hydrasync.bench.client.HydraPeer;
import io.hydrasync.bench.client.Payload;
import io.hydrasync.bench.client.Peer;
import io.hydrasync.bench.client.SealedPeer;
import io.hydrasync.bench.measure.Loads;
import io.hydrasync.bench.measure.RelayCost;
import io.hydrasync.bench.measure.Results;
import io.hydrasync.bench.relay.Brokers;
import io.hydrasync.bench.relay.Driver;
import io.hydrasync.bench.relay.HydraWire;
import io.hydrasync.bench.report.LoadTables;
import io.hydrasync.bench.report.Report;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether the harness works, in little time; it measures nothing here. */
class BenchTest {
  private static final long NANOS = 100_000_000;

  private static HydraServer relay() {
    return HydraServer.builder().address(new InetSocketAddress("0.0.0.0", 0)).bind();
  }

  @Test
  void driverDeliversEverythingThroughARelayOfOurs() throws IOException {
    try (HydraServer relay = relay()) {
      HydraWire wire = new HydraWire(Brokers.loopback(relay.address().getPort()));
      try (Driver driver = Driver.connect(wire, 2, 3, 64)) {
        long delivered = driver.run(NANOS);

        assertThat(delivered).isPositive();
        assertThat(delivered % (2 * 3)).isZero();
      }
    }
  }

  @Test
  void driverNoticesAWrongByte() throws IOException {
    try (HydraServer relay = relay()) {
      HydraWire wire = new HydraWire(Brokers.loopback(relay.address().getPort()));
      try (Driver driver = Driver.connect(wire, 1, 1, 64)) {
        driver.damageExpected();

        assertThatThrownBy(() -> driver.run(NANOS)).hasMessageContaining("other bytes");
      }
    }
  }

  @Test
  void clientsMeasureThroughputAndLatency() throws Exception {
    try (HydraServer relay = relay()) {
      InetSocketAddress address = Brokers.loopback(relay.address().getPort());
      try (Peer peer = new HydraPeer(address, 2, true)) {
        assertThat(new ClientRun(peer, 2, 64, 0).throughput(100, 200).perSecond()).isPositive();
      }
      try (Peer peer = new SealedPeer(new HydraPeer(address, 2, false))) {
        assertThat(new ClientRun(peer, 2, 100, 0).latency(1000, 2, 50, 200, false).getTotalCount())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void payloadsDifferInEveryByte() {
    byte[] message = new byte[100];
    for (int i = 0; i < message.length; i++) {
      Payload.fill(message, message.length, 7);
      assertThat(Payload.matches(message, 0, message.length, message.length, 7)).isTrue();
      message[i]++;
      assertThat(Payload.matches(message, 0, message.length, message.length, 7)).isFalse();
      assertThat(
              new Payload.Check(message.length)
                  .matches(ByteBuffer.wrap(message), message.length, 7))
          .isFalse();
    }
  }

  @Test
  void pageSaysWhichGoalsAreMissed(@TempDir Path directory) throws IOException {
    Results results = new Results();
    for (int round = 1; round <= 3; round++) {
      results.add(sample(Brokers.HYDRA, round, 0.05 * round));
      results.add(sample(Brokers.NATS, round, 1));
      results.add(sample(Brokers.REDIS, round, 0.1));
    }
    Path data = directory.resolve("results.tsv");
    results.save(data);

    Report.write(Results.load(data), directory.resolve("page.md"));

    String page = Files.readString(directory.resolve("page.md"));
    assertThat(page).contains("1/5 of NATS's | 0.100 | met");
    assertThat(page).contains("1/5 of Redis's | 1.00 | **missed**");
    assertThat(directory.resolve("page/relay-cpu.svg")).content().contains("</svg>");
  }

  @Test
  void pageSaysWhyAGoalIsMissedWhereThatIsKnown(@TempDir Path directory) throws IOException {
    Results results = new Results();
    results.add(large(Brokers.HYDRA, 2));
    results.add(large(RelayCost.WRITE_LOOP, 1));

    Report.write(results, directory.resolve("page.md"));

    assertThat(directory.resolve("page.md"))
        .content()
        .contains("| 2.00 | **missed**: within what rounds differ by");
  }

  @Test
  void pageHasRelaysAcrossWithTheirSpread(@TempDir Path directory) throws IOException {
    Results results = new Results();
    for (int round = 1; round <= 3; round++) {
      results.add(few("hydra-sync before", round, 10 * round));
      results.add(few("hydra-sync after", round, 5 * round));
    }
    results.add(few(Brokers.MOSQUITTO, 1, 7));

    Report.write(results, directory.resolve("page.md"));

    assertThat(directory.resolve("page.md"))
        .content()
        .contains("## Few messages, cold, memory")
        .contains("| | | hydra-sync before | hydra-sync after | Mosquitto |")
        .contains("| p99 us | 20.0 (10.0–30.0) | 10.0 (5.00–15.0) | 7.00 |");
    assertThat(LoadTables.text(results)).contains(Loads.FEW_ONE, "20.0 (10.0–30.0)");
  }

  private static Results.Sample few(String subject, int round, double value) {
    return new Results.Sample(Loads.FEW_ONE, subject, "", Loads.P99, round, value);
  }

  private static Results.Sample sample(String subject, int round, double value) {
    return new Results.Sample(
        RelayCost.SMALL, subject, "64 B", RelayCost.US_PER_MESSAGE, round, value);
  }

  private static Results.Sample large(String subject, double value) {
    return new Results.Sample(RelayCost.LARGE, subject, "64 KiB", RelayCost.PER_GB, 1, value);
  }
}
