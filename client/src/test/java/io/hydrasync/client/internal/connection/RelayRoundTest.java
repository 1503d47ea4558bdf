package io.hydrasync.client.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.internal.stream.FailureCount;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is next, after what, in virtual time; names lead where the test says. */
class RelayRoundTest {
  private static final RelayAddress A = new RelayAddress("a.example", 1);
  private static final RelayAddress B = new RelayAddress("b.example", 1);
  private static final RelayAddress C = new RelayAddress("c.example", 1);
  private static final RelayKeys KEY = RelayKeys.of(RelayKey.of(new byte[RelayKey.LENGTH]));
  private static final InetAddress FAR_AWAY = address("192.0.2.99");

  private static final HydraException CUT = new ConnectionException(ErrorCode.DISCONNECTED, "cut");
  private static final HydraException SILENT =
      new ConnectionException(ErrorCode.DISCONNECTED, "silent", new SocketTimeoutException());
  private static final HydraException STALE =
      new AuthenticationException(ErrorCode.STALE_EPOCH, "stale");
  private static final HydraException STRANGER =
      new AuthenticationException(ErrorCode.RELAY_KEY_MISMATCH, "another key");

  private final Map<RelayAddress, List<InetSocketAddress>> names = new HashMap<>();
  private final Set<String> unreachable = new HashSet<>();
  private final Map<String, HydraException> refusals = new HashMap<>();
  private long nanos = Long.MAX_VALUE - 1_000; // the clock may overflow
  private RelayRound round;
  private RetryPolicy policy;

