package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.internal.connection.Connection;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection on its way to another loop. */
@Timeout(60)
class ConnectionMoveTest {
  private final HydraServer relay = HydraServer.builder().eventLoopThreads(2).bind();

  @AfterEach
  void stop() {
    relay.close();
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), relay.address().getPort());
  }

  /** One that came on any loop but these. */
  private Connection notOn(EventLoop... loops) {
    while (true) {
      Optional<Connection> found =
          LongStream.rangeClosed(0, 10)
              .boxed()
              .flatMap(id -> relay.relay().connections().find(id).stream())
              .filter(connection -> !List.of(loops).contains(connection.loop()))
              .findAny();
      if (found.isPresent()) {
        return found.get();
      }
      Thread.onSpinWait();
    }
  }

  /** What it would write or close there has no registration yet, with which Netty does both. */
  @Test
  void nothingIsDoneWithItOnTheNextLoopBeforeItIsThere() throws Exception {
    try (Socket one = connect();
        Socket other = connect()) {
      assertThat(one.isConnected() && other.isConnected()).isTrue();
      Connection moving = notOn();
      EventLoop next = notOn(moving.loop()).loop();
      CountDownLatch isBusy = new CountDownLatch(1);
      CountDownLatch isExpected = new CountDownLatch(1);
      CountDownLatch arrived = new CountDownLatch(1);
      long muchLater = System.nanoTime() + TimeUnit.HOURS.toNanos(1);
      next.execute(
          () -> {
            isBusy.countDown();
            try {
              isExpected.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            moving.tick(muchLater);
          });
      isBusy.await();
      moving.execute(() -> moving.moveTo(next, arrived::countDown));
      while (moving.loop() != next) {
        Thread.onSpinWait();
      }
      isExpected.countDown();

      assertThat(arrived.await(20, TimeUnit.SECONDS)).as("it has arrived, and lives").isTrue();
    }
  }
}
