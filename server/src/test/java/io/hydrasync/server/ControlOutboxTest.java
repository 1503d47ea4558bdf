package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import org.junit.jupiter.api.Test;

class ControlOutboxTest {
  private int made;
  private final ControlOutbox outbox =
      new ControlOutbox(() -> new AckMessage(++made, new byte[8], 0, 0));

  @Test
  void keepsOnlyTheNewestOfEachKind() {
    for (int i = 0; i < 1_000; i++) {
      outbox.pong(new PongMessage(i));
      outbox.state(i % 2);
      outbox.ack();
    }

    assertThat(outbox.poll()).isEqualTo(new StateMessage(1));
    assertThat(outbox.poll()).isEqualTo(new PongMessage(999));
    assertThat(outbox.poll()).isInstanceOf(AckMessage.class);
    assertThat(outbox.poll()).isNull();
    assertThat(outbox.isEmpty()).isTrue();
  }

  @Test
  void makesAnAckOnlyWhenItIsItsTurn() {
    outbox.ack();
    assertThat(made).isZero();
    assertThat(outbox.isEmpty()).isFalse();

    outbox.poll();

    assertThat(made).isEqualTo(1);
  }

  @Test
  void joinsGapsThatFollowEachOther() {
    outbox.gap(new GapMessage(5, 10, 20));
    outbox.gap(new GapMessage(5, 20, 40));

    assertThat(outbox.poll()).isEqualTo(new GapMessage(5, 10, 40));
    assertThat(outbox.poll()).isNull();
  }

  @Test
  void sendsAGapBeforeAllElse() {
    outbox.state(StateMessage.LIVE);
    outbox.gap(new GapMessage(5, 10, 20));

    assertThat(outbox.poll()).isInstanceOf(GapMessage.class);
    assertThat(outbox.poll()).isInstanceOf(StateMessage.class);
  }
}
