package io.hydrasync.tests.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.noise.NoiseException;
import io.hydrasync.server.AdmissionLimits;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import io.hydrasync.tests.peer.Attacker;
import io.hydrasync.tests.peer.HydraPeer;
import io.hydrasync.tests.support.Attempts;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.PeerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Few addresses cannot take what is there for all. Loopback addresses stand for the others. */
@Timeout(300)
public class AddressLimitsIT {
  /** Of each of four addresses. */
  private static final int EACH = Integer.getInteger("attack.joining", 100);

  /** Of the peer in Python: one, or all, with some thousand connections each. */
  private static final String CROWD = System.getProperty("attack.crowds", "crowd-half-magic");

  /** Whom the relay does not want it closes at once, or says so. */
  private static final int STAYS_MS = 20;

  /** Those of every relay, for loopback addresses too; the rate of handshakes is another matter. */
  private static final AdmissionLimits LIMITS =
      AdmissionLimits.DEFAULT.withHandshakes(10, 100_000).withLoopbackExempt(false);

  private static final Credential CREDENTIAL = Credential.generate(new SecureRandom());

  private final Deque<Attacker> all = new ArrayDeque<>();

  /** Else a relay waits for them when it is closed. */
  @AfterEach
  void leave() throws Exception {
    while (!all.isEmpty()) {
      all.remove().close();
    }
  }

  /** None that waits in a test is closed for taking too long. */
  private static HydraServer.Builder builder(AdmissionLimits limits) {
    return HydraServer.builder()
        .handshakeTimeout(Duration.ofMinutes(5))
        .admission(limits)
        .credential(CREDENTIAL, Set.of(Role.ADMIN))
        .admin((relay, request) -> "{}".getBytes(UTF_8));
  }

  private static HydraServer relay(AdmissionLimits limits) {
    return builder(limits).bind();
  }

  /** Goes as far as the relay lets it. */
  private void attack(String from, HydraServer relay, Attacker.Phase phase) throws Exception {
    Attempts.one();
    try {
      all.add(new Attacker(InetAddress.getByName(from), relay.address(), phase));
    } catch (IOException | NoiseException e) {
      // closed on the way
    }
  }

  /** Whether somebody can shake hands and join. */
  private static boolean joins(String from, InetSocketAddress relay) throws Exception {
    try (Attacker peer =
        new Attacker(InetAddress.getByName(from), relay, Attacker.Phase.CONSUMER)) {
      return !peer.isClosedWithin(STAYS_MS);
    } catch (IOException | NoiseException e) {
      return false;
    }
  }

  private static void assertOperatorGetsIn(InetSocketAddress relay) {
    try (HydraAdmin admin = HydraAdmin.builder(relay, CREDENTIAL).connect()) {
      assertThat(admin.request("{}")).isEqualTo("{}");
    }
  }

  private static long rejected(HydraServer relay, String reason) {
    return relay.operator().status().rejected().getOrDefault(reason, 0L);
  }

  private static void awaitJoining(HydraServer relay, int connections) {
    Await.until("joining", () -> relay.operator().status().joining() == connections);
  }

