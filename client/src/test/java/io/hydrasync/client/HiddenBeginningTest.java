package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer.Start;
import io.hydrasync.client.internal.stream.FrameSealer;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A relay that keeps the first frames of a stream to itself, whatever it says about it: a consumer
 * that asked for the beginning is told, and then gets the rest.
 */
@Execution(ExecutionMode.CONCURRENT)
class HiddenBeginningTest {
  private static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final long STREAM = 1_735_689_600_000L;
  private static final int HIDDEN = 3;
  private static final int FRAMES = 6;

  /** How a relay begins. */
  private interface Lie {
    void tell(FakeRelay.Peer peer, byte[] head, int missing) throws IOException;
  }

  static Stream<Named<Lie>> lies() {
    return Stream.of(
        Named.of(
            "JOINED names the first frame that comes",
            (peer, head, missing) -> {
              peer.send(joined(STREAM, missing));
              peer.raw(head);
            }),
        Named.of(
            "JOINED says that nothing was there, GAP that the first ones will not come",
            (peer, head, missing) -> {
              peer.send(joined(0, 0));
              peer.send(new GapMessage(STREAM, 0, missing));
              peer.raw(head);
            }),
        Named.of(
            "GAP comes behind the HEAD",
            (peer, head, missing) -> {
              peer.send(joined(STREAM, 0));
              peer.raw(head);
              peer.send(new GapMessage(STREAM, 0, missing));
            }),
        Named.of(
            "nothing is said at all",
            (peer, head, missing) -> {
              peer.send(joined(0, 0));
              peer.raw(head);
            }));
  }

  private static JoinedMessage joined(long stream, long seq) {
    return new JoinedMessage(
        JoinedMessage.FLAG_PRODUCER_LIVE,
        Frames.MAX_LEN,
        stream,
        seq,
        new byte[JoinMessage.RESUME_LENGTH],
        30);
  }

  /** The HEAD of an epoch, and its frames: messages that are their sequence, and END. */
  private static List<byte[]> epoch(long number, int first) {
    byte[] salt = new byte[32];
    Frames.putU64(salt, 0, number);
    FrameSealer sealer =
        FrameSealer.open(
            SESSION.id(), SESSION.key(), SESSION.owner(), number, STREAM, first, 0, salt);
    List<byte[]> frames = new ArrayList<>(List.of(sealer.head()));
    for (int seq = first; seq <= FRAMES; seq++) {
      boolean last = seq == FRAMES;
      byte[] plaintext = new byte[last ? Frames.END_PLAINTEXT : 1];
      plaintext[plaintext.length - 1] = (byte) (last ? Frames.END_FINAL : seq);
      byte[] frame = new byte[plaintext.length + Frames.OVERHEAD];
      sealer.seal(last ? Frames.END : Frames.DATA, plaintext, 0, plaintext.length, frame, 0);
      frames.add(frame);
    }
    return frames;
  }

  /** Answers every connection: a lie, and the frames from one on. */
  private static void serve(FakeRelay relay, Lie lie, List<byte[]> epoch, int from) {
    Thread thread =
        new Thread(
            () -> {
              while (true) {
                try {
                  FakeRelay.Peer peer = relay.accept();
                  lie.tell(peer, epoch.get(0), HIDDEN);
                  for (byte[] frame : epoch.subList(from, epoch.size())) {
                    peer.raw(frame);
                  }
                } catch (Exception e) {
                  return; // the test is over
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  @ParameterizedTest
  @MethodSource("lies")
  void isToldByReceive(Lie lie) throws IOException {
    try (FakeRelay relay = new FakeRelay()) {
      serve(relay, lie, epoch(STREAM, 0), 1 + HIDDEN);

      assertToldThenTheRest(relay, GapException.Kind.ANNOUNCED, GapException.Kind.UNANNOUNCED);
    }
  }

  @ParameterizedTest
  @MethodSource("lies")
  void isToldWhereTheHeadItselfBeginsLate(Lie lie) throws IOException {
    try (FakeRelay relay = new FakeRelay()) {
      serve(relay, lie, epoch(STREAM + 5, HIDDEN), 1);

      assertToldThenTheRest(relay, GapException.Kind.PRODUCER);
    }
  }

  private static void assertToldThenTheRest(FakeRelay relay, GapException.Kind... kinds) {
    try (HydraConsumer consumer = HydraConsumer.builder(relay.address(), SESSION).connect()) {
      assertThatThrownBy(() -> consumer.receive(Duration.ofSeconds(20)))
          .isInstanceOfSatisfying(
              GapException.class,
              gap -> {
                assertThat(gap.stream()).isEqualTo(STREAM);
                assertThat(gap.from()).isZero();
                assertThat(gap.to()).isEqualTo(HIDDEN);
                assertThat(gap.kind()).isIn((Object[]) kinds);
              });
      for (int seq = HIDDEN; seq < FRAMES; seq++) {
        ByteBuffer message = Objects.requireNonNull(consumer.receive(Duration.ofSeconds(20)));
        assertThat(message.get()).isEqualTo((byte) seq);
      }
      assertThat(consumer.receive(Duration.ofSeconds(20))).isNull();
      assertThat(consumer.missedBefore()).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("lies")
  void isNotWhatOneAsksForWhoTakesTheOldest(Lie lie) throws IOException {
    try (FakeRelay relay = new FakeRelay()) {
      serve(relay, lie, epoch(STREAM + 5, HIDDEN), 1);
      try (HydraConsumer consumer =
          HydraConsumer.builder(relay.address(), SESSION).start(Start.OLDEST).connect()) {
        ByteBuffer message = Objects.requireNonNull(consumer.receive(Duration.ofSeconds(20)));

        assertThat(message.get()).isEqualTo((byte) HIDDEN);
        assertThat(consumer.missedBefore()).isEqualTo(HIDDEN);
      }
    }
  }
}
