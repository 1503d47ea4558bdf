package io.hydrasync.bench.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrasync.bench.process.CProgram;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether the driver in C notices what it has to, and times what it should. */
@Tag("foreign")
class NativeDriverTest {
  private static final long PID = ProcessHandle.current().pid();
  private static final long NANOS = 100_000_000;
  private static final int BYTES = 100;
  private static final double RATE = 100;
  private static final long INTERVAL_NANOS = 10_000_000;

  @TempDir private static Path work;

  private NativeDriver driver;

  @BeforeEach
  void start() throws IOException {
    Optional<Path> program = CProgram.compile(work, "load_driver");
    boolean required = Boolean.parseBoolean(System.getenv("HYDRA_REQUIRE_TOOLS"));
    assumeTrue(program.isPresent() || required, "there is no gcc");
    assertThat(program).as("gcc").isPresent();
    driver = NativeDriver.start(program.orElseThrow());
    driver.patience(2_000_000_000L);
  }

  @AfterEach
  void end() {
    if (driver != null) {
      driver.close();
    }
  }

  private NativeDriver.Group run(Wire wire, int consumers, double rate) throws IOException {
    int group = driver.connect(wire, 0, 1, consumers, BYTES);
    driver.rate(group, rate);
    return driver.run(PID, NANOS).groups().get(group);
  }

  @Test
  void deliversEverythingThroughARelayOfOurs() throws IOException {
    try (HydraServer relay =
        HydraServer.builder().address(new InetSocketAddress("0.0.0.0", 0)).bind()) {
      Wire wire = new HydraWire(Brokers.loopback(relay.address().getPort()));
      int quiet = driver.connect(wire, 0, 2, 3, BYTES);
      int busy = driver.connect(wire, 2, 1, 2, BYTES);
      driver.rate(quiet, RATE);
      driver.rate(busy, NativeDriver.FULL_SPEED);

      NativeDriver.Outcome outcome = driver.run(PID, NANOS);

      NativeDriver.Group paced = outcome.groups().get(quiet);
      assertThat(paced.messages()).isEqualTo(2 * 10);
      assertThat(paced.delivered()).isEqualTo(2 * 10 * 3);
      assertThat(paced.first().sorted()).hasSize(20);
      assertThat(paced.last().sorted()).hasSize(20);
      NativeDriver.Group full = outcome.groups().get(busy);
      assertThat(full.messages()).isPositive();
      assertThat(full.delivered()).isEqualTo(2 * full.messages());
      assertThat(outcome.nanos()).isGreaterThanOrEqualTo(NANOS);
    }
  }

  @Test
  void goesOnWhereTheLastRunEnded() throws IOException {
    try (LineRelay relay = new LineRelay(LineRelay.FAITHFUL)) {
      int group = driver.connect(relay.wire(), 0, 1, 2, BYTES);
      driver.rate(group, NativeDriver.FULL_SPEED);
      driver.run(PID, NANOS); // more than once around the ring
      driver.silence(group);
      assertThat(driver.run(PID, NANOS).delivered()).isZero();
      driver.rate(group, RATE);

      assertThat(driver.run(PID, NANOS).delivered()).isEqualTo(2 * 10);
    }
  }

  @Test
  void noticesThatItExpectsSomethingElse() throws IOException {
    try (LineRelay relay = new LineRelay(LineRelay.FAITHFUL)) {
      int group = driver.connect(relay.wire(), 0, 1, 1, BYTES);
      driver.damageExpected();
      driver.rate(group, RATE);

      assertThatThrownBy(() -> driver.run(PID, NANOS))
          .hasMessageContaining("other bytes than were sent, behind 0 messages and 99 bytes");
    }
  }

  @Test
  void noticesADamagedByte() throws IOException {
    assertNoticed(LineRelay.damaging(3 * BYTES + 50), "behind 3 messages and 50 bytes");
  }

  @Test
  void noticesAMissingByte() throws IOException {
    assertNoticed(LineRelay.losing(3 * BYTES + 50, 1), "behind 3 messages and");
  }

  @Test
  void noticesAMissingMessage() throws IOException {
    assertNoticed(LineRelay.losing(3 * BYTES, BYTES), "behind 3 messages and");
  }

  @Test
  void noticesARepeatedByte() throws IOException {
    assertNoticed(LineRelay.repeating(3 * BYTES + 50, 1), "behind 3 messages and");
  }

  @Test
  void noticesARepeatedMessage() throws IOException {
    assertNoticed(LineRelay.repeating(3 * BYTES, BYTES), "behind 4 messages and");
  }

  @Test
  void noticesThatTheLastByteNeverComes() throws IOException {
    assertNoticed(LineRelay.losing(10 * BYTES - 1, 1), "nothing moves");
  }

  private void assertNoticed(LineRelay.Change change, String problem) throws IOException {
    try (LineRelay relay = new LineRelay(change)) {
      assertThatThrownBy(() -> run(relay.wire(), 1, RATE)).hasMessageContaining(problem);
    }
  }

  @Test
  void noticesWhatIsWrongAtFullSpeed() throws IOException {
    try (LineRelay relay = new LineRelay(LineRelay.damaging(1_000 * BYTES + 50))) {
      assertThatThrownBy(() -> run(relay.wire(), 1, NativeDriver.FULL_SPEED))
          .hasMessageContaining("behind 1000 messages and 50 bytes");
    }
  }

  @Test
  void timesEachMessageUntilTheFirstAndUntilTheLastConsumerHasIt() throws IOException {
    // What goes to the second consumer is held until the next message comes.
    try (LineRelay relay = new LineRelay(LineRelay.late(BYTES, 10))) {
      NativeDriver.Group group = run(relay.wire(), 2, RATE);

      assertThat(group.first().at(500)).isPositive();
      assertThat(group.first().at(500)).isLessThan(group.last().at(500));
      assertThat(group.last().at(500)).isGreaterThanOrEqualTo(INTERVAL_NANOS);
      assertThat(group.last().sorted()[1]).isGreaterThanOrEqualTo(INTERVAL_NANOS);
    }
  }

  @Test
  void cpuIsThatOfAllThreadsOfAProcess() throws IOException {
    Duration before = ProcessHandle.current().info().totalCpuDuration().orElseThrow();
    long cpu = driver.cpuNanos(PID);
    Duration after = ProcessHandle.current().info().totalCpuDuration().orElseThrow();

    long tick = 20_000_000;
    assertThat(cpu).isBetween(before.toNanos() - tick, after.toNanos() + tick);
  }

  @Test
  void percentilesAreNearestRanks() {
    NativeDriver.Latencies thousand =
        NativeDriver.Latencies.of(LongStream.rangeClosed(1, 1000).map(i -> 1001 - i).toArray());
    assertThat(thousand.at(500)).isEqualTo(500);
    assertThat(thousand.at(990)).isEqualTo(990);
    assertThat(thousand.at(999)).isEqualTo(999);
    assertThat(thousand.at(1000)).isEqualTo(1000);

    NativeDriver.Latencies three = NativeDriver.Latencies.of(new long[] {30, 10, 20});
    assertThat(three.at(1)).isEqualTo(10);
    assertThat(three.at(333)).isEqualTo(10);
    assertThat(three.at(334)).isEqualTo(20);
    assertThat(three.at(999)).isEqualTo(30);

    assertThatThrownBy(() -> NativeDriver.Latencies.of(new long[0]).at(500))
        .isInstanceOf(IllegalStateException.class);
  }
}
