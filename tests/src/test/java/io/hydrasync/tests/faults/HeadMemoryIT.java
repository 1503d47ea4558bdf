package io.hydrasync.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.FreePorts;
import io.hydrasync.tests.support.RelayProcess;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Strangers who send more bytes of HEADs than a relay has memory. It keeps them within its bounds,
 * refuses none of them, and serves everybody else. Takes long because the relay is a process of its
 * own, with little memory, and because its address may have so many signatures checked a second.
 */
@Timeout(600)
class HeadMemoryIT {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long EPOCH = 1_735_689_600_000L;
  private static final long BYTES = Long.getLong("heads.bytes", 72L << 20);

  private final List<RawPeer> peers = new ArrayList<>();
  private InetSocketAddress address;
  private ChildJvm relay;
  @TempDir private Path folder;

  private enum Kind {
    /** Owned, with 512 stanzas each. */
    LARGE(512, 12, 0),
    /** Owned, to consumers that do not read, and whom the relay moves forward. */
    LARGE_SKIPPED(512, 4, 10),
    /** Plain: what is around them costs more than their bytes. */
    TINY(0, 12, 0);

    final int stanzas;
    final int sessions;
    final int lagging;

    Kind(int stanzas, int sessions, int lagging) {
      this.stanzas = stanzas;
      this.sessions = sessions;
      this.lagging = lagging;
    }

    /** What each sends: heap is what small ones would fill. */
    int heads(long length) {
      return (int) ((stanzas == 0 ? BYTES / 3 : BYTES) / sessions / length);
    }
  }

  @BeforeEach
  void start() throws Exception {
    int port = FreePorts.next();
    address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    relay =
        ChildJvm.start(
            List.of("-Xmx64m"),
            RelayProcess.class,
            Integer.toString(port),
            folder.resolve("key").toString());
    relay.awaitReady();
  }

  @AfterEach
  void stop() throws Exception {
    for (RawPeer peer : peers) {
      peer.close();
    }
    relay.kill();
  }

  @ParameterizedTest
  @EnumSource
  void moreHeadsThanThereIsMemory(Kind kind) throws Exception {
    RawPeer bystander = join(RawPeer.plainSession(), Optional.empty(), RawPeer.Join.producer(), 0);
    bystander.head(EPOCH, EPOCH, 0);
    List<Future<Long>> senders = new ArrayList<>();
    for (int i = 0; i < kind.sessions; i++) {
      Optional<OwnerKey> owner =
          kind.stanzas == 0 ? Optional.empty() : Optional.of(OwnerKey.generate(RANDOM));
      SessionId session =
          owner.map(key -> SessionId.owned(key, RANDOM)).orElseGet(RawPeer::plainSession);
      RawPeer sender = join(session, owner, RawPeer.Join.producer(), 0);
      for (int c = 0; c < kind.lagging; c++) {
        join(
            session,
            owner,
            RawPeer.Join.consumer(JoinMessage.START_OLDEST).overflow(Overflow.SKIP),
            4096);
      }
      senders.add(Fixture.async(() -> send(sender, kind)));
    }
    long echo = 0;
    for (Future<Long> sender : senders) {
      while (!sender.isDone()) {
        long next = echo++;
        bystander.send(new PingMessage(next));
        bystander.await(PongMessage.class, pong -> pong.echo() == next);
        Thread.yield();
      }
      assertThat(Fixture.join(sender)).as("all were taken").isPositive();
    }
    RawPeer late = join(RawPeer.plainSession(), Optional.empty(), RawPeer.Join.producer(), 0);
    late.head(EPOCH, EPOCH, 0);
    late.data(0, 1, 100);
    late.awaitAck(1);
    bystander.data(0, 1, 100);
    bystander.awaitAck(1);
    assertThat(relay.isAlive()).isTrue();
  }

  private RawPeer join(
      SessionId session, Optional<OwnerKey> owner, RawPeer.Join join, int receiveBuffer)
      throws Exception {
    RawPeer peer = new RawPeer(address, session, owner, join, receiveBuffer);
    peers.add(peer);
    return peer;
  }

  /** Epochs that go on, with an END each. */
  private static long send(RawPeer peer, Kind kind) throws Exception {
    byte[] end = new byte[40];
    long length = peer.headBytes(EPOCH, EPOCH, 0, 0, kind.stanzas).length + end.length;
    int heads = kind.heads(length);
    Future<Void> sending =
        Fixture.async(
            () -> {
              for (int i = 0; i < heads; i++) {
                peer.send(peer.headBytes(EPOCH + i, EPOCH, i, 0, kind.stanzas));
                Frames.putHeader(end, 0, Frames.END, i, end.length - Frames.OVERHEAD);
                peer.send(end);
              }
              return null;
            });
    long taken = peer.awaitAck(heads).next();
    sending.get();
    return taken;
  }
}