  @BeforeEach
  void namesWithAnAddressEach() {
    lead(A, "192.0.2.1");
    lead(B, "192.0.2.2");
    lead(C, "192.0.2.3");
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private void lead(RelayAddress name, String... addresses) {
    names.put(
        name,
        List.of(addresses).stream()
            .map(text -> new InetSocketAddress(address(text), name.port()))
            .toList());
  }

  private static String text(InetSocketAddress at) {
    String host = at.getAddress().getHostAddress();
    return host.startsWith("192.0.2.") ? host.substring("192.0.2.".length()) : host;
  }

  private void give(RelayAddress... relays) {
    round = new RelayRound(Relays.of(List.of(relays)), () -> nanos, new Random(1));
    policy = new RetryPolicy(Duration.ofHours(1), () -> nanos, new FailureCount(), round);
  }

  private static RelayException error(ErrorCode code, long retryMs) {
    return new RelayException(code, "x", Duration.ofMillis(retryMs));
  }

  private static long ms(long ms) {
    return TimeUnit.MILLISECONDS.toNanos(ms);
  }

  /** One attempt: the last parts of the addresses that it goes to, in order. */
  private List<String> attempt() {
    List<String> been = new ArrayList<>();
    round.begin();
    for (Optional<RelayRound.Stop> next = round.next(); next.isPresent(); next = round.next()) {
      RelayRound.Stop stop = next.get();
      Optional<InetSocketAddress> reached = race(stop, been);
      HydraException problem = reached.map(at -> refusals.get(text(at))).orElse(CUT);
      if (reached.isPresent() && !refusals.containsKey(text(reached.get()))) {
        round.joined(stop, reached.get(), KEY);
        policy.joined(0);
        been.add("joined");
        return been;
      }
      HydraException told = round.failed(stop, reached, problem);
      if (RoundProblems.endsRound(told)) {
        been.add("ends");
        return been;
      }
    }
    return been;
  }

  private Optional<InetSocketAddress> race(RelayRound.Stop stop, List<String> been) {
    List<InetSocketAddress> addresses =
        stop.only().map(List::of).orElseGet(() -> round.left(stop, names.get(stop.relay())));
    List<InetSocketAddress> decided = new ArrayList<>();
    Optional<InetSocketAddress> reached = Optional.empty();
    for (InetSocketAddress at : addresses) {
      if (reached.isEmpty()) {
        been.add(text(at));
        decided.add(at);
        reached = unreachable.contains(text(at)) ? Optional.empty() : Optional.of(at);
      }
    }
    round.tried(stop, decided);
    return reached;
  }

  /** The connection is lost, or none could be made: how long the pause is. */
  private Duration after(HydraException problem) {
    RetryPolicy.Decision decision =
        policy.after(problem, FailureCount.Failure.atNext(FailureCount.Place.frame(1, nanos)));
    assertThat(decision.retry()).isTrue();
    nanos += decision.waitNanos();
    return Duration.ofNanos(decision.waitNanos());
  }

  private void joinFirst() {
    assertThat(attempt()).containsExactly("1", "joined");
  }

  // ---- the round ----

  @Test
  void goesOverAllAddressesOfAllNamesEachARelayOfItsOwn() {
    lead(A, "192.0.2.1", "192.0.2.11", "192.0.2.12");
    give(A, B);
    unreachable.add("11");
    refusals.put("1", error(ErrorCode.LIMIT, 100));
    refusals.put("12", error(ErrorCode.LIMIT, 100));

    assertThat(attempt()).containsExactly("1", "11", "12", "2", "joined");
  }

  @Test
  void goesToAnAddressOnceWhateverNamesLeadThere() {
    lead(B, "192.0.2.1");
    give(A, B, C);
    refusals.put("1", error(ErrorCode.LIMIT, 100));

    assertThat(attempt()).containsExactly("1", "3", "joined");
  }

  @Test
  void waitsBetweenRoundsOnly() {
    give(A, B);
    unreachable.addAll(Set.of("1", "2"));

    long base = 200;
    for (int i = 0; i < 6; i++) {
      assertThat(attempt()).containsExactly("1", "2");
      assertThat(after(CUT)).isBetween(Duration.ofMillis(base / 2), Duration.ofMillis(2 * base));
      base *= 2;
    }
  }

  @Test
  void asksNobodyElseWhereTheSessionHasItsProducerOrNothingElseWillCome() {
    give(A, B);
    refusals.put("1", error(ErrorCode.PRODUCER_EXISTS, 1_000));
    assertThat(attempt()).containsExactly("1", "ends");

    refusals.put("1", new RelayException(ErrorCode.KICKED, "never"));
    give(A, B);
    assertThat(attempt()).containsExactly("1", "ends");

    refusals.put("1", STRANGER);
    give(A, B);
    assertThat(attempt()).as("given").containsExactly("1", "ends");
  }

  // ---- a connection is lost ----

  @Test
  void triesTheSameOnceWhereTheConnectionBroke() {
    give(A, B);
    joinFirst();

    assertThat(after(CUT)).isBetween(Duration.ofMillis(100), Duration.ofMillis(300));
    assertThat(attempt()).containsExactly("1", "joined");
    assertThat(after(CUT)).as("and no second time").isZero();
    assertThat(attempt()).containsExactly("2", "joined");
  }

  @Test
  void goesOnToAnotherWhereTheSameDoesNotAnswer() {
    give(A, B, C);
    joinFirst();
    unreachable.addAll(Set.of("1", "2"));
    after(CUT);

    assertThat(attempt()).containsExactly("1", "2", "3", "joined");
  }

  @Test
  void triesTheSameOnceMoreAfterProgress() {
    give(A, B);
    joinFirst();
    for (int i = 0; i < 5; i++) {
      after(CUT);
      assertThat(attempt()).containsExactly("1", "joined");
      policy.progressed();
    }
  }

  @Test
  void goesToAnotherAtOnceAfterSilenceAndAfterAnError() {
    for (HydraException problem : List.of(SILENT, error(ErrorCode.SHUTDOWN, 5_000), STALE)) {
      give(A, B);
      joinFirst();

      assertThat(after(problem)).as("%s", problem).isZero();
      assertThat(attempt()).containsExactly("2", "joined");
    }
  }

  @Test
  void comesBackToWhoAsksForItAtOnce() {
    give(A, B);
    joinFirst();

    after(error(ErrorCode.TOO_SLOW, 0));

    assertThat(attempt()).containsExactly("1", "joined");
  }

  @Test
  void leavesAloneOnlyWhoAskedForIt() {
    give(A, B);
    joinFirst();
    assertThat(after(error(ErrorCode.LIMIT, 60_000))).isZero();
    unreachable.add("2");
    assertThat(attempt()).containsExactly("2");

    for (int i = 0; i < 3; i++) {
      assertThat(after(CUT)).isLessThan(Duration.ofSeconds(2));
      assertThat(attempt()).as("not the first one yet").containsExactly("2");
    }
    nanos += ms(60_000);
    after(CUT);
    assertThat(attempt()).containsExactly("1", "joined");
  }

  @Test
  void waitsForTheFirstOfThoseWhoAllAskForIt() {
    give(A, B);
    joinFirst();
    refusals.put("2", error(ErrorCode.LIMIT, 20_000));
    after(error(ErrorCode.LIMIT, 30_000));
    assertThat(attempt()).containsExactly("2");

    assertThat(after(refusals.get("2"))).isEqualTo(Duration.ofSeconds(20));
    refusals.clear();
    assertThat(attempt()).containsExactly("2", "joined");
  }

  /** There is an attempt at the deadline, and that has to go somewhere. */
  @Test
  void goesToThoseWhoWantToBeLeftAloneWhereItIsTime() {
    give(A, B);
    joinFirst();
    refusals.put("2", error(ErrorCode.LIMIT, 20_000));
    policy.after(
        error(ErrorCode.LIMIT, 30_000),
        FailureCount.Failure.atNext(FailureCount.Place.frame(1, 0)));
    attempt();

    assertThat(attempt()).containsExactly("1", "joined");
  }

  @Test
  void relaysThatOnlyAnswerJoinDoNotSendItAroundWithoutAPause() {
    give(A, B);
    joinFirst();
    long began = nanos;
    int connections = 0;
    while (nanos - began < ms(60_000)) {
      after(SILENT);
      attempt();
      connections++;
    }

    assertThat(connections).isBetween(60, 200);
  }

  @Test
  void aStaleEpochIsNoFailureWhereAnotherRelayMayHaveANewerOne() {
    give(A, B);
    joinFirst();
    for (int i = 0; i < 10; i++) {
      after(STALE);
      attempt();
    }

    give(A);
    joinFirst();
    FailureCount.Failure same = FailureCount.Failure.atNext(FailureCount.Place.frame(1, 7));
    assertThat(policy.after(STALE, same).retry()).isTrue();
    assertThat(policy.after(STALE, same).retry()).isTrue();
    assertThat(policy.after(STALE, same).retry()).isFalse();
  }

  // ---- a relay without the producer ----

  @Test
  void leavesForTheNextBehindThePresentOneAndComesAround() {
    give(A, B, C);
    joinFirst();
    for (String next : List.of("2", "3", "1", "2", "3")) {
      nanos += ms(61_000); // long enough to be good again
      round.leave();
      after(CUT);
      assertThat(attempt()).containsExactly(next, "joined");
    }
  }

  @Test
  void comesBackWhereTheOthersAreAway() {
    give(A, B);
    joinFirst();
    unreachable.add("2");
    round.leave();
    assertThat(after(CUT)).isZero();
    assertThat(attempt()).containsExactly("2");
    after(CUT);

    assertThat(attempt()).containsExactly("1", "joined");
  }

  // ---- PEERS ----

  private void peers(InetAddress by, RelayAddress... addresses) {
    round.peers(List.of(addresses), by, KEY);
  }

  @Test
  void goesToWhomTheRelayNamesAndToThoseThatWereGiven() {
    give(A);
    joinFirst();
    peers(FAR_AWAY, A, B, C);
    unreachable.add("1");
    after(SILENT);

    assertThat(attempt()).doesNotContain("1").endsWith("joined");
    unreachable.addAll(Set.of("2", "3"));
    policy.progressed();
    after(SILENT);
    assertThat(attempt()).contains("1").hasSize(2);
  }

  @Test
  void theNewestPeersCountAndSixteenOfThem() {
    give(A);
    joinFirst();
    peers(FAR_AWAY, B);
    RelayAddress[] many =
        IntStream.range(0, 40)
            .mapToObj(i -> new RelayAddress("n" + i + ".example", 1))
            .toArray(RelayAddress[]::new);
    for (int i = 0; i < many.length; i++) {
      lead(many[i], "192.0.2." + (100 + i));
      unreachable.add("" + (100 + i));
    }
    peers(FAR_AWAY, many);
    after(SILENT);

    assertThat(attempt())
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(100, 116).mapToObj(String::valueOf).toList());
  }

