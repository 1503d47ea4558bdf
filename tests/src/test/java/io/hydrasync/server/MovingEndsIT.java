package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Connection.Traveller;
import io.hydrasync.server.internal.connection.Resident;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.session.Session;
import io.hydrasync.server.internal.session.SessionName;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What ends, or is given something, while a connection is on its way to another loop. The tests
 * hold loops still, so that each meets the moment that it is about.
 */
@Timeout(120)
class MovingEndsIT {
  private static final long STREAM = 1_735_689_600_000L;
  private static final int KIB = 1 << 10;
  private static final int FRAME = 8 * KIB;
  private static final int SMALL_BUFFER = 32 * KIB;
  private static final int MOST_WRITES = 10_000;

  private final SessionId session = RawPeer.plainSession();
  private final List<RawPeer> peers = new ArrayList<>();
  private HydraServer relay = HydraServer.bindDefault();

  private void relay(HydraServer.Builder builder) {
    relay.close();
    relay = builder.eventLoopThreads(4).bind();
  }

  @AfterEach
  void close() throws Exception {
    for (RawPeer peer : peers) {
      peer.close();
    }
    relay.close();
  }

  private RawPeer join(RawPeer.Join join) throws Exception {
    int buffer = join.role() == Role.CONSUMER ? SMALL_BUFFER : 0;
    RawPeer peer = new RawPeer(relay.address(), session, Optional.empty(), join, buffer);
    peers.add(peer);
    return peer;
  }

  private RawPeer produce(Overflow policy) throws Exception {
    RawPeer producer = join(RawPeer.Join.producer().overflow(policy));
    producer.head(STREAM, STREAM, 0);
    producer.awaitAck(0);
    return producer;
  }

  private RawPeer consume() throws Exception {
    RawPeer consumer = join(RawPeer.Join.consumer(JoinMessage.START_OLDEST));
    consumer.await(got -> got.type() == Frames.HEAD);
    return consumer;
  }

  private Session session() {
    Session found = relay.relay().sessions().find(new SessionName(Wire.WIRE_2, session));
    assertThat(found).isNotNull();
    return found;
  }

  private Connection connection(Role role) {
    return relay
        .relay()
        .connections()
        .all()
        .filter(each -> resident(each).isProducer() == (role == Role.PRODUCER))
        .findFirst()
        .orElseThrow();
  }

  private static Resident resident(Connection connection) {
    Resident resident = connection.resident();
    assertThat(resident).isNotNull();
    return resident;
  }

  /** All loops of the relay, in the order in which they get channels. */
  private static List<EventLoop> loops(EventLoop one) {
    List<EventLoop> loops = new ArrayList<>();
    one.parent().forEach(loop -> loops.add((EventLoop) loop));
    return loops;
  }

  private static List<EventLoop> others(EventLoop one) {
    List<EventLoop> loops = loops(one);
    loops.remove(one);
    return loops;
  }

  /** A loop has done what it was given so far, and what that has given it. */
  private static void settle(EventLoop loop) throws Exception {
    for (int i = 0; i < 5; i++) {
      loop.submit(() -> {}).get(30, TimeUnit.SECONDS);
    }
  }

  private static void move(Connection connection, EventLoop next) throws Exception {
    resident(connection).moveTo(next);
    Await.until("it has moved", () -> connection.loop() == next);
    settle(next);
  }

  /** Holds a loop still in the middle of a task. */
  private static final class Hold {
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    void run() {
      held.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void await() throws InterruptedException {
      assertThat(held.await(30, TimeUnit.SECONDS)).isTrue();
    }

    void end() {
      goOn.countDown();
    }
  }

  /**
   * A connection's loop, held still twice: while the connection waits to leave it, and once it has
   * left. What is given to it in the first time is sent on after the second.
   */
  private static final class SlowLeave implements AutoCloseable {
    private final Hold before = new Hold();
    private final Hold after = new Hold();
    private final Connection connection;
    private final EventLoop next;

    SlowLeave(Connection connection, EventLoop next) throws InterruptedException {
      this.connection = connection;
      this.next = next;
      EventLoop old = connection.loop();
      old.execute(
          () -> {
            connection.moveTo(next, (Traveller) connection.stage());
            old.execute(after::run);
            before.run();
          });
      before.await();
    }

    void letGo() throws Exception {
      before.end();
      after.await();
      Await.until("it has left", () -> connection.loop() == next);
      settle(next);
    }

