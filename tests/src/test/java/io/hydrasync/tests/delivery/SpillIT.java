package io.hydrasync.tests.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.RelayProxy;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a relay puts on disk for those who lag, and what becomes of it. */
class SpillIT {
  @TempDir private Path directory;

  private Path spill() {
    return directory.resolve("spill");
  }

  private static List<Path> filesIn(Path directory) {
    try (var files = Files.list(directory)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, OverflowIT.BLOCK, 900_000})
  void spillServesAStalledConsumerFromDiskInOrder(int size) throws Exception {
    int blocks = 32 * OverflowIT.MIB / Math.max(size, 1000);
    try (HydraServer relay = OverflowIT.smallRelay().bind()) {
      OverflowIT.Seen seen =
          OverflowIT.withOneStalled(relay, Overflow.SPILL, Overflow.DEFAULT, blocks, size);

      assertThat(seen).isEqualTo(new OverflowIT.Seen(blocks, 0));
    }
  }

  @Test
  void spillKeepsMemoryWithinTheCapacityAndDeletesItsFiles() throws Exception {
    SessionSecrets id = SessionSecrets.generate();
    try (HydraServer relay = OverflowIT.smallRelay().linger(Duration.ofMillis(100)).bind();
        HydraProducer producer = OverflowIT.produce(relay, id, Overflow.SPILL);
        HydraConsumer stalled = OverflowIT.consume(relay, id, Overflow.DEFAULT)) {
      OverflowIT.sendAll(producer, OverflowIT.BLOCKS, OverflowIT.BLOCK);
      assertThat(relay.logMemoryBytes()).isLessThanOrEqualTo(8 * OverflowIT.MIB + 9 * (256 << 10));
      assertThat(relay.spilledBytes()).isGreaterThan(16 * OverflowIT.MIB);

      assertThat(OverflowIT.receiveAll(stalled, OverflowIT.BLOCKS))
          .isEqualTo(new OverflowIT.Seen(OverflowIT.BLOCKS, 0));
      Await.until("the files are deleted", () -> relay.spilledBytes() == 0);
    }
  }

  @Test
  void spillLosesNothingToABrokenConnection() throws Exception {
    SessionSecrets id = SessionSecrets.generate();
    // What sockets hold and a consumer never got is within the retention: 2 MiB that it may be
    // behind
    // when the network stands still, and what a socket takes that nobody reads.
    try (HydraServer relay = OverflowIT.smallRelay().retention(8 * OverflowIT.MIB).bind();
        RelayProxy network = RelayProxy.builder(relay.address()).socketBuffer(256 << 10).start();
        HydraProducer producer = OverflowIT.produce(relay, id, Overflow.SPILL)) {
      Position position;
      int got = 100;
      try (HydraConsumer first = HydraConsumer.builder(network.address(), id).connect()) {
        AtomicInteger progress = new AtomicInteger();
        Future<Void> sent =
            Fixture.async(
                () -> {
                  OverflowIT.sendAll(producer, OverflowIT.BLOCKS, OverflowIT.BLOCK, progress);
                  return null;
                });
        for (int i = 0; i < got; i++) {
          assertThat(first.receive().getInt()).isEqualTo(i);
          progress.set(i);
        }
        position = first.position().orElseThrow();
        network.hold();
        progress.set(OverflowIT.BLOCKS);
        Fixture.join(sent);
      }
      network.close();
      Await.until("the relay has noticed", () -> relay.connections() == 0);
      assertThat(relay.spilledBytes()).isPositive();
      try (HydraConsumer second =
          HydraConsumer.builder(relay.address(), id).position(position).connect()) {
        for (int i = got; i < OverflowIT.BLOCKS; i++) {
          assertThat(second.receive().getInt()).isEqualTo(i);
        }
        assertThat(second.receive()).isNull();
      }
    }
  }

  @Test
  void spillDropsTheLaggardsWhenItsQuotaIsUsedUpAndTheSessionLives() throws Exception {
    try (HydraServer relay = OverflowIT.smallRelay().spillQuota(4 * OverflowIT.MIB).bind()) {
      OverflowIT.Seen seen =
          OverflowIT.withOneStalled(
              relay, Overflow.SPILL, Overflow.DEFAULT, OverflowIT.BLOCKS, OverflowIT.BLOCK);

      assertThat(seen.missing()).isPositive();
      assertThat(seen.received() + seen.missing()).isEqualTo(OverflowIT.BLOCKS);
      assertThat(relay.spilledBytes()).isLessThanOrEqualTo(4 * OverflowIT.MIB);
    }
  }

