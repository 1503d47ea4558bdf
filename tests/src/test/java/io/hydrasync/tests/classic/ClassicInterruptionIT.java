package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A consumer on the classic wires, which have no PING to wake a thread; it makes nothing anew. */
@Timeout(60)
@ParameterizedClass
@ValueSource(strings = {"1.0.0-beta.2", "1.0.0-beta.6", "1.0.0-beta.7", "1.0.0-beta.9"})
class ClassicInterruptionIT {
  @Parameter private String version;

  private static final Duration BUSY_SECOND = Duration.ofMillis(1_500);

  private final SessionSecrets session =
      new SessionSecrets(
          SessionId.of(Fixture.message(1, SessionId.LENGTH)),
          SessionKey.generate(new SecureRandom()));
  private HydraServer relay;
  private HydraProducer producer;
  private HydraConsumer consumer;

  @BeforeEach
  void connect() {
    relay = HydraServer.builder().classic(true).classicPacket(1).bind();
    producer =
        HydraProducer.builder(relay.address(), session)
            .wire(Wire.CLASSIC)
            .classicVersion(version)
            .connect();
    consumer =
        HydraConsumer.builder(relay.address(), session)
            .wire(Wire.CLASSIC)
            .classicVersion(version)
            .connect();
    Await.until("it has joined", () -> receivesSomething());
  }

  /** Nothing tells a classic client that it has joined: messages are sent until one has come. */
  private boolean receivesSomething() {
    producer.broadcast(new byte[] {0});
    try {
      return consumer.receive(Duration.ofMillis(50)) != null;
    } catch (ReceiveTimeoutException e) {
      return false;
    }
  }

  @AfterEach
  void close() {
    consumer.close();
    producer.close();
    relay.close();
  }

  private void drain() {
    try {
      while (consumer.receive(Duration.ofMillis(200)) != null) {
        // those of the joining
      }
    } catch (ReceiveTimeoutException e) {
      // all
    }
  }

  /** A thread in a call that waits for the network. */
  private static void awaitReading(Thread thread) {
    Await.until(
        "it waits",
        () ->
            Stream.of(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith(".FrameReader")));
  }

  @Test
  void goesOnAfterAnInterrupt() throws Exception {
    drain();
    Thread[] thread = new Thread[1];
    Future<Boolean> receiving = receive(Executors.defaultThreadFactory(), thread);
    awaitReading(thread[0]);
    long began = System.nanoTime();
    thread[0].interrupt();

    assertThatThrownBy(() -> Fixture.join(receiving))
        .isInstanceOf(InterruptedOperationException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(BUSY_SECOND);
    producer.broadcast(new byte[] {7});
    assertThat(Fixture.bytes(consumer.receive())).containsExactly(7);
  }

  private Future<Boolean> receive(ThreadFactory threads, Thread[] thread) {
    FutureTask<Boolean> task = new FutureTask<>(() -> consumer.receive() != null);
    thread[0] = threads.newThread(task);
    thread[0].start();
    return task;
  }

  /** The JDK closes the socket of a virtual thread: that is told, never passed over. */
  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void tellsOfTheConnectionThatAVirtualThreadsInterruptHasCost() throws Exception {
    drain();
    Object builder = Thread.class.getMethod("ofVirtual").invoke(null); // compiled for 17
    ThreadFactory virtual =
        (ThreadFactory)
            Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
    Thread[] thread = new Thread[1];
    Future<Boolean> receiving = receive(virtual, thread);
    awaitReading(thread[0]);
    thread[0].interrupt();

    assertThatThrownBy(() -> Fixture.join(receiving))
        .isInstanceOf(InterruptedOperationException.class);
    assertThatThrownBy(() -> consumer.receive()).isInstanceOf(SessionTruncatedException.class);
  }

  @Test
  void endsACallWhenItIsClosed() throws Exception {
    drain();
    Thread[] thread = new Thread[1];
    Future<Boolean> receiving = receive(Executors.defaultThreadFactory(), thread);
    awaitReading(thread[0]);
    assertThatThrownBy(() -> consumer.receive()).isInstanceOf(IllegalStateException.class);
    consumer.close();

    assertThatThrownBy(() -> Fixture.join(receiving)).isInstanceOf(ClosedException.class);
    assertThatThrownBy(() -> consumer.receive()).isInstanceOf(ClosedException.class);
    assertThat(consumer.isEnded()).isFalse();
    assertThat(consumer.position()).isEmpty();
    assertThat(consumer.isReady()).isFalse();
  }
}
