package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PeersMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients of relays that do what a test wants; the first two have one key. */
@Tag("any-jdk")
@Timeout(60)
class SeveralRelaysTest {
  private static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final byte[] NO_TOKEN = new byte[JoinMessage.RESUME_LENGTH];

  private final List<AutoCloseable> open = new ArrayList<>();
  private FakeRelay a;
  private FakeRelay b;

  @BeforeEach
  void twoRelaysWithOneKey() throws IOException {
    a = opened(new FakeRelay());
    b = opened(new FakeRelay(a));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T what) {
    open.add(0, what);
    return what;
  }

  private FakeRelay.Peer joined(FakeRelay relay, int linger) throws Exception {
    FakeRelay.Peer peer = opened(relay.accept());
    peer.send(new JoinedMessage(0, Frames.MAX_LEN, 0, 0, NO_TOKEN, linger));
    return peer;
  }

  private FakeRelay.Peer joined(FakeRelay relay) throws Exception {
    return joined(relay, 30);
  }

  private void refuse(FakeRelay relay, ErrorCode code) throws Exception {
    opened(relay.accept()).send(ErrorMessage.of(code, "not here"));
  }

  private HydraConsumer.Builder consumer(FakeRelay... relays) {
    return HydraConsumer.builder(Arrays.stream(relays).map(FakeRelay::where).toList(), SESSION);
  }

  private HydraProducer.Builder producer(FakeRelay... relays) {
    return HydraProducer.builder(Arrays.stream(relays).map(FakeRelay::where).toList(), SESSION);
  }

  private Worker<ByteBuffer> receiving(HydraConsumer.Builder builder) {
    return Worker.start(
        () -> {
          try (HydraConsumer consumer = opened(builder.connect())) {
            return consumer.receive();
          }
        });
  }

  // ---- the first connection ----

  @Test
  void theFirstConnectionIsThatOfTheFirstRelayThatLetsItIn() throws Exception {
    Worker<HydraConsumer> consuming = Worker.start(consumer(a, b)::connect);
    refuse(a, ErrorCode.LIMIT);
    joined(b);
    opened(consuming.get());

    Worker<HydraProducer> producing = Worker.start(producer(a, b)::connect);
    opened(a.accept()).close();
    FakeRelay.Peer peer = joined(b);
    opened(producing.get()::abort);
    assertThat(peer.relayed()[Frames.TYPE_OFFSET]).isEqualTo((byte) Frames.HEAD);

    Worker<HydraAdmin> asking =
        Worker.start(
            HydraAdmin.builder(
                    List.of(a.where(), b.where()), Credential.generate(new SecureRandom()))
                ::connect);
    refuse(a, ErrorCode.SHUTDOWN);
    joined(b);
    opened(asking.get());
  }

