package io.hydrasync.client.internal.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.Caller;
import io.hydrasync.client.FakeRelay;
import io.hydrasync.client.ThreadKind;
import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.NameLookups;
import io.hydrasync.client.internal.connection.Relays;
import io.hydrasync.client.internal.stream.ProducerStream;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Broadcasts that were kept for others go out before the session is given up, whoever is in the way
 * at that moment: their calls have returned. Nothing here sends them when they are due, and the
 * clock of the rush stands, so that they are kept for certain.
 */
class KeptBroadcastsTest {
  private static final SessionSecrets SESSION = SessionSecrets.generate();

  /** So many that a rush has been noticed, and some behind it are kept. */
  private static final int BURST = 30;

  private final ReentrantLock sending = new ReentrantLock();
  private FakeRelay relay;
  private FakeRelay.Peer peer;
  private ProducerLink link;
  private Outbox outbox;
  private ProducerEnd end;

  @BeforeEach
  void connect() throws Exception {
    relay = new FakeRelay();
    Caller connecting =
        Caller.once(ThreadKind.PLATFORM, i -> link = new ProducerLink(options(), terms()));
    peer = relay.accept();
    peer.send(new JoinedMessage(0, Frames.MAX_LEN, 0, 0, new byte[JoinMessage.RESUME_LENGTH], 30));
    assertThat(connecting.join().thrown()).isNull();
    Duration never = Duration.ofHours(1);
    Rush rush = new Rush(true, () -> 0);
    outbox = new Outbox(link, true, never, rush, new ProducerBeat(() -> 0, never), () -> {});
    end =
        new ProducerEnd(
            link,
            outbox,
            sending,
            () -> {
              outbox.stop();
              link.close();
            });
  }

  @AfterEach
  void stop() throws IOException {
    peer.close();
    link.close();
    outbox.stop();
    relay.close();
  }

  private ClientOptions options() {
    return new ClientOptions(
        Relays.of(relay.address()),
        SESSION.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Duration.ofSeconds(20),
        Duration.ofSeconds(15),
        NameLookups.SYSTEM);
  }

  private static ProducerLink.Terms terms() {
    return new ProducerLink.Terms(
        SESSION,
        Overflow.DEFAULT,
        64 << 20,
        Duration.ofSeconds(20),
        () -> 0,
        Optional.empty(),
        new Deaf(),
        news -> {});
  }

  private record Deaf() implements LinkListener {
    @Override
    public void reconnecting() {}

    @Override
    public void connected(ProducerStream.Outcome outcome) {}

    @Override
    public void failed() {}
  }

  /** Sends a burst of which the last messages are kept; returns how many frames have gone out. */
  private long burst(int messageBytes) {
    for (int i = 0; i < BURST; i++) {
      outbox.broadcast(new byte[messageBytes], 0, messageBytes);
    }
    assertThat(link.next()).as("the last ones are kept").isBetween(1L, BURST - 2L);
    return link.next();
  }

  private void seesAbortBehind(long framesAlone) throws Exception {
    for (long seq = 0; seq < framesAlone; seq++) {
      assertThat(relayed()).isEqualTo(Frames.DATA);
    }
    assertThat(relayed()).as("what was kept").isEqualTo(Frames.BATCH);
    peer.awaitFin();
    peer.close();
  }

  private int relayed() throws IOException {
    byte[] frame = peer.relayed();
    return frame[Frames.TYPE_OFFSET] == Frames.HEAD ? relayed() : frame[Frames.TYPE_OFFSET];
  }

  /** The thread that sends what is due holds the lock, and leaves what it finds to who ends. */
  @Test
  void thoughAnotherThreadHasTheLock() throws Exception {
    long alone = burst(4);
    Caller aborting;
    sending.lock();
    try {
      aborting = Caller.once(ThreadKind.PLATFORM, i -> end.abort());
      Caller.await("it waits", sending::hasQueuedThreads);
    } finally {
      sending.unlock();
    }
    seesAbortBehind(alone);

    assertThat(aborting.join().thrown()).isNull();
  }

  /** More than would be sent where nothing may wait for the socket. */
  @Test
  void thoughMuchIsUnacknowledged() throws Exception {
    byte[] large = new byte[link.connection().sendBufferBytes()];
    Caller sends = Caller.once(ThreadKind.PLATFORM, i -> outbox.broadcast(large, 0, large.length));
    relayed(); // or the socket would be full
    sends.join();
    long alone = burst(4) - 1;
    Caller aborting = Caller.once(ThreadKind.PLATFORM, i -> end.abort());
    seesAbortBehind(alone);

    assertThat(aborting.join().thrown()).isNull();
  }

  /** Who closes waits for acknowledgments, and another thread gives the session up. */
  @Test
  void thoughAnotherThreadCloses() throws Exception {
    long alone = burst(4);
    Caller closing;
    Caller aborting;
    sending.lock();
    try {
      closing = Caller.once(ThreadKind.PLATFORM, i -> end.close(Long.MAX_VALUE));
      Caller.await("it waits", sending::hasQueuedThreads);
      aborting = Caller.once(ThreadKind.PLATFORM, i -> end.abort());
      Caller.await("given up", () -> link.status().isClosing());
    } finally {
      sending.unlock();
    }
    seesAbortBehind(alone);

    assertThat(aborting.join().thrown()).isNull();
    assertThat(closing.join().thrown()).isNotNull();
  }
}
