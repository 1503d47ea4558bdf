package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random crowds come, join, begin sessions and go; each answer is that of a model that counts all
 * of them anew each time, and in the end nothing is left.
 */
class AdmissionModelTest {
  private static final int STEPS = 6_000;
  private static final int MOOD_STEPS = 200;
  private static final AdmissionRules LIMITS =
      new AdmissionRules(60, 12, 72, 6, 14, 22, 80, 20, 10, 1_000, 1_000, true);

  /** Somebody who is connected or was, in the model: no prefixes, no counters. */
  private static final class Somebody {
    private final byte[] address;
    private final Admission.Visitor visitor;
    private boolean connected;
    private boolean joined;
    private final List<Runnable> sessions = new ArrayList<>();

    Somebody(byte[] address, Admission.Visitor visitor) {
      this.address = address;
      this.visitor = visitor;
    }

    boolean isLocal() {
      return address.length == 4 && address[0] == 127;
    }

    boolean isWithin(byte[] other, int bytes) {
      int same = Math.min(bytes, other.length);
      return address.length == other.length && Arrays.equals(address, 0, same, other, 0, same);
    }
  }

  private final List<Somebody> all = new ArrayList<>();
  private final Set<String> seen = new TreeSet<>();

  private int count(Predicate<Somebody> which) {
    return (int) all.stream().filter(which).count();
  }

  private int sessions(Predicate<Somebody> which) {
    return all.stream().filter(which).mapToInt(somebody -> somebody.sessions.size()).sum();
  }

  private static byte[] randomAddress(Random random) {
    if (random.nextInt(3) == 0) {
      return new byte[] {
        (byte) (random.nextInt(8) == 0 ? 127 : 10),
        0,
        0,
        (byte) (random.nextInt(2) * random.nextInt(6))
      };
    }
    byte[] address = new byte[16];
    address[0] = 0x20;
    address[5] = (byte) (random.nextInt(2) * random.nextInt(3));
    address[6] = (byte) (random.nextInt(2) * random.nextInt(3));
    address[7] = (byte) (random.nextInt(2) * random.nextInt(4));
    address[15] = (byte) random.nextInt(100);
    return address;
  }

  private Optional<String> expected(Somebody next) {
    Predicate<Somebody> connected = other -> other.connected;
    Predicate<Somebody> joining = connected.and(other -> !other.joined);
    if (next.isLocal()) {
      return count(joining.and(Somebody::isLocal)) < LIMITS.maxJoining()
          ? Optional.empty()
          : Optional.of("joining_connections");
    }
    int[] connections = {12, 30, 30}; // 8 and 32 times, and no more than half of 60
    int[] joinings = {6, 14, 22};
    for (int level = 0; level < 3; level++) {
      Predicate<Somebody> near = near(next, level);
      String who = level == 0 ? "address_" : "network_";
      if (count(connected.and(near)) >= connections[level]) {
        return Optional.of(who + "connections");
      }
      if (count(joining.and(near)) >= joinings[level]) {
        return Optional.of(who + "joining");
      }
    }
    boolean none =
        count(joining.and(near(next, 0))) == 0 && count(joining.and(near(next, 2))) < 8
            || next.address.length == 4 && count(joining.and(near(next, 0))) == 0;
    int strangers = count(joining.and(other -> !other.isLocal()));
    return strangers < (none ? 72 : 54) ? Optional.empty() : Optional.of("joining_connections");
  }

  private static Predicate<Somebody> near(Somebody next, int level) {
    return other -> other.isWithin(next.address, next.address.length == 4 ? 4 : 8 - level);
  }

  private boolean mayEnter(Somebody one) {
    Predicate<Somebody> joined = other -> other.connected && other.joined;
    boolean few =
        one.isLocal()
            || count(joined.and(near(one, 0))) < 16
                && (one.address.length == 4 || count(joined.and(near(one, 2))) < 8 * 16);
    return count(joined) < (few ? 60 : 45);
  }

  private int expectedMostSessions(Somebody next) {
    if (next.isLocal()) {
      return 80;
    }
    int[] most = {20, 40, 40};
    for (int level = 0; level < 3; level++) {
      if (sessions(near(next, level)) >= most[level]) {
        return 0;
      }
    }
    boolean few =
        sessions(near(next, 0)) < 16
            && (next.address.length == 4 || sessions(near(next, 2)) < 8 * 16);
    return few ? 80 : 60;
  }

  /** What most do for a while: connect, join, begin sessions, go, end sessions. */
  private static final int[][] MOODS = {
    {50, 10, 20, 10, 10}, {30, 50, 10, 5, 5}, {10, 20, 60, 5, 5}, {10, 10, 10, 40, 30}
  };

  private static int choose(int[] weights, Random random) {
    int dice = random.nextInt(100);
    int choice = 0;
    for (int sum = weights[0]; dice >= sum; sum += weights[choice]) {
      choice++;
    }
    return choice;
  }

  private void step(Admission admission, Random random, int[] mood) throws UnknownHostException {
    int choice = choose(mood, random);
    if (all.isEmpty() || choice == 0) {
      byte[] address = randomAddress(random);
      InetSocketAddress remote = new InetSocketAddress(InetAddress.getByAddress(address), 1);
      Somebody next = new Somebody(address, admission.visitor(remote));
      Optional<String> expected = expected(next);
      assertThat(next.visitor.connect()).isEqualTo(expected);
      next.connected = expected.isEmpty();
      seen.add(expected.orElse("admitted"));
      all.add(next);
      return;
    }
    Somebody one = all.get(random.nextInt(choice == 2 ? Math.min(3, all.size()) : all.size()));
    if (choice == 1 && one.connected) {
      boolean enters = one.joined || mayEnter(one);
      assertThat(one.visitor.mayEnter()).isEqualTo(enters);
      assertThat(one.visitor.tryEnter()).isEqualTo(enters);
      if (enters) {
        one.visitor.joined();
        one.joined = true;
      }
      seen.add(enters ? "joined" : "too many");
    } else if (choice == 2 && one.connected) {
      int most = expectedMostSessions(one);
      assertThat(one.visitor.mostSessions()).isEqualTo(most);
      seen.add(most + " sessions");
      if (sessions(other -> true) < most) {
        one.sessions.add(one.visitor.beginSession());
      }
    } else if (choice == 3) {
      one.visitor.disconnected();
      one.connected = false;
    } else if (!one.sessions.isEmpty()) {
      one.sessions.remove(0).run();
    }
    all.removeIf(other -> !other.connected && other.sessions.isEmpty());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void answersAsIfItCountedEverybody(long seed) throws Exception {
    Random random = new Random(seed);
    Admission admission = new Admission(LIMITS);

    for (int i = 0; i < STEPS; i++) {
      step(admission, random, MOODS[i / MOOD_STEPS % MOODS.length]);
    }

    assertThat(seen)
        .containsExactlyInAnyOrder(
            "admitted",
            "address_connections",
            "address_joining",
            "network_connections",
            "network_joining",
            "joining_connections",
            "joined",
            "too many",
            "0 sessions",
            "60 sessions",
            "80 sessions");
    for (Somebody one : all) {
      one.visitor.disconnected();
      one.sessions.forEach(Runnable::run);
    }
    assertThat(admission.remembered()).isZero();
  }
}