  @Test
  void putsPrivateCiphertextOnDiskAndRemovesItWithTheSession() throws Exception {
    SessionSecrets id = SessionSecrets.generate();
    try (HydraServer relay =
            OverflowIT.smallRelay().spillDirectory(spill()).linger(Duration.ofMillis(100)).bind();
        HydraConsumer stalled = OverflowIT.consume(relay, id, Overflow.DEFAULT)) {
      HydraProducer producer = OverflowIT.produce(relay, id, Overflow.SPILL);
      OverflowIT.sendAll(producer, OverflowIT.BLOCKS, OverflowIT.BLOCK);

      assertThat(Files.getPosixFilePermissions(spill()))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
      List<Path> files = filesIn(spill());
      assertThat(files).hasSizeGreaterThan(10);
      String zeros = "\0".repeat(64); // all that the blocks hold but their numbers
      for (Path file : files) {
        assertThat(Files.getPosixFilePermissions(file))
            .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.readString(file, ISO_8859_1).contains(zeros)).isFalse();
      }
      stalled.close();
      Await.until("the session is forgotten", () -> relay.sessions() == 0);
      Await.until("its files are gone", () -> filesIn(spill()).isEmpty());
      assertThat(relay.spilledBytes()).isZero();
    }
  }

  @Test
  void sweepsWhatAKilledRelayLeftAndNothingElse() throws Exception {
    Files.createDirectory(
        spill(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(spill().resolve("7.segment"), "left behind");
    Files.writeString(spill().resolve("notes"), "somebody's");

    OverflowIT.smallRelay().spillDirectory(spill()).bind().close();

    assertThat(filesIn(spill())).containsExactly(spill().resolve("notes"));
  }

  @Test
  void refusesADirectoryThatOthersCanRead() throws Exception {
    Files.createDirectory(spill());
    Files.setPosixFilePermissions(spill(), PosixFilePermissions.fromString("rwxr-x---"));

    assertThatThrownBy(() -> OverflowIT.smallRelay().spillDirectory(spill()).bind())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("chmod 700");
  }

  @Test
  void aDiskThatFailsCostsTheLaggardsTheirPlaceAndNobodyElseAnything() throws Exception {
    try (HydraServer relay = OverflowIT.smallRelay().spillDirectory(spill()).bind()) {
      Files.delete(spill()); // no file can be made from now on

      OverflowIT.Seen seen =
          OverflowIT.withOneStalled(
              relay, Overflow.SPILL, Overflow.DEFAULT, OverflowIT.BLOCKS, OverflowIT.BLOCK);

      assertThat(seen.missing()).isPositive();
      assertThat(seen.received() + seen.missing()).isEqualTo(OverflowIT.BLOCKS);
      assertThat(relay.spilledBytes()).isZero();
    }
  }

  @Test
  void aSessionsQuotaIsItsOwn() throws Exception {
    SessionSecrets greedy = SessionSecrets.generate();
    try (HydraServer relay =
            OverflowIT.smallRelay().spillSessionQuota(40L * OverflowIT.MIB).bind();
        HydraProducer producer = OverflowIT.produce(relay, greedy, Overflow.SPILL);
        HydraConsumer stalled = OverflowIT.consume(relay, greedy, Overflow.DEFAULT)) {
      // given a session whose quota is used up
      OverflowIT.sendAll(producer, 2 * OverflowIT.BLOCKS, OverflowIT.BLOCK);

      // when another needs as much as it may have
      OverflowIT.Seen seen =
          OverflowIT.withOneStalled(
              relay, Overflow.SPILL, Overflow.DEFAULT, OverflowIT.BLOCKS, OverflowIT.BLOCK);

      // then it has it, and the first has lost what it was told of
      assertThat(seen).isEqualTo(new OverflowIT.Seen(OverflowIT.BLOCKS, 0));
      OverflowIT.Seen first = OverflowIT.receiveAll(stalled, 2 * OverflowIT.BLOCKS);
      assertThat(first.missing()).isPositive();
      assertThat(first.received() + first.missing()).isEqualTo(2 * OverflowIT.BLOCKS);
    }
  }
}