  @Test
  void aPeerWithAnotherKeyIsLeftOut() {
    give(A);
    joinFirst();
    peers(FAR_AWAY, A, B);
    unreachable.add("1");
    refusals.put("2", STRANGER);
    after(SILENT);
    assertThat(attempt()).containsExactly("2");
    for (int i = 0; i < 5; i++) {
      after(CUT);
      assertThat(attempt()).containsExactly("1");
    }
  }

  @Test
  void aPeerOnThisMachineOrThisNetworkCountsOnlyForWhoCameThatWay() {
    RelayAddress here = new RelayAddress("here.example", 1);
    RelayAddress near = new RelayAddress("near.example", 1);
    lead(here, "127.0.0.1", "0.0.0.0", "::1");
    lead(near, "169.254.1.1", "224.0.0.1");
    give(A);
    joinFirst();
    unreachable.addAll(Set.of("127.0.0.1", "169.254.1.1", "0.0.0.0", "0:0:0:0:0:0:0:1"));

    peers(FAR_AWAY, here, near);
    after(SILENT);
    assertThat(attempt()).isEmpty();

    peers(address("127.0.0.1"), here, near);
    after(SILENT);
    assertThat(attempt()).contains("127.0.0.1", "0.0.0.0").doesNotContain("169.254.1.1");

    peers(address("169.254.7.7"), here, near);
    after(SILENT);
    assertThat(attempt()).contains("169.254.1.1").doesNotContain("127.0.0.1", "224.0.0.1");
  }

