package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.Wire;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.peer.LaterServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What our producer puts on the later classic wire, seen by a server of the tests' own. */
@Tag("any-jdk")
@Timeout(60)
class LaterProducerIT {
  private static final String NEWEST = "1.0.0-beta.9";
  private static final int PACKET = 16;
  private static final Duration BUSY_SECOND = Duration.ofMillis(1_500);
  private static final Duration ABORT = Duration.ofMillis(3_500);

  private final SessionSecrets session = ClassicPeer.session();

  /** Everything that has come from a producer by its end, opened; and what was left over. */
  private record Came(byte[] plaintext, int rest, boolean reset) {}

  private final CompletableFuture<Came> came = new CompletableFuture<>();

  private HydraProducer connect(LaterServer server) {
    return builder(server).connect();
  }

  private HydraProducer.Builder builder(LaterServer server) {
    return HydraProducer.builder(server.address(), session)
        .wire(Wire.CLASSIC)
        .classicVersion(NEWEST);
  }

  private LaterServer server(int packet) throws IOException {
    return LaterServer.playing(
        peer -> {
          peer.session(session).join(NEWEST);
          peer.welcome(packet);
          came.complete(readAll(peer, packet));
        });
  }

  private static Came readAll(LaterServer.Client peer, int packet) throws Exception {
    ByteArrayOutputStream plaintext = new ByteArrayOutputStream();
    byte[] sealed = new byte[packet + LaterServer.SEAL];
    int held = 0;
    while (true) {
      int n;
      try {
        n = peer.in().read(sealed, held, sealed.length - held);
      } catch (IOException e) {
        return new Came(plaintext.toByteArray(), held, true);
      }
      if (n < 0) {
        return new Came(plaintext.toByteArray(), held, false);
      }
      held += n;
      if (held == sealed.length) {
        plaintext.writeBytes(peer.opened(sealed));
        held = 0;
      }
    }
  }

  /** Whole packets, then a part of one or none, and FIN. */
  private void assertCame(byte[] plaintext, int rest) throws InterruptedException {
    Came all = Fixture.join(came);
    assertThat(all.plaintext()).isEqualTo(plaintext);
    assertThat(all.rest()).isEqualTo(rest);
    assertThat(all.reset()).isFalse();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Stream.of(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 100, 65_508, 65_536, 70_000, 4 << 20})
  void sendsAMessageAsSoManyPackets(int packet) throws Exception {
    byte[] one = Fixture.message(1, packet);
    byte[] three = Fixture.message(2, 3 * packet);
    byte[] two = Fixture.message(3, 2 * packet);
    byte[] last = Fixture.message(4, packet);
    try (LaterServer server = server(packet)) {
      try (HydraProducer producer = connect(server)) {
        assertThat(producer.packetBytes()).hasValue(packet);
        producer.broadcast(one);
        producer.write(three);
        ByteBuffer buffer = ByteBuffer.wrap(two);
        producer.broadcast(buffer);
        assertThat(buffer.hasRemaining()).isFalse();
        ByteBuffer direct = ByteBuffer.allocateDirect(packet).put(last).flip();
        producer.write(direct);
        assertThat(direct.hasRemaining()).isFalse();
      }

      assertCame(concat(one, three, two, last), 0);
      server.awaitNobody();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, PACKET - 1, PACKET + 1, 10 * PACKET - 1})
  void refusesWhatIsNotMadeOfWholePacketsAndSendsNothingOfIt(int size) throws Exception {
    byte[] good = Fixture.message(1, 2 * PACKET);
    try (LaterServer server = server(PACKET)) {
      try (HydraProducer producer = connect(server)) {
        ByteBuffer buffer = ByteBuffer.allocate(size);
        for (ThrowingCallable call :
            new ThrowingCallable[] {
              () -> producer.broadcast(new byte[size]),
              () -> producer.write(new byte[size]),
              () -> producer.broadcast(buffer),
              () -> producer.write(buffer)
            }) {
          assertThatThrownBy(call)
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessage(
                  "a message of "
                      + size
                      + " bytes; this relay's packets carry 16, and a message is one or more whole"
                      + " packets");
        }
        assertThat(buffer.remaining()).as("nothing was taken of it").isEqualTo(size);
        producer.broadcast(good);
      }

      assertCame(good, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 16_384, 1_000_003})
  void takesTheLargestMultipleOfAPacketAtMost(int packet) throws Exception {
    try (LaterServer server = server(packet);
        HydraProducer producer = connect(server)) {
      int most = producer.maxMessageBytes();

      assertThat(most).isLessThanOrEqualTo(64 << 20).isPositive();
      assertThat(most % packet).isZero();
      long bound = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 4);
      assertThat((long) most + packet).isGreaterThan(bound);
    }
  }

  // ---- the end ----

  @Test
  void anAbortedSessionHasWhatWasSentAndNoEnd() throws Exception {
    byte[] sent = Fixture.message(1, 100 * PACKET);
    try (LaterServer server = server(PACKET)) {
      HydraProducer producer =
          builder(server).linger(Duration.ofMinutes(1)).coalesce(false).connect();
      producer.broadcast(sent);
      producer.write(new byte[PACKET]); // and is dropped
      producer.abort();
      producer.abort();

      assertCame(sent, 1);
      server.awaitNobody();
      assertThatThrownBy(() -> producer.broadcast(sent)).isInstanceOf(ClosedException.class);
      producer.close();
    }
  }

