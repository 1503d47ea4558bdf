package io.hydrasync.tests.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.delivery.InteropIT;
import io.hydrasync.tests.peer.Attacker;
import io.hydrasync.tests.peer.CostClient;
import io.hydrasync.tests.support.Attempts;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Bystander;
import io.hydrasync.tests.support.Fixture;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Strangers: what they send, and in what number, costs the relay nothing that stays, and nobody
 * else. (The peer in Python does what is wrong in content: 186 attacks, see {@link InteropIT}.)
 */
@Tag("any-jdk")
@Timeout(600)
public class HostileClientsIT {
  private static final int DROPPED = Integer.getInteger("attack.connections", 600);
  private static final int HELD = Integer.getInteger("attack.held", 150);
  private static final int GARBAGE = Integer.getInteger("attack.garbage", 40);

  /** Below this a latency is the scheduler's, not the relay's. */
  private static final Duration NOISE =
      Duration.of(Integer.getInteger("attack.noise", 5_000), ChronoUnit.MICROS);

  private static final Duration JOIN_TIME = Duration.ofSeconds(1);
  private static final int SLACK_MS = 3_000;
  private static final int DRIP_NANOS = 150_000_000;

  private static HydraServer relay() {
    return HydraServer.builder().handshakeTimeout(JOIN_TIME).bind();
  }

  private static long descriptors() {
    return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getOpenFileDescriptorCount();
  }

  /** Nothing of what strangers did is left. */
  private static void assertLeftNothing(HydraServer relay, int connections, int sessions) {
    Await.until("they are all gone", () -> relay.connections() == connections);
    Await.until("so are their sessions", () -> relay.sessions() <= sessions);
  }

