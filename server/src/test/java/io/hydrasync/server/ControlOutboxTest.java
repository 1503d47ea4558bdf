package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.Control;
import org.junit.jupiter.api.Test;

class ControlOutboxTest {
  private int made;
  private final ControlOutbox outbox =
      new ControlOutbox(() -> new Control.Ack(++made, new byte[8], 0, 0));

  @Test
  void keepsOnlyTheNewestOfEachKind() {
    for (int i = 0; i < 1_000; i++) {
      outbox.pong(new Control.Pong(i));
      outbox.state(i % 2);
      outbox.ack();
    }

    assertThat(outbox.poll()).isEqualTo(new Control.State(1));
    assertThat(outbox.poll()).isEqualTo(new Control.Pong(999));
    assertThat(outbox.poll()).isInstanceOf(Control.Ack.class);
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
    outbox.gap(new Control.Gap(5, 10, 20));
    outbox.gap(new Control.Gap(5, 20, 40));

    assertThat(outbox.poll()).isEqualTo(new Control.Gap(5, 10, 40));
    assertThat(outbox.poll()).isNull();
  }

  @Test
  void sendsAGapBeforeAllElse() {
    outbox.state(Control.STATE_LIVE);
    outbox.gap(new Control.Gap(5, 10, 20));

    assertThat(outbox.poll()).isInstanceOf(Control.Gap.class);
    assertThat(outbox.poll()).isInstanceOf(Control.State.class);
  }
}