  @Test
  void tellsWhatTheRelaysSayWhereNoneLetsItIn() throws Exception {
    Worker<HydraConsumer> consuming = Worker.start(consumer(a, b)::connect);
    refuse(a, ErrorCode.NO_SESSION);
    opened(b.accept()).close();

    assertThatThrownBy(consuming::get)
        .isInstanceOfSatisfying(
            RelayException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SESSION));
  }

  @Test
  void tellsOfAllWhereNoneCanBeReached() throws Exception {
    a.close();
    b.close();

    assertThatThrownBy(consumer(a, b)::connect)
        .isInstanceOf(ConnectionException.class)
        .hasMessageContaining("no relay can be joined")
        .hasMessageContaining(a.where().toString())
        .hasMessageContaining(b.where().toString());
  }

  @Test
  void aRelayThatIsSilentInTheHandshakeHoldsNobodyUpForLong() throws Exception {
    long began = System.nanoTime();
    Worker<HydraConsumer> consuming = Worker.start(consumer(a, b)::connect);
    joined(b);
    opened(consuming.get());

    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(6));
  }

  @Test
  void aSessionThatHasItsProducerGetsNoSecondOneElsewhere() throws Exception {
    Worker<HydraProducer> producing = Worker.start(producer(a, b)::connect);
    refuse(a, ErrorCode.PRODUCER_EXISTS);

    assertThatThrownBy(producing::get).isInstanceOf(RelayException.class);
  }

  @Test
  void classicTicketsHaveSeveralRelaysToo() throws Exception {
    try (ServerSocket first = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        ServerSocket second = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      List<RelayAddress> relays =
          List.of(
              new RelayAddress("127.0.0.1", first.getLocalPort()),
              new RelayAddress("127.0.0.1", second.getLocalPort()));
      Ticket ticket =
          Ticket.classic(
              relays, ConnectingClient.PLAIN.id(), "1.0.0-beta.6", ConnectingClient.PLAIN.key());
      Worker<HydraConsumer> consuming = Worker.start(() -> HydraConsumer.connect(ticket));
      first.setSoTimeout(15_000);
      second.setSoTimeout(15_000);
      first.accept().close();
      try (Socket peer = second.accept()) {
        assertThat(peer.getInputStream().readNBytes(32)).as("a whole hello").hasSize(32);
      }
      assertThatThrownBy(consuming::get).isInstanceOf(ConnectionException.class);
    }
  }

  // ---- a relay is lost ----

  @Test
  void theProducerSendsItsRingAnewAtTheOtherRelay() throws Exception {
    Worker<HydraProducer> producing = Worker.start(producer(a, b)::connect);
    FakeRelay.Peer first = joined(a);
    HydraProducer producer = producing.get();
    opened(producer::abort);
    Head head = Head.parse(first.relayed(), SESSION.id());
    producer.broadcast(new byte[] {1});
    first.relayed();
    a.close();
    first.close();

    FakeRelay.Peer second = joined(b);
    assertThat(second.join().start()).isEqualTo(JoinMessage.START_AT);
    assertThat(second.join().id()).isEqualTo(head.epoch());
    Head again = Head.parse(second.relayed(), SESSION.id());
    assertThat(again.stream()).isEqualTo(head.stream());
    assertThat(again.first()).isZero();
    assertThat(Frames.u64(second.relayed(), Frames.SEQ_OFFSET)).isZero();
  }

  @Test
  void theConsumerGoesOnAtTheOtherRelayAndSaysWhichEpochItKnows() throws Exception {
    SealedStream stream = new SealedStream(SESSION);
    BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    Worker<Void> consuming = Worker.start(() -> collect(messages));
    FakeRelay.Peer first = joined(a);
    assertThat(first.join().resume()).as("no position").containsOnly(0);
    first.raw(stream.head());
    first.raw(stream.message("one"));
    assertThat(messages.poll(15, TimeUnit.SECONDS)).isEqualTo("one");
    a.close();
    first.close();

    FakeRelay.Peer second = opened(b.accept());
    second.send(new JoinedMessage(0, Frames.MAX_LEN, stream.stream(), 1, NO_TOKEN, 30));
    assertThat(second.join().start()).isEqualTo(JoinMessage.START_AT);
    assertThat(second.join().id()).isEqualTo(stream.stream());
    assertThat(second.join().seq()).isEqualTo(1);
    assertThat(ByteBuffer.wrap(second.join().resume()).getLong()).isEqualTo(stream.stream());
    second.raw(stream.head());
    second.raw(stream.message("two"));
    second.raw(stream.end());
    consuming.get();
    assertThat(messages).containsExactly("two");
  }

  private Void collect(BlockingQueue<String> messages) {
    try (HydraConsumer consumer = consumer(a, b).connect()) {
      for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
        messages.add(UTF_8.decode(view).toString());
      }
    }
    return null;
  }

  @Test
  void anErrorSendsItToTheOtherAtOnceHoweverLongTheFirstWantsToBeLeftAlone() throws Exception {
    receiving(consumer(a, b));
    joined(a).send(new ErrorMessage(ErrorCode.SHUTDOWN.wireCode(), 60_000, "later"));

    joined(b);
  }

  // ---- keys ----

  @Test
  void anotherKeyAtAnAddressThatWasGivenIsFinal(@TempDir Path directory) throws Exception {
    FakeRelay stranger = opened(new FakeRelay());
    Worker<ByteBuffer> receiving = receiving(consumer(a, stranger));
    FakeRelay.Peer first = joined(a);
    a.close();
    first.close();
    assertThatThrownBy(() -> stranger.accept()).as("no JOIN").isInstanceOf(EOFException.class);
    assertThatThrownBy(receiving::get)
        .isInstanceOfSatisfying(
            AuthenticationException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.RELAY_KEY_MISMATCH));

    KnownRelays known = new KnownRelays(directory.resolve("known"));
    Worker<HydraConsumer> firstUse = Worker.start(consumer(b).knownRelays(known)::connect);
    joined(b);
    opened(firstUse.get());
    Worker<HydraConsumer> other = Worker.start(consumer(stranger, b).knownRelays(known)::connect);
    assertThatThrownBy(() -> stranger.accept())
        .as("the file knows the key of another one that was given")
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(other::get).isInstanceOf(AuthenticationException.class);
  }

  // ---- PEERS ----

  private static PeersMessage peers(FakeRelay... relays) {
    return new PeersMessage(Arrays.stream(relays).map(FakeRelay::where).toList());
  }

  @Test
  void peersLeadToARelayThatNobodyGave(@TempDir Path directory) throws Exception {
    KnownRelays known = new KnownRelays(directory.resolve("known"));
    receiving(consumer(a).knownRelays(known).heartbeat(Duration.ofSeconds(1)));
    FakeRelay.Peer first = joined(a);
    first.send(peers(a, b));
    assertThat(first.control()).as("it has been read").isInstanceOf(PingMessage.class);
    a.close();
    first.close();

    FakeRelay.Peer second = joined(b);
    second.send(peers(b));
    assertThat(second.control()).isInstanceOf(PingMessage.class);
    assertThat(known.all()).as("used, never stored").hasSize(1);
  }

  @Test
  void peersLeadAProducerToo() throws Exception {
    Worker<HydraProducer> producing =
        Worker.start(producer(a).heartbeat(Duration.ofSeconds(1))::connect);
    FakeRelay.Peer first = joined(a);
    first.send(peers(a, b));
    opened(producing.get()::abort);
    Head head = Head.parse(first.relayed(), SESSION.id());
    a.close();
    first.close();

    assertThat(joined(b).join().id()).isEqualTo(head.epoch());
  }

  @Test
  void aPeerWithAnotherKeyIsLeftOutAndTheOthersAreTried() throws Exception {
    FakeRelay stranger = opened(new FakeRelay());
    receiving(consumer(a).heartbeat(Duration.ofSeconds(1)));
    FakeRelay.Peer first = joined(a);
    first.send(peers(a, stranger));
    assertThat(first.control()).isInstanceOf(PingMessage.class);
    first.send(ErrorMessage.of(ErrorCode.SHUTDOWN, "to the others"));

    assertThatThrownBy(() -> stranger.accept()).as("no JOIN").isInstanceOf(EOFException.class);
    joined(a);
  }

  @Test
  void peersThatAreNoAddressesAreDamage() throws Exception {
    for (String body : List.of("0105612e62", "01", "0103612e62")) {
      FakeRelay relay = opened(new FakeRelay());
      receiving(consumer(relay));
      FakeRelay.Peer first = joined(relay);
      byte[] bytes = HexFormat.of().parseHex(body);
      byte[] inner = new byte[Frames.PREFIX + bytes.length];
      Frames.putU32(inner, 0, 1 + bytes.length);
      inner[Frames.TYPE_OFFSET] = (byte) PeersMessage.TYPE;
      System.arraycopy(bytes, 0, inner, Frames.PREFIX, bytes.length);
      first.raw(first.record(inner));

      assertThat(first.isAtEnd()).isTrue();
      joined(relay);
    }
  }

  @Test
  void aProducerThatKnowsPeersDoesNotWaitLongerForAcknowledgments() throws Exception {
    BlockingQueue<ProducerState> states = new LinkedBlockingQueue<>();
    Worker<HydraProducer> producing =
        Worker.start(
            producer(a, b).heartbeat(Duration.ofSeconds(1)).onStateChange(states::add)::connect);
    FakeRelay.Peer first = joined(a);
    first.send(peers(a, b));
    HydraProducer producer = producing.get();
    opened(producer::abort);
    producer.broadcast(new byte[1]);

    assertThat(states.poll(8, TimeUnit.SECONDS)).isEqualTo(ProducerState.RECONNECTING);
    joined(b);
  }

  // ---- a relay without the producer ----

  @Test
  void aConsumerThatIsToldForLongThatTheProducerIsAwayLooksElsewhere() throws Exception {
    receiving(consumer(a, b));
    for (FakeRelay relay : List.of(a, b, a)) {
      answerPing(joined(relay, 1));
    }
    joined(b, 1);
  }

  @Test
  void aConsumerOfAClusterStaysAndSoDoesOneThatHasNoOther() throws Exception {
    receiving(consumer(a, b).heartbeat(Duration.ofSeconds(1)));
    FakeRelay.Peer clustered = joined(a, 1);
    clustered.send(peers(a, b));
    receiving(consumer(b).heartbeat(Duration.ofSeconds(1)));
    FakeRelay.Peer alone = joined(b, 1);

    for (int i = 0; i < 4; i++) {
      for (FakeRelay.Peer peer : List.of(clustered, alone)) {
        answerPing(peer);
      }
    }
  }

  private static void answerPing(FakeRelay.Peer peer) throws IOException {
    peer.send(new PongMessage(((PingMessage) peer.control()).echo()));
  }
}
