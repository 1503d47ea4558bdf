package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.internal.stream.Beginning;
import io.hydrasync.client.internal.stream.StreamVerifier;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a producer does when its connection is lost, before a relay that does what the test wants.
 */
class ProducerReconnectTest {
  private static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final byte[] TOKEN = new byte[JoinMessage.RESUME_LENGTH];

  private final BlockingQueue<ProducerState> states = new LinkedBlockingQueue<>();
  private FakeRelay relay;
  private FakeRelay.Peer peer;
  private HydraProducer producer;
  private Head head;

  @BeforeEach
  void listen() throws IOException {
    relay = new FakeRelay();
  }

  @AfterEach
  void stop() throws IOException {
    if (producer != null) {
      peer.close();
      producer.abort();
    }
    relay.close();
  }

  private HydraProducer.Builder builder() {
    return HydraProducer.builder(relay.address(), SESSION)
        .reconnectTimeout(Duration.ofSeconds(5))
        .onStateChange(states::add);
  }

  private static JoinedMessage joined(int flags, long id, long seq) {
    return new JoinedMessage(flags, Frames.MAX_LEN, id, seq, TOKEN, 30);
  }

  /** Connects a producer and lets it send messages 0 to {@code count - 1}. */
  private List<byte[]> connect(HydraProducer.Builder builder, int count) throws Exception {
    Thread connecting = new Thread(() -> producer = builder.connect());
    connecting.start();
    peer = relay.accept();
    peer.send(joined(0, 0, 0));
    connecting.join();
    head = head();
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      producer.broadcast(new byte[] {(byte) i});
      frames.add(peer.relayed());
    }
    return frames;
  }

  private Head head() throws IOException {
    byte[] frame = peer.relayed();
    assertThat(frame[Frames.TYPE_OFFSET]).isEqualTo((byte) Frames.HEAD);
    return Head.parse(frame, SESSION.id());
  }

  private void reconnect(int flags, long id, long seq) throws Exception {
    peer = relay.accept();
    peer.send(joined(flags, id, seq));
  }

  private void acknowledge(long next) throws IOException {
    peer.send(new AckMessage(head.epoch(), head.digest(), next, 0));
  }

  private ProducerState state() throws InterruptedException {
    return states.poll(20, TimeUnit.SECONDS);
  }

  private void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end).isNegative();
      Thread.yield();
    }
  }

  @Test
  void sendsTheSameBytesAgainWhenTheRelayResumes() throws Exception {
    List<byte[]> sent = connect(builder(), 4);
    peer.close();
    reconnect(JoinedMessage.FLAG_RESUMED, head.epoch(), 1);

    assertThat(peer.join().start()).isEqualTo(JoinMessage.START_AT);
    assertThat(peer.join().id()).isEqualTo(head.epoch());
    for (int seq = 1; seq < 4; seq++) {
      assertThat(peer.relayed()).isEqualTo(sent.get(seq));
    }
    assertThat(state()).isEqualTo(ProducerState.RECONNECTING);
    assertThat(state()).isEqualTo(ProducerState.CONNECTED);
    producer.broadcast(new byte[] {4});
    assertThat(Frames.u64(peer.relayed(), Frames.SEQ_OFFSET)).isEqualTo(4);
  }

  /** A new epoch of the same stream with all that the ring holds. */
  private void assertStartsOver(List<byte[]> sent) throws Exception {
    Head next = head();
    assertThat(next.stream()).isEqualTo(head.stream());
    assertThat(next.epoch()).isGreaterThan(head.epoch());
    assertThat(next.first()).isZero();
    StreamVerifier consumer =
        new StreamVerifier(
            SESSION.id(), SESSION.key(), Beginning.From.BEGINNING, System::currentTimeMillis);
    consumer.connected(0, 0);
    consumer.head(next.toBytes());
    for (int seq = 0; seq < sent.size(); seq++) {
      byte[] frame = peer.relayed();
      assertThat(frame).hasSameSizeAs(sent.get(seq)).isNotEqualTo(sent.get(seq));
      assertThat(frame).startsWith(Arrays.copyOf(sent.get(seq), Frames.HEADER));
      assertThat(consumer.frame(frame, 0, frame.length)).isEqualTo(StreamVerifier.Outcome.MESSAGE);
      assertThat(consumer.plaintext()[0]).isEqualTo((byte) seq);
    }
    head = next;
  }

  @Test
  void sealsTheRingAnewWhenTheRelayHasLostTheEpoch() throws Exception {
    List<byte[]> sent = connect(builder(), 3);
    acknowledge(2);
    await(() -> producer.acknowledged() == 2);
    peer.close();
    reconnect(0, 0, 0);

    assertStartsOver(sent);
    assertThat(state()).isEqualTo(ProducerState.RECONNECTING);
    assertThat(state()).isEqualTo(ProducerState.CONNECTED);
  }

  @Test
  void opensANewStreamAndSaysSoWhenSomebodyElseWasThere() throws Exception {
    connect(builder(), 3);
    peer.close();
    reconnect(0, head.epoch() + 5, 0);
    Head next = head();

    assertThat(next.epoch()).isGreaterThan(head.epoch() + 5);
    assertThat(next.stream()).isEqualTo(next.epoch());
    assertThat(state()).isEqualTo(ProducerState.RECONNECTING);
    assertThat(state()).isEqualTo(ProducerState.SUPERSEDED);
    producer.broadcast(new byte[] {9});
    assertThat(Frames.u64(peer.relayed(), Frames.SEQ_OFFSET)).isZero();
  }

  @Test
  void startsOverAfterAnAcknowledgmentOfWhatWasNeverSent() throws Exception {
    List<byte[]> sent = connect(builder(), 3);
    acknowledge(4);
    // the id says whose session it is, also where nothing will be resumed with it
    reconnect(JoinedMessage.FLAG_RESUMED, head.epoch(), 3);

    assertThat(peer.join().start()).isEqualTo(JoinMessage.START_AT);
    assertThat(peer.join().id()).isEqualTo(head.epoch());
    assertStartsOver(sent);
  }

  @Test
  void isNotThrownOutByItsOwnHeadThatMayHaveArrived() throws Exception {
    List<byte[]> sent = connect(builder(), 3);
    peer.close();
    reconnect(0, head.epoch(), 0);
    Head second = head();
    peer.close(); // cut off behind the HEAD, which the relay has or has not
    reconnect(0, second.epoch(), 0);

    assertThat(peer.join().start()).isEqualTo(JoinMessage.START_AT);
    assertThat(peer.join().id()).as("the highest that it has begun").isEqualTo(second.epoch());
    assertStartsOver(sent);
    peer.close();
    reconnect(JoinedMessage.FLAG_RESUMED, head.epoch(), 1);
    assertThat(peer.join().id()).isEqualTo(head.epoch());
    assertThat(Frames.u64(peer.relayed(), Frames.SEQ_OFFSET)).isEqualTo(1);
    assertThat(states).doesNotContain(ProducerState.SUPERSEDED, ProducerState.FAILED);
  }

  @Test
  void doesNotSayThatEverythingHasArrivedOnceAnotherProducerHasTakenTheSession() throws Exception {
    connect(builder(), 3);
    acknowledge(2);
    await(() -> producer.acknowledged() == 2);
    peer.close();
    reconnect(0, head.epoch() + 5, 0);
    head = head();
    assertThat(state()).isEqualTo(ProducerState.RECONNECTING);
    assertThat(state()).isEqualTo(ProducerState.SUPERSEDED);
    producer.broadcast(new byte[1]);
    acknowledge(1);

    assertThat(producer.flush(Duration.ofSeconds(20))).isFalse();
    FutureTask<Void> closing = new FutureTask<>(() -> producer.close(), null);
    new Thread(closing).start();
    assertThat(Frames.u64(peer.relayed(), Frames.SEQ_OFFSET)).isZero();
    assertThat(peer.relayed()[Frames.TYPE_OFFSET]).isEqualTo((byte) Frames.END);
    acknowledge(2);
    peer.awaitFin();
    peer.close();
    assertThatThrownBy(closing::get)
        .cause()
        .isInstanceOf(ConnectionException.class)
        .hasMessageContaining("another producer");
  }

  @Test
  void startsOverAfterAnAcknowledgmentOfAnotherHead() throws Exception {
    List<byte[]> sent = connect(builder(), 3);
    peer.send(new AckMessage(head.epoch(), new byte[8], 1, 0));
    reconnect(0, head.epoch(), 0);

    assertStartsOver(sent);
  }

  @Test
  void startsOverWhenTheRelayResumesOutsideTheRing() throws Exception {
    List<byte[]> sent = connect(builder(), 3);
    peer.close();
    reconnect(JoinedMessage.FLAG_RESUMED, head.epoch(), 99);
    reconnect(0, head.epoch(), 0);

    assertStartsOver(sent);
  }

  @Test
  void takesOnlyTheCountFromAnAcknowledgmentOfAnotherEpoch() throws Exception {
    connect(builder(), 3);
    peer.send(new AckMessage(head.epoch() - 1, new byte[8], 77, 5));
    await(() -> producer.consumers() == 5);

    assertThat(producer.acknowledged()).isZero();
  }

  @Test
  void flushWaitsUntilTheRelayHasEverything() throws Exception {
    connect(builder(), 2);
    assertThat(producer.flush(Duration.ofMillis(30))).isFalse();
    acknowledge(2);
    assertThat(producer.flush(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void throwsInsteadOfWaitingForAConnectionIfAskedTo() throws Exception {
    connect(builder().blockWhileDisconnected(false), 1);
    peer.close();
    assertThat(state()).isEqualTo(ProducerState.RECONNECTING);

    assertThatThrownBy(() -> producer.broadcast(new byte[1]))
        .isInstanceOfSatisfying(
            ConnectionException.class, e -> assertThat(e.isRetryable()).isTrue());
    assertThat(producer.tryBroadcast(new byte[1])).isFalse();
    reconnect(JoinedMessage.FLAG_RESUMED, head.epoch(), 1);
    assertThat(state()).isEqualTo(ProducerState.CONNECTED);
    producer.broadcast(new byte[1]);
    assertThat(Frames.u64(peer.relayed(), Frames.SEQ_OFFSET)).isEqualTo(1);
  }

  @Test
  void closingSaysOnceMoreWhyItHasFailedAndDoesNotHideTheFirstFailure() throws Exception {
    connect(builder(), 1);
    ErrorCode code = ErrorCode.REPLACED;
    peer.send(new ErrorMessage(code.wireCode(), ErrorMessage.NEVER, "another one has come"));

    assertThatThrownBy(
            () -> {
              try (HydraProducer failing = producer) {
                for (int i = 0; i < 1_000_000; i++) {
                  failing.broadcast(new byte[1]); // until it throws
                }
              }
            })
        .isInstanceOfSatisfying(
            RelayException.class,
            first -> {
              assertThat(first.code()).isEqualTo(code);
              assertThat(first.getSuppressed())
                  .singleElement()
                  .isInstanceOfSatisfying(
                      ConnectionException.class, e -> assertThat(e.code()).isEqualTo(code))
                  .satisfies(e -> assertThat(e).hasCause(first));
            });
  }

  @Test
  void tryBroadcastNeverWaitsForARelayThatDoesNotRead() throws Exception {
    connect(builder(), 0);
    byte[] message = new byte[1_000];
    int sent = 0;
    long longest = 0;
    while (sent < 1_000_000) {
      long before = System.nanoTime();
      boolean taken = producer.tryBroadcast(message);
      longest = Math.max(longest, System.nanoTime() - before);
      if (!taken) {
        break;
      }
      sent++;
    }

    assertThat(sent).isBetween(1, 999_999);
    assertThat(producer.tryBroadcast(message)).isFalse();
    assertThat(Duration.ofNanos(longest)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void goesAboveTheLastEpochOfAnEarlierProcess(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("epoch");
    long later = System.currentTimeMillis() + Duration.ofHours(3).toMillis();
    Files.writeString(file, later + "\n");
    connect(builder().lastEpochFile(file), 0);

    assertThat(head.epoch()).isEqualTo(later + 1);
    assertThat(Files.readString(file)).isEqualTo((later + 1) + "\n");
  }

  @Test
  void refusesAFileThatHoldsSomethingElse(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("epoch");
    Files.writeString(file, "tomorrow");

    assertThatThrownBy(() -> builder().lastEpochFile(file).connect())
        .isInstanceOfSatisfying(
            HydraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STALE_EPOCH));
  }
}
