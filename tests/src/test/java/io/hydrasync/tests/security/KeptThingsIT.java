package io.hydrasync.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.noise.NoiseException;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.KeptRelay;
import io.hydrasync.tests.peer.Attacker;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Attempts;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Bystander;
import io.hydrasync.tests.support.ChildJvm;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each kind of thing that a client can make the relay keep, filled to its bound: it is counted, one
 * more is answered as {@code security.md} says ("What a client can make the relay keep"), and a
 * bystander is served. The relay is a process of its own, so that what one thing takes can be
 * measured; {@code -Dkept.things} says how many there are of each kind.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public class KeptThingsIT {
  private static final int MOST = Integer.getInteger("kept.things", 60);

  /** How many may have joined beside those of whom there may be {@link #MOST}. */
  private static final int OTHERS = 40;

  private static final int SLACK_MS = 10_000;

  /** What is counted of an unfinished record, at least. */
  private static final int COUNTED = 60 << 10;

  private static final int LOGS = 24 << 20;
  private static final int ADMINS = 16;
  private static final int PER_SESSION = 8 << 20;

  /** A socket that takes little, so that what is not read stays with the relay. */
  private static final int SMALL = 4 << 10;

  private static final List<String> JVM =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-Xmx" + (24 + MOST / 64) + "m",
          "-XX:MaxDirectMemorySize=" + (64 + MOST / 16) + "m");

  private final List<Closeable> held = new ArrayList<>();
  private ChildJvm process;
  private InetSocketAddress relay;

  /** Who is connected, how far, and of how many one more is refused. */
  enum Client {
    SILENT(Attacker.Phase.CONNECTED),
    HALF_OF_MESSAGE_1(Attacker.Phase.MESSAGE_1),
    SHAKEN_HANDS(Attacker.Phase.SECURED),
    CLASSIC_SHAKEN_HANDS(Attacker.Phase.CLASSIC_SECURED),
    CONSUMER_THAT_WAITS(Attacker.Phase.CONSUMER),
    PRODUCER_OF_A_SESSION(Attacker.Phase.PRODUCER);

    private final Attacker.Phase phase;

    Client(Attacker.Phase phase) {
      this.phase = phase;
    }
  }

  @BeforeAll
  void start() throws IOException {
    process =
        ChildJvm.start(
            JVM,
            KeptRelay.class,
            String.valueOf(MOST + OTHERS),
            String.valueOf(MOST),
            String.valueOf(MOST),
            String.valueOf(MOST),
            String.valueOf(LOGS));
    process.awaitReady();
    relay = new InetSocketAddress("127.0.0.1", Integer.parseInt(process.ask("port")));
    serveSomebody(); // so that what the first client costs is there
  }

  @AfterAll
  void end() throws InterruptedException {
    process.close();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    release();
    awaitThat("they are gone", () -> now("connections") == 0 && now("sessions") == 0);
  }

  private void release() throws IOException {
    for (Closeable client : held) {
      client.close();
    }
    held.clear();
  }

  private Map<String, Long> state(String question) {
    try {
      return Arrays.stream(process.ask(question).split(" "))
          .map(pair -> pair.split("="))
          .collect(Collectors.toMap(pair -> pair[0], pair -> Long.parseLong(pair[1])));
    } catch (IOException e) {
      throw new AssertionError("the relay has ended", e);
    }
  }

  private Long now(String what) {
    return state("now").get(what);
  }

  private <C extends Closeable> C hold(Callable<C> client) throws Exception {
    C made = client.call();
    held.add(made);
    Attempts.one();
    return made;
  }

  private void serveSomebody() {
    try (Bystander bystander = new Bystander(relay)) {
      bystander.p99(10);
    }
    awaitThat("nobody is left", () -> now("connections") == held.size());
  }

  private static void awaitThat(String what, BooleanSupplier condition) {
    Await.until(what, condition);
  }

  /** What one of them takes, by what all of them have changed. */
  private void print(String kind, long things, Map<String, Long> before, Map<String, Long> after) {
    System.out.printf(
        Locale.ROOT,
        "%-28s %,7d kept: %,8d bytes of heap and %,8d of direct memory each%n",
        kind.toLowerCase(Locale.ROOT).replace('_', ' '),
        things,
        (after.get("heap") - before.get("heap")) / things,
        Math.max(0, besideLogs(after) - besideLogs(before)) / things);
  }

  private static long besideLogs(Map<String, Long> state) {
    return state.get("direct") - state.get("log");
  }

  @ParameterizedTest
  @EnumSource(Client.class)
  void clientsAreKeptUpToTheirNumberAndNoMore(Client kind) throws Exception {
    Map<String, Long> before = state("gc");
    for (int i = 0; i < MOST; i++) {
      hold(() -> new Attacker(relay, kind.phase));
    }
    awaitThat("all are there", () -> now("connections") == MOST);
    print(kind.name(), MOST, before, state("gc"));
    boolean joined = kind.phase.isJoined();
    try (Attacker oneMore = new Attacker(relay, kind.phase)) {
      assertThat(oneMore.isClosedWithin(SLACK_MS)).isTrue();
    } catch (IOException | NoiseException e) {
      // closed while it was still about to come so far
    }
    String refusal = joined ? "limit" : "joiningRefused";
    awaitThat("it is counted", () -> now(refusal) > before.get(refusal));
    assertThat(now("sessions")).isEqualTo(joined ? MOST : 0);
    release();
    serveSomebody();
  }

  @Test
  void consumersOfASessionAreKeptUpToTheirNumberAndNoMore() throws Exception {
    SessionId id = RawPeer.plainSession();
    Map<String, Long> before = state("gc");
    for (int i = 0; i < MOST; i++) {
      hold(() -> consumer(id, Overflow.DEFAULT));
    }
    print("consumer of one session", MOST, before, state("gc"));
    try (RawPeer oneMore = consumer(id, Overflow.DEFAULT)) {
      assertRefused(oneMore);
    }
    serveSomebody();
  }

  private RawPeer consumer(SessionId id, Overflow overflow) throws Exception {
    return new RawPeer(
        relay,
        id,
        Optional.empty(),
        RawPeer.Join.consumer(JoinMessage.START_OLDEST).overflow(overflow),
        SMALL);
  }

  private static void assertRefused(RawPeer peer) {
    assertThat(peer.answer())
        .isInstanceOfSatisfying(
            ErrorMessage.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.LIMIT.wireCode()));
  }

  @Test
  void connectionsAreKeptUpToTheirNumberAndAdminsGetInAllTheSame() throws Exception {
    SessionId id = RawPeer.plainSession();
    for (int i = 0; i < MOST; i++) {
      hold(() -> consumer(id, Overflow.DEFAULT));
    }
    SessionId another = RawPeer.plainSession();
    for (int i = 0; i < OTHERS; i++) {
      hold(() -> consumer(another, Overflow.DEFAULT));
    }
    hold(() -> new Attacker(relay, Attacker.Phase.CONNECTED)); // who has not joined does not count
    awaitThat("all are there", () -> now("connections") == MOST + OTHERS + 1);
    try (RawPeer oneMore = consumer(RawPeer.plainSession(), Overflow.DEFAULT)) {
      assertRefused(oneMore);
    }
    List<HydraAdmin> admins = new ArrayList<>();
    try {
      for (int i = 0; i < ADMINS; i++) {
        admins.add(admin());
        Attempts.one();
      }
      assertThat(admins.get(0).request("{}")).contains("true");
      try (HydraAdmin oneMore = admin()) {
        throw new AssertionError("a seventeenth admin got in");
      } catch (HydraException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.LIMIT);
      }
    } finally {
      admins.forEach(HydraAdmin::close);
    }
    release();
    awaitThat("they are gone", () -> now("connections") == 0);
    serveSomebody();
  }

  private HydraAdmin admin() {
    return HydraAdmin.builder(relay, Credential.of(new byte[Credential.LENGTH])).connect();
  }

  /** A record of the largest size, of which all but a little has come. */
  private static byte[] begun() {
    byte[] begun = new byte[Frames.MAX_SEALED_LEN];
    ByteBuffer.wrap(begun).putInt(Frames.MAX_SEALED_LEN).put((byte) Frames.SEALED);
    return begun;
  }

  @ParameterizedTest
  @EnumSource(names = {"SECURED", "CONSUMER"})
  void whatIsBegunAndNotEndedIsKeptUpToItsBytesAndNoMore(Attacker.Phase phase) throws Exception {
    Map<String, Long> before = state("gc");
    long limit = before.get("unfinishedLimit");
    int things = (int) Math.min(MOST, limit / Frames.MAX_SEALED_LEN);
    for (int i = 0; i < things - 1; i++) {
      hold(() -> new Attacker(relay, phase)).send(begun());
    }
    Await.until("all has come", () -> now("unfinished") > (things - 2L) * COUNTED);
    print("unfinished record, " + phase, things - 1, before, state("gc"));
    for (int i = things - 1; i < MOST && now("limit").equals(before.get("limit")); i++) {
      try {
        hold(() -> new Attacker(relay, phase)).send(begun());
      } catch (IOException e) {
        break; // refused while it was still sending
      }
      assertThat(now("unfinished")).isLessThanOrEqualTo(limit);
    }
    if (limit / Frames.MAX_SEALED_LEN < MOST) {
      assertThat(now("unfinished")).isGreaterThan(limit / 2);
    }
    serveSomebodyBesides();
    release();
    awaitThat("nothing is kept", () -> now("unfinished") == 0 && now("connections") == 0);
  }

  /** While all of it is kept. */
  private void serveSomebodyBesides() {
    try (Bystander bystander = new Bystander(relay)) {
      bystander.p99(10);
    }
  }

  @Test
  void logsAreKeptUpToTheBudgetAndNobodyIsRefused() throws Exception {
    int frame = 60_000;
    for (int session = 0; session < 6; session++) {
      RawPeer producer =
          hold(
              () ->
                  new RawPeer(
                      relay, RawPeer.plainSession(), Optional.empty(), RawPeer.Join.producer()));
      producer.head(System.currentTimeMillis(), System.currentTimeMillis(), 0);
      producer.data(0, PER_SESSION / frame, frame);
      producer.awaitAck(PER_SESSION / frame);
      assertThat(now("log")).isLessThanOrEqualTo(LOGS);
    }
    assertThat(now("log")).isGreaterThan(LOGS / 2);
    serveSomebodyBesides();
    release();
    awaitThat("the memory is given back", () -> now("log") == 0);
  }

  @Test
  void copiesForConsumersThatDoNotReadAreKeptUpToTheirBytesAndNobodyIsRefused() throws Exception {
    SessionId id = RawPeer.plainSession();
    Map<String, Long> before = state("gc");
    for (int i = 0; i < MOST - 1; i++) {
      hold(() -> consumer(id, Overflow.SKIP));
    }
    RawPeer reader = hold(() -> consumer(id, Overflow.SKIP));
    RawPeer producer =
        hold(() -> new RawPeer(relay, id, Optional.empty(), RawPeer.Join.producer()));
    producer.head(System.currentTimeMillis(), System.currentTimeMillis(), 0);
    int frame = 30_000;
    int frames = 200;
    producer.data(0, frames, frame);
    producer.awaitAck(frames);
    long limit = before.get("copiesLimit");
    awaitThat(
        "they are behind",
        () -> now("copies") > Math.min(limit - (40 << 10), (MOST - 2L) * (31 << 10)));
    assertThat(now("copies")).isLessThanOrEqualTo(limit);
    print("consumer that is behind", MOST, before, state("gc"));
    reader.await(got -> got.frame() != null && got.type() == Frames.DATA && got.seq() > 100);
    serveSomebodyBesides();
    release();
    awaitThat("nothing is kept", () -> now("copies") == 0 && now("connections") == 0);
  }
}