  /** They come on different event loops, in no order of their own. */
  private static void awaitDecision(HydraServer relay, int connections) {
    Await.until(
        "it is here or refused",
        () -> relay.connections() + rejected(relay, "joining_connections") == connections);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"CONNECTED", "MAGIC", "MESSAGE_1", "SECURED", "CLASSIC_HELLO", "CLASSIC_SECURED"})
  void fourAddressesThatDoNotJoinLockNobodyOut(Attacker.Phase phase) throws Exception {
    try (HydraServer relay = relay(LIMITS.withMaxJoining(4 * EACH))) {
      for (int i = 0; i < 4 * EACH; i++) {
        attack("127.0.0." + (2 + i % 4), relay, phase);
      }
      Await.until(
          "the rest is refused", () -> rejected(relay, "address_joining") == 4L * (EACH - 64));

      assertThat(relay.operator().status().joining()).isEqualTo(4 * 64);
      assertThat(joins("127.0.0.77", relay.address())).isTrue();
      assertOperatorGetsIn(relay.address());
      assertThat(rejected(relay, "joining_connections")).isZero();
      leave();
    }
  }

  @Test
  void addressesThatHaveNoneJoiningGetInWhereManyHaveTakenTheirFill() throws Exception {
    AdmissionLimits limits = LIMITS.withMaxJoining(40).withJoining(8, 8, 8);
    try (HydraServer relay = relay(limits)) {
      for (int i = 0; i < 5 * 8; i++) {
        attack("127.0.1." + i / 8, relay, Attacker.Phase.CONNECTED);
        awaitDecision(relay, i + 1);
      }
      assertThat(rejected(relay, "joining_connections")).as("all but the reserve").isEqualTo(9);
      for (int i = 10; i < 18; i++) {
        attack("127.0.1." + i, relay, Attacker.Phase.MAGIC);
        awaitJoining(relay, 22 + i);
        assertThat(joins("127.0.0.77", relay.address())).as("%d", i).isTrue();
      }
      attack("127.0.1.30", relay, Attacker.Phase.MESSAGE_1);
      awaitJoining(relay, 40);
      assertThat(joins("127.0.0.77", relay.address())).as("1,000 addresses do").isFalse();

      leave();
      awaitJoining(relay, 0);
      assertThat(joins("127.0.0.77", relay.address())).isTrue();
    }
  }

  @Test
  void ipv6IsLimitedByNetworksAndIpv4WithinItByAddresses() throws Exception {
    InetSocketAddress any = new InetSocketAddress("::", 0);
    for (Transport transport : Transport.values()) {
      try (HydraServer relay = anywhere(transport, any)) {
        InetSocketAddress ipv6 = new InetSocketAddress("::1", relay.address().getPort());
        InetSocketAddress ipv4 = new InetSocketAddress("127.0.0.1", relay.address().getPort());
        for (int i = 0; i < 70; i++) {
          all.add(new Attacker(ipv6.getAddress(), ipv6, Attacker.Phase.CONNECTED));
          all.add(new Attacker(InetAddress.getByName("127.0.0.2"), ipv4, Attacker.Phase.MAGIC));
          Attempts.add(2);
        }
        Await.until("12 are refused", () -> rejected(relay, "address_joining") == 12);
        assertThat(relay.operator().status().joining()).as("%s", transport).isEqualTo(128);
        assertThat(joins("127.0.0.3", ipv4)).as("%s", transport).isTrue();
        leave();
      }
    }
  }

  private static HydraServer anywhere(Transport transport, InetSocketAddress any) {
    try {
      return builder(LIMITS).transport(transport).address(any).bind();
    } catch (UncheckedIOException | IllegalArgumentException e) {
      return Assumptions.abort(transport + " or IPv6 is not here: " + e);
    }
  }

  private static PeerProcess startOrSkip(List<String> command) {
    try {
      return PeerProcess.start(command);
    } catch (IOException e) {
      return Assumptions.abort("no networks can be made here: " + e.getMessage());
    }
  }

  @Tag("foreign")
  @Test
  void networksOfManyAddressesHaveNoMoreThanTheirShare() throws Exception {
    List<String> command = new ArrayList<>(List.of("unshare", "-rn", "sh", "-c"));
    command.add(
        "echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind && ip link set lo up && ip -6 route add local 2001:db8::/32 dev lo && exec \"$@\"");
    command.add("sh");
    command.addAll(ChildJvm.command(ManyNetworks.class));
    try (PeerProcess child = startOrSkip(command)) {
      Optional<String> ready = child.line();
      assumeThat(ready).as("a network of its own").contains(ManyNetworks.READY);
      assertThat(child.rest())
          .containsExactly(
              "of a /64: 64, of a /56: 512, of a /48: 2048",
              "of two /48s: 3000, and of a third: 8",
              "another machine joins: true");
      child.assertEndsWell();
    }
    Attempts.add(10_000);
  }

  @Test
  void anOperatorOnTheRelaysOwnMachineGetsInWhoeverHasTakenAllThereIs() throws Exception {
    InetAddress own = ownAddress();
    AdmissionLimits limits =
        LIMITS.withLoopbackExempt(true).withMaxJoining(100).withMaxConnections(60);
    try (HydraServer relay =
        builder(limits.withJoining(1_000, 1_000, 1_000))
            .address(new InetSocketAddress("0.0.0.0", 0))
            .bind()) {
      int port = relay.address().getPort();
      InetSocketAddress outside = new InetSocketAddress(own, port);
      for (int i = 0; i < 100; i++) {
        all.add(new Attacker(outside, Attacker.Phase.CONNECTED));
        Attempts.one();
      }
      Await.until("full", () -> rejected(relay, "joining_connections") == 25);

      assertThat(joins(own.getHostAddress(), outside)).isFalse();
      assertOperatorGetsIn(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }
  }

  /** One of this machine that is no loopback address. */
  private static InetAddress ownAddress() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(Inet4Address.class::isInstance)
        .filter(address -> !address.isLoopbackAddress())
        .findAny()
        .orElseGet(() -> Assumptions.abort("this machine has no network"));
  }

  @Test
  void anAddressTakesNotAllSessions() throws Exception {
    try (HydraServer relay = relay(LIMITS.withSessions(200, 50))) {
      for (int i = 0; i < 70; i++) {
        attack("127.0.0.2", relay, Attacker.Phase.PRODUCER);
      }
      assertThat(relay.sessions()).isEqualTo(50);
      assertThat(rejected(relay, "limit")).isEqualTo(20);
      assertThat(joins("127.0.0.3", relay.address())).isTrue();
      leave();
    }
  }

  @Test
  void anAddressTakesNotAllPlacesAndWhoSaysNothingTakesNone() throws Exception {
    try (HydraServer relay = relay(LIMITS.withMaxConnections(40))) {
      for (int i = 0; i < 64; i++) {
        attack("127.0.0.2", relay, Attacker.Phase.CONNECTED);
      }
      for (int i = 0; i < 35; i++) {
        attack("127.0.0.3", relay, Attacker.Phase.CONSUMER);
      }
      assertThat(rejected(relay, "limit")).isEqualTo(5);
      assertThat(joins("127.0.0.3", relay.address())).isFalse();
      assertThat(joins("127.0.0.4", relay.address())).isTrue();
      assertOperatorGetsIn(relay.address());
      leave();
    }
  }

  @Test
  void theOtherImplementationsCrowdsLockNobodyOut() throws Exception {
    try (HydraServer relay = relay(LIMITS)) {
      for (String crowd : List.of("crowd-65th", CROWD)) {
        PeerProcess attacks =
            HydraPeer.run(
                "attack",
                crowd,
                "--relay",
                HydraPeer.hostPort(relay.address()),
                "--relay-key=" + relay.relayKey(),
                "--jobs",
                "1");
        List<String> lines = attacks.rest();
        assertThat(lines).isNotEmpty().allMatch(line -> line.contains("\"ok\": true"));
        attacks.assertEndsWell();
        Attempts.add(lines.size());
      }
    }
  }
}
