package io.hydrasync.tests.tools;

import io.hydrasync.cli.Main;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.PeerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code hydra relay --http} in a process of its own, and what goes on in it to be looked at. */
final class DashboardScene implements AutoCloseable {
  private static final String LOCALHOST = "127.0.0.1";
  private static final int PERIOD_MS = 50;
  private static final int BACKLOG = 24 << 20;
  private static final int BLOCK = 1 << 20;
  private static final int STEP = 16 << 10;

  /** The address of the page. */
  final String page;

  final List<SessionSecrets> sessions = new ArrayList<>();
  private final InetSocketAddress relay;
  private final PeerProcess process;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final Deque<Runnable> clients = new ArrayDeque<>();

  private DashboardScene(PeerProcess process) throws InterruptedException {
    this.process = process;
    String ready = process.awaitAfter("listening on " + LOCALHOST + ":");
    int port = Integer.parseInt(ready.substring(0, ready.indexOf(' ')));
    relay = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    page = process.awaitAfter("HTTP on ");
  }

  /** A relay that nobody uses yet. */
  static DashboardScene start() throws IOException, InterruptedException {
    String any = LOCALHOST + ":0";
    List<String> command = ChildJvm.command(Main.class, "relay", "--listen", any, "--http", any);
    PeerProcess process = PeerProcess.startWithErrors(new ProcessBuilder(command));
    try {
      return new DashboardScene(process);
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      process.close();
      throw e;
    }
  }

  private SessionSecrets newSession() {
    SessionSecrets session = SessionSecrets.generate();
    sessions.add(session);
    return session;
  }

  private HydraProducer producer(SessionSecrets session, Overflow overflow) {
    HydraProducer producer =
        HydraProducer.builder(relay, session).overflow(overflow).ring(2 * BACKLOG).connect();
    clients.push(producer::abort);
    return producer;
  }

  private HydraConsumer consumer(SessionSecrets session) {
    HydraConsumer consumer = Fixture.consume(relay, session);
    clients.push(consumer::close);
    return consumer;
  }

  private void everyNowAndThen(Runnable task) {
    clock.scheduleAtFixedRate(
        () -> {
          try {
            task.run();
          } catch (HydraException e) {
            // the test is over
          }
        },
        0,
        PERIOD_MS,
        TimeUnit.MILLISECONDS);
  }

  /** A session whose two consumers take what is sent, now more and now less. */
  SessionSecrets addSteady() {
    SessionSecrets session = newSession();
    HydraProducer producer = producer(session, Overflow.DEFAULT);
    for (int i = 0; i < 2; i++) {
      HydraConsumer consumer = consumer(session);
      Fixture.async(() -> Fixture.receiveAll(consumer).size());
    }
    AtomicInteger count = new AtomicInteger();
    everyNowAndThen(
        () -> producer.broadcast(new byte[1000 + 37 * (count.getAndIncrement() % 999)]));
    return session;
  }

  /** A session whose consumer takes nothing, so that its lag grows. */
  SessionSecrets addLagging() {
    SessionSecrets session = newSession();
    HydraProducer producer = producer(session, Overflow.GROW);
    consumer(session);
    for (int sent = 0; sent < BACKLOG; sent += BLOCK) {
      producer.broadcast(new byte[BLOCK]);
    }
    everyNowAndThen(() -> producer.broadcast(new byte[STEP]));
    return session;
  }

  /** A session that nobody consumes. */
  SessionSecrets addUnheard() {
    SessionSecrets session = newSession();
    producer(session, Overflow.SKIP).broadcast(new byte[STEP]);
    return session;
  }

  /** Ends the relay as an operator would. */
  void stopRelay() throws InterruptedException {
    process.close();
    process.exitCode();
  }

  @Override
  public void close() throws InterruptedException {
    clock.shutdownNow();
    clients.forEach(Runnable::run);
    stopRelay();
  }
}
