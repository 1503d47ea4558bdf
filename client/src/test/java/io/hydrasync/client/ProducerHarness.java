package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A producer before a relay that does what a test wants. */
public final class ProducerHarness implements Closeable {
  static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final byte[] TOKEN = new byte[JoinMessage.RESUME_LENGTH];

  public final FakeRelay relay = new FakeRelay();
  final BlockingQueue<ProducerState> states = new LinkedBlockingQueue<>();
  public FakeRelay.Peer peer;
  HydraProducer producer;
  Head head;

  public ProducerHarness() throws IOException {}

  public HydraProducer.Builder builder() {
    return HydraProducer.builder(relay.address(), SESSION)
        .reconnectTimeout(Duration.ofSeconds(20))
        .onStateChange(states::add);
  }

  public HydraProducer connect(HydraProducer.Builder builder) throws Exception {
    Caller connecting = Caller.once(ThreadKind.PLATFORM, i -> producer = builder.connect());
    peer = relay.accept();
    peer.send(new JoinedMessage(0, Frames.MAX_LEN, 0, 0, TOKEN, 30));
    assertThat(connecting.join().thrown()).isNull();
    head = head();
    return producer;
  }

  Head head() throws IOException {
    byte[] frame = peer.relayed();
    assertThat(frame[Frames.TYPE_OFFSET]).isEqualTo((byte) Frames.HEAD);
    return Head.parse(frame, SESSION.id());
  }

  public void acknowledge(long next, int consumers) throws IOException {
    peer.send(new AckMessage(head.epoch(), head.digest(), next, consumers));
  }

  /** Lets the next connection resume. */
  void resume(long seq) throws Exception {
    peer = relay.accept();
    peer.send(
        new JoinedMessage(
            JoinedMessage.FLAG_RESUMED, Frames.MAX_LEN, head.epoch(), seq, TOKEN, 30));
  }

  ProducerState state() throws InterruptedException {
    return states.poll(20, TimeUnit.SECONDS);
  }

  /** Loses the connection; returns once the producer knows. */
  public void cut() throws Exception {
    peer.close();
    assertThat(state()).isEqualTo(ProducerState.RECONNECTING);
  }

  /** Reads frames until that of a sequence; their lengths of plaintext. In order, none twice. */
  List<Integer> plaintextLengths(long from, long toInclusive) throws IOException {
    List<Integer> lengths = new ArrayList<>();
    for (long seq = from; seq <= toInclusive; seq++) {
      byte[] frame = peer.relayed();
      assertThat(Frames.u64(frame, Frames.SEQ_OFFSET)).isEqualTo(seq);
      lengths.add(frame.length - Frames.OVERHEAD);
    }
    return lengths;
  }

  @Override
  public void close() throws IOException {
    if (producer != null) {
      peer.close();
      producer.abort();
    }
    relay.close();
  }
}