    @Override
    public void close() {
      before.end();
      after.end();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NIO", "EPOLL"})
  void whoseWriteFailsBeforeItLeavesIsForgotten(Transport transport) throws Exception {
    relay(HydraServer.builder().transport(transport));
    produce(Overflow.BACKPRESSURE);
    RawPeer consumer = consume();
    Connection moving = connection(Role.CONSUMER);
    EventLoop next = others(moving.loop()).get(0);

    moving
        .loop()
        .submit(
            () -> {
              consumer.reset();
              moving.moveTo(next, (Traveller) moving.stage());
              for (int i = 0; i < MOST_WRITES && moving.channel().isActive(); i++) {
                moving.channel().writeAndFlush(Unpooled.directBuffer(1).writeByte(0));
              }
              return moving.channel().isActive();
            })
        .get(30, TimeUnit.SECONDS);

    assertThat(moving.channel().isActive()).isFalse();
    Await.until("its connection is forgotten", () -> relay.connections() == 1);
    Await.until("its place is free", () -> consumers() == 0);
  }

  private int consumers() {
    try {
      EventLoop owner = session().loop();
      return owner.submit(() -> session().consumers().size()).get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aConsumerThatMovesWhileTheRelayDrainsGetsTheRest() throws Exception {
    relay(HydraServer.builder().sendBuffer(SMALL_BUFFER));
    RawPeer producer = produce(Overflow.BACKPRESSURE);
    RawPeer consumer = consume();
    int frames = 300;
    producer.data(0, frames, FRAME);
    producer.awaitAck(frames);

    relay.drain(Duration.ZERO, Duration.ofSeconds(30));
    Operations operations = relay.relay().services().operations();
    Await.until("it closes", () -> operations.phase() == Operations.Phase.CLOSING);
    Connection moving = connection(Role.CONSUMER);
    move(moving, others(moving.loop()).get(0));

    for (int seq = 0; seq < frames; seq++) {
      RawPeer.Received got = consumer.await(each -> each.frame() != null || isError(each));
      assertThat(got.frame()).as("the frame in place of %s", got).isNotNull();
      assertThat(got.seq()).isEqualTo(seq);
    }
    ErrorMessage end = consumer.await(ErrorMessage.class, each -> true);
    assertThat(end.code()).isEqualTo(ErrorCode.SHUTDOWN.wireCode());
  }

  private static boolean isError(RawPeer.Received got) {
    return got.control() instanceof ErrorMessage;
  }

  @Test
  void aConsumerThatMovesHearsInTheEndThatTheProducerIsBack() throws Exception {
    relay(HydraServer.builder());
    RawPeer producer = produce(Overflow.BACKPRESSURE);
    RawPeer consumer = consume();
    byte[] token = producer.joined().resume();
    EventLoop owner = session().loop();
    Connection moving = connection(Role.CONSUMER);
    // not the first, which accepts, nor the fourth, to which the fourth channel of the relay comes
    EventLoop held = loops(owner).get(owner == loops(owner).get(1) ? 2 : 1);
    EventLoop next = others(owner).stream().filter(loop -> loop != held).findFirst().orElseThrow();
    move(moving, held);

    RawPeer back;
    try (SlowLeave leave = new SlowLeave(moving, next)) {
      producer.close();
      Await.until("the producer is away", () -> stateOf(session()).equals("AWAY"));
      leave.letGo();
      back = join(RawPeer.Join.backTo(STREAM, 0, token));
      settle(owner);
      settle(next);
    }
    settle(held);
    settle(next);
    back.data(0, 1, FRAME);

    int last = StateMessage.LIVE;
    for (RawPeer.Received got = consumer.next(30_000);
        got.frame() == null;
        got = consumer.next(30_000)) {
      last = got.control() instanceof StateMessage state ? state.state() : last;
    }
    assertThat(last).isEqualTo(StateMessage.LIVE);
  }

  private static String stateOf(Session session) {
    try {
      return session.loop().submit(session::stateName).get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aConsumerThatIsMovedForwardWhileItMovesIsToldOfTheFramesLeftOut() throws Exception {
    relay(
        HydraServer.builder()
            .capacity(512 * KIB)
            .retention(64 * KIB)
            .segmentSize(32 * KIB)
            .sendBuffer(SMALL_BUFFER));
    RawPeer producer = produce(Overflow.SKIP);
    RawPeer consumer = consume();
    Connection moving = connection(Role.CONSUMER);
    List<EventLoop> others = others(session().loop());
    move(moving, others.get(0));
    int frames = 200;

    try (SlowLeave leave = new SlowLeave(moving, others.get(1))) {
      producer.data(0, frames, FRAME);
      producer.awaitAck(frames);
      leave.letGo();
      producer.data(frames, 2 * frames, FRAME);
      producer.awaitAck(2 * frames);
      settle(others.get(1));
    }

    long next = 0;
    while (next < 2 * frames) {
      RawPeer.Received got = consumer.next(30_000);
      assertThat(isError(got)).as("%s", got).isFalse();
      if (got.frame() != null) {
        assertThat(got.seq()).isEqualTo(next++);
      } else if (got.control() instanceof io.hydrasync.protocol.wire.control.GapMessage gap) {
        assertThat(gap.from()).isEqualTo(next);
        next = gap.to();
      }
    }
  }

  /** Its loop is slow to say that the session goes along, and the producer could be sent on. */
  @Test
  void aSessionIsWhereItsProducerIs() throws Exception {
    relay(HydraServer.builder());
    produce(Overflow.BACKPRESSURE);
    Connection moving = connection(Role.PRODUCER);
    EventLoop first = moving.loop();
    EventLoop second = others(first).get(0);
    EventLoop third = others(first).get(1);
    Hold leaving = new Hold();
    Traveller stage = (Traveller) moving.stage();

    first.execute(
        () ->
            moving.moveTo(
                second,
                new Traveller() {
                  @Override
                  public void leaves() {
                    stage.leaves();
                  }

                  @Override
                  public void hasLeft(EventLoop next) {
                    leaving.run();
                    stage.hasLeft(next);
                  }

                  @Override
                  public void arrived() {
                    stage.arrived();
                  }
                }));
    leaving.await();
    resident(moving).moveTo(third);
    settle(second);
    settle(third);
    leaving.end();

    Await.until("it has got there", () -> moving.loop() == third);
    settle(first);
    settle(second);
    assertThat(session().loop()).isEqualTo(third);
  }
}
