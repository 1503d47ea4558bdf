package io.hydrasync.tests.costs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.noise.CipherState;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.tests.peer.CostClient;
import io.hydrasync.tests.support.Attempts;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The tool that measures what message types cost. As a part of the build it is only tried whether
 * it works, with a few messages of some rows: times mean nothing then. {@code
 * tests/bin/reliability} runs it in full numbers, and there a row that misses the goal fails.
 */
@Tag("any-jdk")
@Timeout(1_200)
public class CostsIT {
  private static final int ROUNDS = Integer.getInteger("costs.rounds", 1);
  private static final int PART = Integer.getInteger("costs.part", 400);
  private static final boolean IN_FULL = PART == 1;
  private static final String[] SOME = {
    "producer: PING",
    "consumer: ignorable, 13,000",
    "admin: PING in records",
    "before JOIN",
    "producer: DATA of 29",
    "producer: HEAD, ",
    "classic",
    "stranger: JOIN of",
    "consumer: JOIN at a frame to come",
    "admin: ADMIN no",
    "HTTP: GET /livez"
  };

  @Test
  void eachMessageCostsTheLoopWhatItMay() throws Exception {
    List<CostMeasure.Measured> all =
        IN_FULL ? Costs.measure(ROUNDS, PART) : Costs.measure(ROUNDS, PART, SOME);

    ByteArrayOutputStream table = new ByteArrayOutputStream();
    new CostTable(new PrintStream(table)).print(all);
    if (IN_FULL) {
      System.out.print(table);
      assertThat(all).allMatch(CostMeasure.Measured::isWithin);
    }
    assertThat(all)
        .hasSizeGreaterThan(20)
        .allSatisfy(
            one -> {
              assertThat(one.messages()).isPositive();
              assertThat(one.nanos()).isPositive();
              assertThat(one.opening() > 0).as(one.row().name()).isEqualTo(isSealed(one));
              assertThat(table.toString()).contains(one.row().group() + ": " + one.row().name());
            });
    Attempts.add(all.size());
  }

  private static boolean isSealed(CostMeasure.Measured one) {
    CostRow row = one.row();
    return !one.isConnection()
        && (row.name().contains("PING")
            || row.name().contains("ignorable")
            || row.group().equals("before JOIN"));
  }

  @Test
  void whatAMessageMayCostIsJudgedByTheRecordsThatItCameIn() {
    CipherState sender = OpeningCost.pair()[0];
    byte[] message = new PingMessage(7).toInnerFrame();
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    for (int i = 0; i < message.length; i++) {
      sent.writeBytes(CostClient.record(sender, message, i, 1));
    }
    sent.writeBytes(CostClient.frames(Frames.DATA, 0, 1, 100));
    sent.writeBytes(CostClient.record(sender, message, 0, message.length));

    assertThat(CostRow.Burst.records(sent.toByteArray()))
        .isEqualTo(Map.of(22, (long) message.length, 34, 1L));
    assertThat(CostRow.Burst.records(new byte[100])).as("no frames").isEmpty();
  }
}
