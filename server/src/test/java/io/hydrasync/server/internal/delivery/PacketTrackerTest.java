package io.hydrasync.server.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets of one size that pass by in pieces. */
class PacketTrackerTest {
  @ParameterizedTest
  @ValueSource(ints = {29, 44, 1000, (4 << 20) + 28})
  void knowsWhatIsMissingOfAPacket(int packet) {
    FrameTracker tracker = new FrameTracker(true, packet);
    Random random = new Random(packet);
    ByteBuf bytes = Unpooled.buffer(1).writeZero(1);
    tracker.at(0, 0, false);
    long passed = 0;
    for (int i = 0; i < 10_000; i++) {
      int n = random.nextInt(3 * packet);
      tracker.pass(bytes, 0, n); // only their number matters
      passed += n;
      long into = passed % packet;
      assertThat(tracker.isBetweenFrames()).isEqualTo(into == 0);
      assertThat(tracker.remaining()).isEqualTo(into == 0 ? 0 : packet - into);
      assertThat(tracker.isCovered()).isTrue();
    }
    tracker.at(0, 0, false);
    assertThat(tracker.isBetweenFrames()).isTrue();
  }
}
