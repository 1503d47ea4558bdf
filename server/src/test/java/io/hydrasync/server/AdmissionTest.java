package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final long START = Long.MAX_VALUE - 5; // nanoTime may overflow
  private static final long TENTH = TimeUnit.MILLISECONDS.toNanos(100);

  private final Admission admission = new Admission(AdmissionLimits.DEFAULT);

  private static InetSocketAddress address(String literal) {
    try {
      return new InetSocketAddress(InetAddress.getByName(literal), 1000);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private int burst(String literal, long now) {
    int admitted = 0;
    while (admitted < 1_000 && admission.tryHandshake(address(literal), now)) {
      admitted++;
    }
    return admitted;
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
  void exemptsLoopbackOnlyIfTold() {
    assertThat(burst("127.0.0.1", START)).isEqualTo(1_000);
    assertThat(burst("::1", START)).isEqualTo(1_000);

    Admission strict = new Admission(AdmissionLimits.DEFAULT.withLoopbackExempt(false));
    int admitted = 0;
    while (strict.tryHandshake(address("127.0.0.1"), START)) {
      admitted++;
    }
    assertThat(admitted).isEqualTo(20);
  }

  @Test
  void admitsSoManyConnectionsOfAnAddressAtATime() {
    Admission few = new Admission(new AdmissionLimits(10, 10, 2, 10, 10, 10, 20, true));
    InetSocketAddress one = address("2001:db8::1");
    InetSocketAddress neighbour = address("2001:db8::ffff");

    assertThat(few.connect(one)).isEmpty();
    assertThat(few.connect(neighbour)).isEmpty();
    assertThat(few.connect(one)).contains("address_connections");
    assertThat(few.connect(address("2001:db8:0:1::1"))).isEmpty();
    few.disconnected(neighbour, false);
    assertThat(few.connect(one)).isEmpty();
    assertThat(few.connect(address("127.0.0.1"))).isEmpty();
    assertThat(few.connect(address("127.0.0.1"))).isEmpty();
    assertThat(few.connect(address("127.0.0.1"))).isEmpty();
  }

  @Test
  void admitsSoManyThatHaveNotJoinedAtATimeWhereverTheyAreFrom() {
    Admission few = new Admission(new AdmissionLimits(10, 2, 1, 10, 10, 10, 20, true));
    InetSocketAddress one = address("192.0.2.1");
    InetSocketAddress two = address("192.0.2.2");

    assertThat(few.connect(one)).isEmpty();
    assertThat(few.connect(one)).as("counts for nothing").contains("address_connections");
    assertThat(few.connect(two)).isEmpty();
    assertThat(few.connect(address("127.0.0.1"))).contains("joining_connections");
    few.joined();
    assertThat(few.connect(address("192.0.2.3"))).isEmpty();
    assertThat(few.connect(address("192.0.2.4"))).contains("joining_connections");
    few.disconnected(one, true);
    assertThat(few.connect(one)).contains("joining_connections");
    few.disconnected(two, false);
    assertThat(few.connect(one)).isEmpty();
  }

  @Test
  void takesOtherLimitsWhileItRuns() {
    assertThat(burst("192.0.2.9", START)).isEqualTo(20);

    admission.limits(new AdmissionLimits(10, 10, 10, 10, 10, 100, 3, true));

    assertThat(burst("192.0.2.9", START + TENTH)).isEqualTo(3);
    assertThat(burst("192.0.2.10", START)).isEqualTo(3);
  }
}
