package io.hydrasync.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ControlOutboxTest {
  private int made;
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<Control> sent = new ArrayList<>();
  private final List<ChannelPromise> writes = new ArrayList<>();
  private final ControlOutbox outbox =
      new ControlOutbox(
          this::send, () -> new AckMessage(++made, new byte[8], 0, 0), this::writeNext);

  private ChannelFuture send(Control message) {
    sent.add(message);
    writes.add(channel.newPromise());
    return writes.get(writes.size() - 1);
  }

  private void writeNext() {
    outbox.write();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

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
  void hasOneOnItsWayAndKeepsTheNewestOfWhatComesMeanwhile() {
    outbox.pong(new PongMessage(1));
    assertThat(outbox.write()).isTrue();
    for (int i = 2; i < 10; i++) {
      outbox.pong(new PongMessage(i));
      assertThat(outbox.isReady()).isFalse();
      assertThat(outbox.write()).isFalse();
    }

    writes.get(0).setSuccess();
    channel.runPendingTasks();

    assertThat(sent).containsExactly(new PongMessage(1), new PongMessage(9));
    assertThat(outbox.isInFlight()).isTrue();
  }

  @Test
  void endsWithTheMessageThatCannotBeWritten() {
    outbox.pong(new PongMessage(1));
    outbox.write();
    outbox.pong(new PongMessage(2));

    writes.get(0).setFailure(new ClosedChannelException());
    channel.runPendingTasks();

    assertThat(sent).containsExactly(new PongMessage(1));
  }

  @Test
  void sendsAGapBeforeAllElse() {
    outbox.state(StateMessage.LIVE);
    outbox.gap(new GapMessage(5, 10, 20));

    assertThat(outbox.poll()).isInstanceOf(GapMessage.class);
    assertThat(outbox.poll()).isInstanceOf(StateMessage.class);
  }
}