  @ParameterizedTest
  @EnumSource(Attacker.Phase.class)
  void garbageEndsTheConnectionAndNothingElse(Attacker.Phase phase) throws Exception {
    Random random = new Random(phase.ordinal());
    try (HydraServer relay = HydraServer.builder().linger(Duration.ZERO).bind();
        Bystander bystander = new Bystander(relay.address())) {
      for (int i = 0; i < GARBAGE; i++) {
        byte[] garbage = new byte[1 + random.nextInt(3000)];
        random.nextBytes(garbage);
        if (i % 2 == 0 && garbage.length > 5) { // gets further: a length that can be
          Frames.putU32(garbage, 0, random.nextInt(garbage.length));
          garbage[Frames.TYPE_OFFSET] = (byte) random.nextInt(0x18);
        }
        try (Attacker attacker = new Attacker(relay.address(), phase)) {
          attacker.send(garbage);
        } catch (IOException e) {
          // closed while it was still sending
        }
        Attempts.one();
      }
      assertThat(bystander.p99(100)).isLessThan(Duration.ofSeconds(5));
      assertLeftNothing(relay, 2, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SECURED", "CONSUMER", "PRODUCER"})
  void lengthsThatCannotBeEndTheConnectionAtOnce(Attacker.Phase phase) throws Exception {
    int[] lengths = {0, 1, 16, Integer.MAX_VALUE, -1};
    try (HydraServer relay = HydraServer.builder().bind()) {
      for (int length : lengths) {
        for (int type : new int[] {0x00, Frames.SEALED, Frames.HEAD, Frames.DATA, 0x80, 0xFF}) {
          try (Attacker outer = new Attacker(relay.address(), phase);
              Attacker inner = new Attacker(relay.address(), phase)) {
            if (length == 16 && type == Frames.HEAD && phase == Attacker.Phase.PRODUCER) {
              continue; // looked at when it is whole
            }
            byte[] bytes = ByteBuffer.allocate(5).putInt(length).put((byte) type).array();
            outer.send(bytes);
            assertThat(outer.isClosedWithin(SLACK_MS)).as("outer %s %s", length, type).isTrue();
            if (length == 1 && type == 0xFF && phase.isJoined() || length == 16 && type >= 0x80) {
              continue; // unknown types from C0 on are ignored, and 16 bytes may still come
            }
            inner.send(inner.record(bytes));
            boolean waits = length == 16;
            assertThat(waits || inner.isClosedWithin(SLACK_MS)).as("inner %s", length).isTrue();
            Attempts.add(2);
          }
        }
      }
      assertLeftNothing(relay, 0, lengths.length * 12);
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"CONNECTED", "MAGIC", "MESSAGE_1", "SECURED", "CLASSIC_HELLO", "CLASSIC_SECURED"})
  void whoSendsByteByByteIsClosedByTheDeadline(Attacker.Phase phase) throws Exception {
    try (HydraServer relay = relay();
        Attacker attacker = new Attacker(relay.address(), phase)) {
      long began = System.nanoTime();
      Future<Boolean> closed =
          Fixture.async(() -> attacker.isClosedWithin((int) JOIN_TIME.toMillis() + SLACK_MS));
      byte[] slowly = slowly(phase);
      for (int i = 0; !closed.isDone(); i++) {
        try {
          attacker.send(slowly[Math.min(i, slowly.length - 1)]);
        } catch (IOException e) {
          break;
        }
        LockSupport.parkNanos(DRIP_NANOS);
      }
      assertThat(Fixture.join(closed)).isTrue();
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      assertThat(took).isGreaterThan(JOIN_TIME.minusMillis(600));
      Attempts.one();
      attacker.close();
      assertLeftNothing(relay, 0, 0);
    }
  }

  /** What could come next, so that it is the time and not the content that ends it. */
  private static byte[] slowly(Attacker.Phase phase) {
    return switch (phase) {
      case CONNECTED -> Magic.bytes();
      case MAGIC -> new byte[] {0x41, 0x32, 0x0D, 0x0A, 0};
      case SECURED -> new byte[] {0, 0, 0, (byte) 0xF0, Frames.SEALED, 7};
      case CLASSIC_SECURED -> new byte[] {0, 0, 0, 93, 7};
      default -> new byte[] {7};
    };
  }

  @Test
  void soManyMayBeConnectedWithoutHavingJoined() throws Exception {
    try (HydraServer relay = HydraServer.builder().maxJoining(3).bind();
        Attacker joined = new Attacker(relay.address(), Attacker.Phase.CONSUMER);
        Attacker silent = new Attacker(relay.address(), Attacker.Phase.CONNECTED);
        Attacker classic = new Attacker(relay.address(), Attacker.Phase.CLASSIC_HELLO);
        Attacker secured = new Attacker(relay.address(), Attacker.Phase.SECURED)) {
      Await.until("all are there", () -> relay.connections() == 4);
      try (Attacker beyond = new Attacker(relay.address(), Attacker.Phase.CONNECTED)) {
        assertThat(beyond.isClosedWithin(SLACK_MS)).isTrue();
      }
      assertThat(relay.operator().status().rejected()).containsEntry("joining_connections", 1L);
      silent.close();
      Await.until("one has gone", () -> relay.connections() == 3);
      for (int i = 0; i < 10; i++) { // who has joined counts no more, nor who comes and goes
        try (Attacker next = new Attacker(relay.address(), Attacker.Phase.PRODUCER)) {
          assertThat(next.isClosedWithin(1)).isFalse();
        }
        Await.until("it has gone", () -> relay.connections() == 3);
      }
      assertThat(relay.operator().status().rejected()).containsEntry("joining_connections", 1L);
      assertThat(joined.isClosedWithin(1)).isFalse();
      Attempts.one();
    }
  }

  @Test
  void anAdminThatTakesNoAnswersIsNotKeptInMemory() throws Exception {
    int pings = 200_000;
    Credential credential = Credential.generate(new SecureRandom());
    byte[] ping = new PingMessage(1).toInnerFrame();
    try (HydraServer relay =
            HydraServer.builder()
                .sendBuffer(16 << 10)
                .credential(credential, Set.of(Role.ADMIN))
                .admin((operator, request) -> request)
                .bind();
        CostClient admin = CostClient.admin(relay.address(), credential)) {
      byte[] all = admin.records(ping, pings, ping.length);
      long memory = PlatformDependent.usedDirectMemory();
      admin.send(all);
      Await.until(
          "all is taken", () -> relay.operator().status().receivedBytes() >= (long) all.length);
      assertThat(PlatformDependent.usedDirectMemory() - memory).isLessThan(all.length / 4);
      Attempts.add(pings);
    }
  }

  @Test
  void whoHasJoinedAndFallsSilentIsClosedThoughNoFinCame() throws Exception {
    try (HydraServer relay = HydraServer.builder().idleTimeout(JOIN_TIME).bind();
        Attacker consumer = new Attacker(relay.address(), Attacker.Phase.CONSUMER);
        Attacker producer = new Attacker(relay.address(), Attacker.Phase.PRODUCER)) {
      assertThat(consumer.isClosedWithin((int) JOIN_TIME.toMillis() + SLACK_MS)).isTrue();
      assertThat(producer.isClosedWithin((int) JOIN_TIME.toMillis() + SLACK_MS)).isTrue();
      Attempts.add(2);
    }
  }

  @Test
  void aRelayThatStopsInTheMiddleOfItHasNoFault() throws Exception {
    for (int i = 0; i < 5; i++) {
      HydraServer relay = HydraServer.builder().linger(Duration.ZERO).bind();
      for (Attacker.Phase phase : Attacker.Phase.values()) {
        new Attacker(relay.address(), phase).reset();
        Attempts.one();
      }
      relay.close();
    }
    assertThat(Files.readAllLines(RunLog.FILE)).noneMatch(RunLog::isFault);
  }

  @Test
  void connectionsThatAreOpenedAndDroppedLeaveNothing() throws Exception {
    Attacker.Phase[] phases = Attacker.Phase.values();
    try (HydraServer relay = HydraServer.builder().linger(Duration.ZERO).bind();
        Bystander bystander = new Bystander(relay.address())) {
      bystander.p99(50);
      long before = descriptors();
      for (int i = 0; i < DROPPED; i++) {
        Attacker attacker = new Attacker(relay.address(), phases[i % phases.length]);
        if (i % 3 == 0) {
          attacker.reset();
        } else {
          attacker.close();
        }
        Attempts.one();
      }
      assertThat(bystander.p99(100)).isLessThan(Duration.ofSeconds(5));
      assertLeftNothing(relay, 2, 1);
      Await.until("descriptors are back", () -> descriptors() <= before + 2);
    }
  }

  @ParameterizedTest
  @EnumSource(Attacker.Phase.class)
  void crowdsHeldInAnyPhaseDoNotSlowAHealthySession(Attacker.Phase phase) throws Exception {
    List<Attacker> crowd = new ArrayList<>();
    try (HydraServer relay = HydraServer.builder().linger(Duration.ZERO).bind();
        Bystander bystander = new Bystander(relay.address())) {
      bystander.p99(500);
      Duration alone = bystander.typicalP99();
      long memory = PlatformDependent.usedDirectMemory();
      long before = descriptors();
      for (int i = 0; i < HELD; i++) {
        crowd.add(new Attacker(relay.address(), phase));
        Attempts.one();
      }
      Duration crowded = bystander.typicalP99();
      long each = (PlatformDependent.usedDirectMemory() - memory) / HELD;
      System.out.printf(
          "%d held in %s: p99 %d us, %d us alone; %d bytes of direct memory each%n",
          HELD, phase, crowded.toNanos() / 1000, alone.toNanos() / 1000, each);
      assertThat(crowded).isLessThan(alone.multipliedBy(2).plus(NOISE));
      assertThat(each).as("direct memory of each").isLessThan(64 << 10);
      for (Attacker attacker : crowd) {
        attacker.close();
      }
      assertLeftNothing(relay, 2, 1);
      Await.until("descriptors are back", () -> descriptors() <= before + 2);
    }
  }
}
