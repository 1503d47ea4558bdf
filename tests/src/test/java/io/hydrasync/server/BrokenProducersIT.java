package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Resident;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.netty.channel.EventLoop;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a producer's connection has brought is taken, also where it breaks and the relay notices
 * that first while it writes. The tests hold the loop still until the connection has broken.
 */
@Timeout(120)
class BrokenProducersIT {
  private static final long STREAM = 1_735_689_600_000L;

  /** More than what is read at a time, and few enough to have arrived when the reset does. */
  private static final int FRAMES = 40;

  private static final int FRAME = 400;

  private static final int KIB = 1 << 10;
  private static final int SMALL_BUFFER = 32 * KIB;

  private final SessionId session = RawPeer.plainSession();
  private HydraServer relay;
  private RawPeer producer;
  private RawPeer consumer;

  private void begin(HydraServer.Builder builder) throws Exception {
    relay = builder.eventLoopThreads(2).bind();
    producer = join(RawPeer.Join.producer().overflow(Overflow.BACKPRESSURE));
    producer.head(STREAM, STREAM, 0);
    producer.awaitAck(0);
    consumer = join(RawPeer.Join.consumer(JoinMessage.START_OLDEST));
  }

  private RawPeer join(RawPeer.Join join) throws Exception {
    int buffer = join.role() == Role.CONSUMER ? SMALL_BUFFER : 0;
    return new RawPeer(relay.address(), session, Optional.empty(), join, buffer);
  }

  @AfterEach
  void close() throws Exception {
    producer.close();
    consumer.close();
    relay.close();
  }

  private Connection connection() {
    return relay
        .relay()
        .connections()
        .all()
        .filter(BrokenProducersIT::isProducer)
        .findFirst()
        .orElseThrow();
  }

  private static boolean isProducer(Connection connection) {
    Resident resident = connection.resident();
    return resident != null && resident.isProducer();
  }

  /** Does something while the producer's loop stands, and has the relay write to the producer. */
  private void whileTheLoopStands(Step step) throws Exception {
    Connection connection = connection();
    EventLoop loop = connection.loop();
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    loop.execute(
        () -> {
          held.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    assertThat(held.await(30, TimeUnit.SECONDS)).isTrue();
    try {
      step.run();
      for (int i = 0; i < 2; i++) { // the first finds a reset, the second what that has left
        loop.execute(
            () -> {
              connection.write(new PongMessage(1));
              connection.channel().flush();
            });
      }
    } finally {
      goOn.countDown();
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  /** In one piece: what the sender's system had kept back would go with the reset. */
  private void sendAndReset(byte[] behind) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (long seq = 0; seq < FRAMES; seq++) {
      all.writeBytes(RawPeer.frameBytes(Frames.DATA, seq, FRAME));
    }
    all.writeBytes(behind);
    producer.send(all.toByteArray());
    producer.reset();
  }

  private void assertAllFrames() throws Exception {
    for (long seq = 0; seq < FRAMES; ) {
      RawPeer.Received got = consumer.next(20_000);
      if (got.frame() != null && got.type() != Frames.HEAD) {
        assertThat(got.seq()).isEqualTo(seq++);
      } else if (got.control() instanceof StateMessage state) {
        assertThat(state.state()).as("after %d frames", seq).isEqualTo(StateMessage.LIVE);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NIO", "EPOLL"})
  void allFramesInFrontOfAResetAreTaken(Transport transport) throws Exception {
    begin(HydraServer.builder().transport(transport));
    whileTheLoopStands(() -> sendAndReset(new byte[0]));

    assertAllFrames();
    consumer.await(StateMessage.class, state -> state.state() == StateMessage.AWAY);
  }

  @ParameterizedTest
  @EnumSource(names = {"NIO", "EPOLL"})
  void theEndInFrontOfAResetIsTaken(Transport transport) throws Exception {
    begin(HydraServer.builder().transport(transport));
    whileTheLoopStands(() -> sendAndReset(producer.record(new ByeMessage())));

    assertAllFrames();
    consumer.await(StateMessage.class, state -> state.state() == StateMessage.ENDED);
  }

  /** Nothing is read that would tell of the end, and there may never be room again. */
  @ParameterizedTest
  @MethodSource("io.hydrasync.tests.support.AvailableTransports#all")
  void whoIsNotReadFromIsNotKept(Transport transport) throws Exception {
    begin(
        HydraServer.builder()
            .transport(transport)
            .capacity(256 * KIB)
            .retention(64 * KIB)
            .segmentSize(32 * KIB)
            .sendBuffer(SMALL_BUFFER));
    producer.data(0, 100, 8 * KIB); // nobody takes them
    Await.until("it is not read from", () -> !connection().stage().isWillingToRead());
    producer.reset();

    Await.until("it is gone", () -> relay.connections() == 1);
  }
}
