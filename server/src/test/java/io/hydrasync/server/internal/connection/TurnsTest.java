package io.hydrasync.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.log.TestFrames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How much of a client a loop reads at a time, by what the client's bytes have cost so far. */
class TurnsTest {
  private static final int SHORT = 16 << 10;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final MemoryBudget budget = new MemoryBudget(1 << 24);
  private final SessionLog log = new SessionLog(TestFrames.limits(1 << 20), budget);
  private final ChannelReceive receive = new ChannelReceive();

  @BeforeEach
  void readsIntoTheLog() {
    assertThat(log.grow()).isTrue();
    receive.target(log);
  }

  @AfterEach
  void close() {
    log.close();
    channel.close();
  }

  /** One turn of a client that has always more to send. Returns how much was read. */
  private int turn(int records, int messages) {
    receive.reset(channel.config());
    int bytes = 0;
    do {
      ByteBuf into = receive.allocate(UnpooledByteBufAllocator.DEFAULT);
      receive.attemptedBytesRead(into.writableBytes());
      receive.lastBytesRead(into.writableBytes());
      receive.incMessagesRead(1);
      bytes += into.writableBytes();
      into.release();
    } while (receive.continueReading());
    for (int i = 0; i < records; i++) {
      receive.openedRecord();
    }
    for (int i = 0; i < messages; i++) {
      receive.tookMessage();
    }
    return bytes;
  }

  private int turnsUntilLong(int records, int messages) {
    for (int turns = 0; turns < 1_000; turns++) {
      if (turn(records, messages) > SHORT) {
        return turns;
      }
    }
    return -1;
  }

  @Test
  void turnsBecomeLongWhenManyWereQuiet() {
    assertThat(turnsUntilLong(0, 0)).isGreaterThan(100);
    assertThat(turn(0, 0)).isEqualTo(RelayLimits.READ_BYTES);
  }

  @Test
  void turnsOfManyRecordsStayShort() {
    assertThat(turnsUntilLong(65, 0)).isEqualTo(-1);
  }

  @Test
  void turnsOfManyMessagesStayShort() {
    assertThat(turnsUntilLong(1, 5_000)).isEqualTo(-1);
  }

  @Test
  void oneTurnOfManyRecordsMakesThoseBehindItShort() {
    turnsUntilLong(1, 1);
    assertThat(turn(3_000, 0)).isEqualTo(RelayLimits.READ_BYTES);

    assertThat(turnsUntilLong(0, 0)).as("less than one of a hundred is dear").isGreaterThan(100);
  }

  @Test
  void aPingNowAndThenIsQuiet() {
    assertThat(turnsUntilLong(3, 3)).isPositive();
  }
}