  /** Of broadcasts that follow each other so fast, the last ones wait for others. */
  @Test
  void anAbortedSessionHasAllThatWasBroadcast() throws Exception {
    byte[] sent = Fixture.message(1, 2_000 * PACKET);
    try (LaterServer server = server(PACKET)) {
      HydraProducer producer = connect(server);
      for (int at = 0; at < sent.length; at += PACKET) {
        producer.broadcast(ByteBuffer.wrap(sent, at, PACKET));
      }
      producer.abort();

      assertCame(sent, 1);
      server.awaitNobody();
    }
  }

  /** Lets a client in, and reads nothing of what it sends until the latch is open. */
  private LaterServer deaf(CountDownLatch open) throws IOException {
    return LaterServer.playing(
        peer -> {
          peer.join(NEWEST);
          peer.welcome(64 << 10);
          open.await();
        });
  }

  /** Sends until the socket takes no more, on a thread of its own, which is stuck then. */
  private static Future<Void> fill(HydraProducer producer, Thread[] thread) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              byte[] message = new byte[16 * (64 << 10)];
              while (true) {
                producer.broadcast(message);
              }
            });
    thread[0] = new Thread(task, "stuck-producer");
    thread[0].setDaemon(true);
    thread[0].start();
    StackTraceElement[][] last = {null};
    int[] same = {0};
    Await.until(
        "the socket is full",
        () -> {
          StackTraceElement[] now = thread[0].getStackTrace();
          same[0] = isWriting(now) && Arrays.equals(now, last[0]) ? same[0] + 1 : 0;
          last[0] = now;
          return same[0] > 20_000;
        });
    return task;
  }

  private static boolean isWriting(StackTraceElement[] stack) {
    return Stream.of(stack).anyMatch(frame -> frame.getClassName().endsWith(".ClassicConnection"));
  }

  @Test
  void abortFreesAThreadThatIsStuck() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (LaterServer server = deaf(open)) {
      HydraProducer producer = connect(server);
      Thread[] thread = new Thread[1];
      Future<Void> stuck = fill(producer, thread);
      long began = System.nanoTime();
      producer.abort();

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(ABORT);
      assertThat(catchThrowableOfType(HydraException.class, () -> Fixture.join(stuck))).isNotNull();
      open.countDown();
      server.awaitNobody();
    }
  }

  @Test
  void closeHasABoundWhereTheServerTakesNothing() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (LaterServer server = deaf(open)) {
      HydraProducer producer = connect(server);
      Thread[] thread = new Thread[1];
      Future<Void> stuck = fill(producer, thread);
      long began = System.nanoTime();

      assertThatThrownBy(() -> producer.close(Duration.ofMillis(300)))
          .isInstanceOf(ReceiveTimeoutException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(BUSY_SECOND);
      assertThat(catchThrowableOfType(HydraException.class, () -> Fixture.join(stuck))).isNotNull();
      open.countDown();
      server.awaitNobody();
    }
  }

  @Test
  void anInterruptFreesAThreadThatIsStuck() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    try (LaterServer server = deaf(open)) {
      HydraProducer producer = connect(server);
      Thread[] thread = new Thread[1];
      Future<Void> stuck = fill(producer, thread);
      long began = System.nanoTime();
      thread[0].interrupt();

      assertThat(catchThrowableOfType(HydraException.class, () -> Fixture.join(stuck))).isNotNull();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(BUSY_SECOND);
      assertThatThrownBy(producer::flush)
          .isInstanceOf(ConnectionException.class)
          .isNotInstanceOf(InterruptedOperationException.class);
      producer.abort();
      open.countDown();
      server.awaitNobody();
    }
  }

  @Test
  void aServerThatClosesIsNoticedAndBlamedForNothingElse() throws Exception {
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.join(NEWEST);
              peer.welcome(PACKET).finish();
            })) {
      HydraProducer producer = connect(server);
      Await.until(
          "it is noticed",
          () -> {
            try {
              producer.broadcast(new byte[PACKET]);
              return false;
            } catch (ConnectionException e) {
              assertThat(e).hasMessageContaining("is lost").hasMessageNotContaining("refuse");
              return true;
            }
          });
      assertThatThrownBy(producer::close).isInstanceOf(ConnectionException.class);
      server.awaitNobody();
    }
  }

  @Test
  void whatNeedsWire2IsRefused() throws Exception {
    Duration second = Duration.ofSeconds(1);
    try (LaterServer server = server(PACKET)) {
      try (HydraProducer producer = connect(server)) {
        for (ThrowingCallable call :
            new ThrowingCallable[] {
              () -> producer.tryBroadcast(new byte[PACKET]),
              () -> producer.flush(second),
              producer::consumers,
              () -> producer.awaitConsumers(1, second),
              producer::acknowledged,
              producer::unacknowledgedBytes,
              producer::leave,
              producer::relayKey
            }) {
          assertThatThrownBy(call).isInstanceOf(UnsupportedByWireException.class);
        }
        assertThat(producer.ringBytes()).isZero();
        assertThat(producer.unreadFrames()).isZero();
      }
      assertCame(new byte[0], 0);
      assertThatThrownBy(() -> builder(server).ring(1).connect())
          .isInstanceOf(UnsupportedByWireException.class);
      assertThat(server.accepted()).isEqualTo(1);
    }
  }
}
