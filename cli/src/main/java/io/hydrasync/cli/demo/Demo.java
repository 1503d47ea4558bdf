package io.hydrasync.cli.demo;

import io.hydrasync.cli.console.FullScreen;
import io.hydrasync.cli.exit.FatalExit;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One run of the demo: a relay, a producer, three consumers, each on its own thread, and a tap on
 * the wires between them. For one thread.
 */
final class Demo implements AutoCloseable {
  private static final long MEGA = 1_000_000;
  private static final long BYTES_PER_SECOND = 40 * MEGA;
  private static final double LATE_SHARE = 0.3;
  private static final double LATEST_SECONDS = 1.2;
  private static final double SLOW_SHARE = 0.25;
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final int FEWEST_MESSAGES = 2_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long REDRAW_MILLIS = 100;
  private static final double NANOS = 1e9;

  private final double seconds;
  private final DemoView view;
  private final HydraServer relay;
  private final WireTap tap;
  private final SessionSecrets session = SessionSecrets.generate();
  private final Tally producer = new Tally("producer", Stage.SENDING);
  private final Tally steady = new Tally("consumer 1", Stage.THERE);
  private final Tally slow = new Tally("consumer 2", Stage.THERE);
  private final Tally late = new Tally("consumer 3", Stage.ABSENT);
  private final List<Tally> consumers = List.of(steady, slow, late);
  private final long rate;
  private final Semaphore redraw = new Semaphore(0);
  private final long began;

  Demo(double seconds, PrintWriter out, Optional<FullScreen> screen) throws IOException {
    this.seconds = seconds;
    // What the late consumer has missed, and what the slow one has not taken, stays in the relay.
    long memory = Runtime.getRuntime().maxMemory() / 2;
    rate = Math.min(BYTES_PER_SECOND, memory / 3);
    long kept = Math.min(2 * BYTES_PER_SECOND, memory);
    relay =
        HydraServer.builder()
            .retention(kept)
            .capacity(kept + kept / 2)
            .fatalErrorHandler(FatalExit::end)
            .bind();
    tap = new WireTap(relay.address(), DemoMessages.MARKER);
    view = new DemoView(out, screen, seconds, producer, consumers, relay, tap);
    screen.ifPresent(shown -> shown.size().onChange(redraw::release));
    began = System.nanoTime();
  }

  /** True if each consumer has got what was sent. */
  boolean run() throws IOException, InterruptedException {
    view.begin();
    List<Thread> threads = new ArrayList<>();
    threads.add(DemoThread.start(producer, this::produce));
    threads.add(DemoThread.start(steady, () -> consume(steady)));
    threads.add(DemoThread.start(slow, () -> consume(slow)));
    threads.add(DemoThread.start(late, this::comeLate));
    long deadline = began + (long) (seconds * NANOS) + PATIENCE.toNanos();
    for (Thread thread : threads) {
      while (thread.isAlive() && System.nanoTime() - deadline < 0) {
        view.update(elapsed());
        pause();
      }
    }
    double over = elapsed();
    view.update(over);
    return view.summary(over);
  }

  /** Until the next picture is due: ten a second, and one when the terminal changes its size. */
  private void pause() throws InterruptedException {
    redraw.tryAcquire(REDRAW_MILLIS, TimeUnit.MILLISECONDS);
    redraw.drainPermits();
  }

  private double elapsed() {
    return (System.nanoTime() - began) / NANOS;
  }

  // ---- producer ----

  private void produce() throws InterruptedException {
    try (HydraProducer out =
        HydraProducer.builder(tap.address(), session).relayKey(relay.relayKey()).connect()) {
      DemoMessages messages = new DemoMessages();
      while (elapsed() < seconds || producer.messages() < FEWEST_MESSAGES) {
        ByteBuffer message = messages.make(producer.messages());
        producer.digest().update(message.duplicate());
        int length = message.remaining();
        out.write(message);
        producer.count(length);
        keepPace();
      }
      producer.stage(Stage.AWAITING);
      out.awaitConsumers(consumers.size(), PATIENCE);
    }
    producer.finish();
    producer.stage(Stage.ENDED);
  }

  private void keepPace() {
    double ahead = producer.bytes() / (double) rate - elapsed();
    if (ahead > 0 && seconds > 0) {
      LockSupport.parkNanos((long) (ahead * NANOS));
    }
  }

  // ---- consumers ----

  private void comeLate() {
    double due = Math.min(LATE_SHARE * seconds, LATEST_SECONDS);
    while (elapsed() < due) {
      LockSupport.parkNanos(SLOW_NANOS);
    }
    consume(late);
  }

  private void consume(Tally tally) {
    try (HydraConsumer in =
        HydraConsumer.builder(tap.address(), session)
            .relayKey(relay.relayKey())
            .start(HydraConsumer.Start.BEGINNING) // who comes late gets everything, too
            .connect()) {
      tally.stage(tally == late ? Stage.LATE : Stage.THERE);
      for (ByteBuffer message = in.receive(); message != null; message = in.receive()) {
        long number = DemoMessages.number(message);
        if (number != tally.messages()) {
          throw new IllegalStateException(
              "message " + number + " came where message " + tally.messages() + " was due");
        }
        int length = message.remaining();
        tally.digest().update(message);
        tally.count(length);
        if (tally == slow) {
          beSlow();
        }
      }
      tally.finish();
      tally.stage(Stage.WHOLE);
    }
  }

  /** For a second in the middle: a thousand messages or less. */
  private void beSlow() {
    double middle = seconds / 2;
    double half = Math.min(1, SLOW_SHARE * seconds) / 2;
    double now = elapsed();
    if (now > middle - half && now < middle + half) {
      slow.stage(Stage.SLOW);
      LockSupport.parkNanos(SLOW_NANOS);
    } else {
      slow.stage(Stage.THERE);
    }
  }

  @Override
  public void close() throws IOException {
    tap.close();
    relay.close();
  }
}
