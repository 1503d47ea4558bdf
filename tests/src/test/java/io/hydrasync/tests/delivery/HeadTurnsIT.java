package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections whose HEADs are checked take turns, however many each of them has sent. */
@Timeout(120)
class HeadTurnsIT {
  private static final long EPOCH = 1_735_689_600_000L;

  @Test
  void whoSendsOneHeadWaitsForAFewOfThoseWhoHaveSentMany() throws Exception {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    int atATime = 8;
    List<RawPeer> greedy = new ArrayList<>();
    try (HeldSignatures signatures = new HeldSignatures();
        HydraServer relay = HydraServer.builder().bind();
        RawPeer modest = RawPeer.produce(relay, SessionSecrets.generate())) {
      for (int i = 0; i < threads; i++) {
        RawPeer peer = RawPeer.produce(relay, SessionSecrets.generate());
        greedy.add(peer);
        peer.send(
            peer.headsBytes(EPOCH, EPOCH, 70)); // so that all that comes next fits into a segment
        peer.await(AckMessage.class, ack -> ack.epoch() == EPOCH + 69);
      }
      int before = signatures.begun();
      signatures.hold();
      for (RawPeer peer : greedy) {
        peer.send(peer.headsBytes(EPOCH + 70, EPOCH, 60));
      }
      Await.until("all threads are busy", () -> signatures.begun() == before + threads);
      ByteArrayOutputStream behindPing = new ByteArrayOutputStream();
      behindPing.writeBytes(modest.record(new PingMessage(1)));
      behindPing.writeBytes(modest.headBytes(EPOCH, EPOCH, 0, 0, 0));
      modest.send(behindPing.toByteArray());
      modest.await(PongMessage.class, pong -> pong.echo() == 1); // its HEAD waits for its turn

      Future<AckMessage> taken =
          Fixture.async(() -> modest.await(AckMessage.class, ack -> ack.epoch() == EPOCH));
      while (!isDoneSoon(taken)) {
        signatures.release(1);
      }

      assertThat(signatures.begun() - before).isLessThan(2 * atATime * threads + 2);
      for (RawPeer peer : greedy) {
        peer.close();
      }
    }
  }

  private static boolean isDoneSoon(Future<?> what) throws Exception {
    try {
      what.get(100, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }
}