  // ---- keys ----

  @Test
  void theFirstKeyCountsForAllWhereThereAreSeveral() {
    give(A, B);
    joinFirst();
    assertThat(round.pinned()).contains(KEY);

    give(A);
    joinFirst();
    assertThat(round.pinned()).as("one relay, which may be set up anew").isEmpty();
    peers(FAR_AWAY, A, B);
    assertThat(round.pinned()).contains(KEY);
  }

  // ---- what is told ----

  @Test
  void tellsTheMostTellingProblem() {
    HydraException refused = new ConnectionException(ErrorCode.DISCONNECTED, "refused");
    HydraException none = error(ErrorCode.NO_SESSION, 1_000);
    HydraException corrupt = new AuthenticationException(ErrorCode.CORRUPT, "corrupt");

    assertThat(summary(refused)).isSameAs(refused);
    assertThat(summary(refused, none, refused)).isSameAs(none);
    assertThat(summary(refused, none, corrupt)).isSameAs(corrupt);
    assertThat(summary(refused, SILENT))
        .isInstanceOf(ConnectionException.class)
        .hasMessage("no relay can be joined: refused; silent");
    assertThatThrownBy(() -> summary()).isInstanceOf(RuntimeException.class);
  }

  private static HydraException summary(HydraException... all) {
    RoundProblems problems = new RoundProblems();
    List.of(all).forEach(problems::add);
    return problems.summary();
  }

  @Test
  void waitsLessForWhoIsSilentWhereThereIsAnother() {
    give(A, B);
    round.begin();
    RelayRound.Stop first = round.next().orElseThrow();
    assertThat(round.patienceMs(first, 10_000)).isEqualTo(RelayRound.SILENT_MS);
    assertThat(round.limitMs(first, 10_000)).as("it may have to think").isEqualTo(10_000);
    RelayRound.Stop last = round.next().orElseThrow();
    assertThat(round.patienceMs(last, 10_000)).isEqualTo(10_000);

    give(A, B);
    joinFirst();
    after(CUT);
    round.begin();
    RelayRound.Stop same = round.next().orElseThrow();
    assertThat(same.only()).isPresent();
    assertThat(round.limitMs(same, 10_000)).isEqualTo(RelayRound.SAME_MS);
    assertThat(round.patienceMs(same, 500)).isEqualTo(500);
  }
}
