package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final long START = Long.MAX_VALUE - 5; // nanoTime may overflow
  private static final long TENTH = TimeUnit.MILLISECONDS.toNanos(100);

  private final Admission admission = new Admission(AdmissionRules.DEFAULT);

  private static InetSocketAddress address(String literal) {
    try {
      return new InetSocketAddress(InetAddress.getByName(literal), 1000);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static Optional<String> connect(Admission to, String literal) {
    return to.visitor(address(literal)).connect();
  }

  /** One that has connected. */
  private static Admission.Visitor connected(Admission to, String literal) {
    Admission.Visitor visitor = to.visitor(address(literal));
    assertThat(visitor.connect()).as(literal).isEmpty();
    return visitor;
  }

  /** As many as get in, 100,000 at most. */
  private static int crowd(Admission to, String literal) {
    int admitted = 0;
    while (admitted < 100_000 && connect(to, literal).isEmpty()) {
      admitted++;
    }
    return admitted;
  }

  private static int burst(Admission of, String literal, long now) {
    Admission.Visitor visitor = of.visitor(address(literal));
    int admitted = 0;
    while (admitted < 100_000 && visitor.tryHandshake(now)) {
      admitted++;
    }
    return admitted;
  }

  private int burst(String literal, long now) {
    return burst(admission, literal, now);
  }

  @Test
  void admitsABurstOfTwentyAndThenTenPerSecond() {
    assertThat(burst("192.0.2.1", START)).isEqualTo(20);
    assertThat(burst("192.0.2.1", START + TENTH - 1)).isZero();
    assertThat(burst("192.0.2.1", START + 11 * TENTH)).isBetween(10, 11);
    assertThat(burst("192.0.2.1", START + 1_000 * TENTH)).isEqualTo(20);
  }

  @Test
  void countsIpv4AddressesOneByOne() {
    burst("192.0.2.1", START);

    assertThat(burst("192.0.2.2", START)).isEqualTo(20);
  }

  @Test
  void countsAnIpv6NetworkOf64BitsAsOne() {
    assertThat(burst("2001:db8:0:1::1", START)).isEqualTo(20);

    assertThat(burst("2001:db8:0:1:ffff::2", START)).isZero();
    assertThat(burst("2001:db8:0:2::1", START)).isEqualTo(20);
  }

  @Test
  void anIpv6NetworkHasNoMoreHandshakesForHavingMoreAddresses() {
    int of56 = 0;
    int of48 = 0;
    for (int i = 0; i < 0x10000; i++) {
      int admitted = burst("2001:db8:1:" + Integer.toHexString(i) + "::1", START);
      of56 += i < 0x100 ? admitted : 0;
      of48 += admitted;
    }
    assertThat(of56).isEqualTo(8 * 20);
    assertThat(of48).isEqualTo(32 * 20);
    assertThat(burst("2001:db8:2::1", START)).as("another network").isEqualTo(20);
  }

  @Test
  void exemptsLoopbackOnlyIfTold() {
    assertThat(burst("127.0.0.1", START)).isEqualTo(100_000);
    assertThat(burst("::1", START)).isEqualTo(100_000);

    Admission strict = new Admission(AdmissionRules.DEFAULT.withLoopbackExempt(false));
    assertThat(burst(strict, "127.0.0.1", START)).isEqualTo(20);
    assertThat(burst(strict, "::1", START)).isEqualTo(20);
    assertThat(crowd(strict, "127.0.0.1")).isEqualTo(64);
  }

  @Test
  void admitsSoManyConnectionsOfAnAddressAtATime() {
    Admission few = new Admission(limits(100, 2, 100));
    connected(few, "2001:db8::1");
    Admission.Visitor neighbour = connected(few, "2001:db8::ffff");

    assertThat(connect(few, "2001:db8::1")).contains("address_connections");
    assertThat(connect(few, "2001:db8:0:1::1")).isEmpty();
    neighbour.disconnected();
    assertThat(connect(few, "2001:db8::1")).isEmpty();
    assertThat(crowd(few, "127.0.0.1")).isEqualTo(100);
  }

  @Test
  void anIpv6NetworkHasNoMoreThanHalfOfTheConnections() {
    Admission all = new Admission(limits(40, 2, 1_000));
    for (int i = 0; i < 8; i++) {
      crowd(all, "2001:db8:0:" + i + "::1");
    }

    assertThat(connect(all, "2001:db8:0:8::1")).contains("network_connections");
    assertThat(crowd(all, "2001:db8:0:100::1")).isEqualTo(2);
    assertThat(crowd(all, "2001:db8:0:200::1")).isEqualTo(2);
    assertThat(connect(all, "2001:db8:0:300::1")).as("/48").contains("network_connections");
    assertThat(crowd(all, "192.0.2.1")).isEqualTo(2);
  }

  @Test
  void whoComesAsANeighbourKeepsThisRelayFromNoNeighbour() {
    Admission crowded = new Admission(limits(1_000, 1_000, 10));
    int strangers = 0;
    while (strangers < 100 && crowded.neighbour(address("192.0.2.1")).connect().isEmpty()) {
      strangers++;
    }

    assertThat(strangers).isLessThan(100);
    assertThat(crowded.called(address("192.0.2.2")).connect()).isEmpty();
  }

  private static AdmissionRules limits(int max, int perAddress, int joining) {
    return new AdmissionRules(
        max, perAddress, joining, joining, joining, joining, 10, 10, 10, 10, 20, true);
  }

  @Test
  void admitsSoManyThatHaveNotJoinedOfAnAddressAndOfTheNetworksAroundIt() {
    assertThat(crowd(admission, "2001:db8::1")).isEqualTo(64);
    assertThat(connect(admission, "2001:db8::2")).contains("address_joining");
    for (int i = 1; i < 8; i++) {
      assertThat(crowd(admission, "2001:db8:0:" + i + "::1")).isEqualTo(64);
    }
    assertThat(connect(admission, "2001:db8:0:8::1")).contains("network_joining");
    int of48 = 512;
    for (int i = 1; i < 0x100; i++) {
      of48 += crowd(admission, "2001:db8:0:" + Integer.toHexString(i << 8) + "::1");
    }
    assertThat(of48).isEqualTo(2_048);
    assertThat(crowd(admission, "2001:db8:1::1")).isEqualTo(64);
  }

  @Test
  void fourAddressesLockNobodyOut() {
    for (int i = 2; i < 6; i++) {
      assertThat(crowd(admission, "192.0.2." + i)).isEqualTo(64);
    }

    assertThat(crowd(admission, "192.0.2.77")).isEqualTo(64);
  }

  @Test
  void aQuarterIsKeptForAddressesOfWhichNoneIsJoining() {
    int first = 0;
    for (int i = 0; i < 47; i++) {
      first += crowd(admission, "192.0.2." + i);
    }
    assertThat(first).isEqualTo(3_000);
    assertThat(connect(admission, "192.0.2.0")).contains("address_joining");
    assertThat(connect(admission, "192.0.2.46")).contains("joining_connections");

    for (int i = 0; i < 1_000; i++) {
      String fresh = "198.51." + (100 + i / 200) + "." + i % 200;
      assertThat(crowd(admission, fresh)).as(fresh).isEqualTo(1);
    }
    assertThat(connect(admission, "203.0.113.1")).contains("joining_connections");
    assertThat(connect(admission, "127.0.0.1")).as("the operator").isEmpty();
  }

  @Test
  void theQuarterIsNotForSale() {
    for (int i = 0; i < 0x10000; i += 0x10) { // two /48s have /64s enough for all of it
      crowd(admission, "2001:db8:1:" + Integer.toHexString(i) + "::1");
      crowd(admission, "2001:db8:2:" + Integer.toHexString(i) + "::1");
    }
    assertThat(connect(admission, "2001:db8:1:ffff::1")).contains("joining_connections");
    assertThat(connect(admission, "2001:db8:2:ffff::1")).contains("joining_connections");

    int of48 = 0;
    for (int i = 0; i < 0x100; i++) {
      of48 += crowd(admission, "2001:db8:3:" + Integer.toHexString(i) + "::1");
    }
    assertThat(of48).isEqualTo(8);
    assertThat(crowd(admission, "192.0.2.1")).isEqualTo(1);
  }

  @Test
  void whoHasJoinedCountsNoMore() {
    Admission few = new Admission(AdmissionRules.DEFAULT.withMaxJoining(4).withJoining(3, 3, 3));
    Admission.Visitor first = connected(few, "192.0.2.1");
    Admission.Visitor second = connected(few, "192.0.2.1");
    connected(few, "192.0.2.1");
    assertThat(connect(few, "192.0.2.1")).contains("address_joining");

    first.joined();
    first.joined();
    assertThat(crowd(few, "192.0.2.1")).isEqualTo(1);
    second.disconnected();
    second.disconnected();
    assertThat(crowd(few, "192.0.2.1")).isEqualTo(1);
    first.disconnected();
    assertThat(connect(few, "192.0.2.1")).contains("address_joining");
  }

  @Test
  void loopbackIsCountedApartAndStillBounded() {
    Admission few = new Admission(AdmissionRules.DEFAULT.withMaxJoining(100));
    assertThat(crowd(few, "127.0.0.1") + crowd(few, "::1") + crowd(few, "127.9.9.9"))
        .isEqualTo(100);
    assertThat(connect(few, "127.0.0.1")).contains("joining_connections");

    assertThat(crowd(few, "192.0.2.1")).isEqualTo(64);
  }

  @Test
  void exemptionHoldsForAConnectionsWholeTime() {
    Admission.Visitor exempt = connected(admission, "127.0.0.1");
    admission.limits(
        AdmissionRules.DEFAULT.withLoopbackExempt(false).withMaxJoining(1).withJoining(5, 5, 5));

    exempt.joined();
    connected(admission, "127.0.0.1").disconnected();
    exempt.disconnected();
    assertThat(crowd(admission, "127.0.0.1")).as("nothing went below zero").isEqualTo(1);
  }

  /** Connections that join, as many of them as may, 1,000 at most. */
  private static int join(Admission to, String literal) {
    int joined = 0;
    Admission.Visitor next = connected(to, literal);
    while (joined < 1_000 && next.mayEnter()) {
      assertThat(next.tryEnter()).isTrue();
      next.joined();
      next.joined();
      joined++;
      next = connected(to, literal);
    }
    assertThat(next.tryEnter()).isFalse();
    next.disconnected();
    next.disconnected();
    return joined;
  }

  @Test
  void aQuarterOfThePlacesIsKeptForAddressesThatHaveFew() {
    Admission few = new Admission(AdmissionRules.DEFAULT.withMaxConnections(200));
    assertThat(join(few, "192.0.2.1")).isEqualTo(150);
    assertThat(join(few, "192.0.2.2")).isEqualTo(16);
    assertThat(join(few, "192.0.2.3")).isEqualTo(16);
    assertThat(join(few, "127.0.0.1")).isEqualTo(18);
    assertThat(join(few, "192.0.2.4")).isZero();
  }

  @Test
  void whoHasNotJoinedTakesNoPlace() {
    Admission few = new Admission(AdmissionRules.DEFAULT.withMaxConnections(20));
    crowd(few, "192.0.2.1");

    assertThat(join(few, "192.0.2.2")).isEqualTo(16);
    assertThat(join(few, "192.0.2.3")).isEqualTo(4);
  }

  @Test
  void aPlaceIsTakenBeforeTheJoinIsDoneAndGivenBackOnce() {
    Admission one = new Admission(AdmissionRules.DEFAULT.withMaxConnections(1));
    Admission.Visitor first = connected(one, "192.0.2.1");
    Admission.Visitor second = connected(one, "192.0.2.2");
    assertThat(second.mayEnter()).isTrue();
    assertThat(first.tryEnter()).isTrue();
    assertThat(first.tryEnter()).isTrue();
    assertThat(second.tryEnter()).isFalse();

    first.disconnected();
    first.disconnected();
    first.joined();
    assertThat(second.tryEnter()).isTrue();
    Admission.Visitor admin = connected(one, "192.0.2.3");
    admin.joined();
    second.disconnected();
    assertThat(connected(one, "192.0.2.4").tryEnter()).as("an admin counts").isFalse();
  }

  @Test
  void anAddressBeginsSoManySessionsAndLeavesAQuarterToOthers() {
    Admission few = new Admission(AdmissionRules.DEFAULT.withSessions(40, 20));
    Admission.Visitor first = connected(few, "192.0.2.1");
    Admission.Visitor second = connected(few, "192.0.2.2");
    assertThat(first.mostSessions()).isEqualTo(40);
    List<Runnable> begun = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      begun.add(first.beginSession());
      assertThat(first.mostSessions()).as("%d", i).isEqualTo(i < 15 ? 40 : i < 19 ? 30 : 0);
    }
    assertThat(second.mostSessions()).isEqualTo(40);

    first.disconnected();
    Admission.Visitor again = connected(few, "192.0.2.1");
    assertThat(again.mostSessions()).as("they outlive the connection").isZero();
    begun.forEach(Runnable::run);
    assertThat(again.mostSessions()).isEqualTo(40);
    again.disconnected();
    second.disconnected();
    assertThat(few.remembered()).isZero();
  }

  @Test
  void aSessionThatBeginsWhenItsConnectionHasGoneIsCounted() {
    Admission few = new Admission(AdmissionRules.DEFAULT.withSessions(40, 1));
    Admission.Visitor gone = connected(few, "192.0.2.1");
    gone.disconnected();

    Runnable end = gone.beginSession();

    Admission.Visitor next = connected(few, "192.0.2.1");
    assertThat(next.mostSessions()).isZero();
    end.run();
    assertThat(next.mostSessions()).isEqualTo(40);
  }

  @Test
  void keepsNothingOfWhomItRefusesOrWhoHasGone() {
    Admission few = new Admission(AdmissionRules.DEFAULT.withMaxJoining(1));
    Admission.Visitor only = connected(few, "192.0.2.1");
    for (int i = 0; i < 200; i++) {
      assertThat(connect(few, "2001:db8:" + i + "::1")).contains("joining_connections");
    }
    assertThat(few.remembered()).isEqualTo(1);
    only.disconnected();
    assertThat(few.remembered()).isZero();
  }

  @Test
  void whoHasNoAddressOnlyCountsTowardsTheTotal() {
    Admission few = new Admission(AdmissionRules.DEFAULT.withMaxJoining(4));
    SocketAddress none =
        new SocketAddress() {
          private static final long serialVersionUID = 1L;
        };
    for (int i = 0; i < 3; i++) {
      assertThat(few.visitor(none).connect()).isEmpty();
    }
    assertThat(few.visitor(none).connect()).contains("joining_connections");
    assertThat(few.visitor(none).tryHandshake(START)).isTrue();
  }

  @Test
  void takesOtherLimitsWhileItRuns() {
    assertThat(burst("192.0.2.9", START)).isEqualTo(20);

    admission.limits(new AdmissionRules(10, 10, 10, 10, 10, 10, 10, 10, 10, 100, 3, true));

    assertThat(burst("192.0.2.9", START + TENTH)).isEqualTo(3);
    assertThat(burst("192.0.2.10", START)).isEqualTo(3);
  }
}
