package io.hydrasync.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import io.hydrasync.server.HydraServer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class BenchCommandTest {
  @Test
  void countsAndChecksWhatEverybodyGot() {
    Cli cli =
        Cli.run(
            "bench --producers 2 --consumers 3 --size 100 --batch 10 --duration 300ms --warmup 0 --json"
                .split(" "));

    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isZero();
    assertThat(cli.out()).contains("\"verified\":true").doesNotContain("latency");
    assertThat(number(cli.out(), "sent")).isPositive();
    assertThat(number(cli.out(), "delivered")).isEqualTo(3 * number(cli.out(), "sent"));
  }

  @Test
  void measuresLatencyAtARate() {
    Cli cli = Cli.run("bench --rate 1000 --duration 500ms --warmup 100ms --json".split(" "));

    assertThat(cli.code()).isZero();
    assertThat(number(cli.out(), "sent")).isBetween(490.0, 501.0);
    double p50 = number(cli.out(), "p50");
    double max = number(cli.out(), "max");
    assertThat(p50).isPositive().isLessThanOrEqualTo(max);
    // whatever held a message up before it was sent is in its latency
    assertThat(max).isGreaterThanOrEqualTo(number(cli.out(), "sent_late_max_us") * 0.99);
  }

  @Test
  void saysSoWhereTheRateIsTooHigh() {
    Cli cli = Cli.run("bench --rate 1000000000 --duration 200ms --warmup 0".split(" "));

    assertThat(cli.code()).isZero();
    assertThat(cli.out()).contains("the rate was NOT reached", "latency    p50 ");
    assertThat(cli.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(61));
  }

  @Test
  void printsNamesAndValuesAsCsv() {
    try (HydraServer relay = HydraServer.bindDefault()) {
      Cli cli =
          Cli.run(
              "bench",
              "--csv",
              "--duration",
              "100ms",
              "--warmup",
              "0",
              "--relay",
              "127.0.0.1:" + relay.address().getPort(),
              "--relay-key",
              relay.relayKey().toString());

      List<String> lines = cli.out().lines().toList();
      assertThat(cli.code()).isZero();
      assertThat(lines).hasSize(2);
      assertThat(lines.get(0)).startsWith("producers,consumers,size_bytes,batch,rate,");
      assertThat(lines.get(1)).startsWith("1,1,1024,1,,");
      assertThat(lines.get(1).split(",", -1)).hasSameSizeAs(lines.get(0).split(","));
    }
  }

  private static double number(String json, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":([0-9.]+)").matcher(json);
    assertThat(found.find()).as(name + " in " + json).isTrue();
    return Double.parseDouble(found.group(1));
  }
}
