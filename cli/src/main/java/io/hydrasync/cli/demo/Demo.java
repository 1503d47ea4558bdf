package io.hydrasync.cli.demo;

import io.hydrasync.cli.exit.FatalExit;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private static final double NANOS = 1e9;

  private final double seconds;
  private final DemoView view;
  private final HydraServer relay;
  private final WireTap tap;
  private final SessionSecrets session = SessionSecrets.generate();
  private final Tally producer = new Tally("producer", "sending");
  private final Tally steady = new Tally("consumer 1", "");
  private final Tally slow = new Tally("consumer 2", "");
  private final Tally late = new Tally("consumer 3", "not there yet");
  private final List<Tally> consumers = List.of(steady, slow, late);
  private final long rate;
  private final long began;

  Demo(double seconds, DemoScreen screen) throws IOException {
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
    view = new DemoView(screen, seconds, producer, consumers, relay, tap);
    began = System.nanoTime();
  }

  /** True if each consumer has got what was sent. */
  boolean run() throws InterruptedException {
    view.begin();
    List<Thread> threads = new ArrayList<>();
    threads.add(start(producer, this::produce));
    threads.add(start(steady, () -> consume(steady)));
    threads.add(start(slow, () -> consume(slow)));
    threads.add(start(late, this::comeLate));
    long deadline = began + (long) (seconds * NANOS) + PATIENCE.toNanos();
    for (Thread thread : threads) {
      while (thread.isAlive() && System.nanoTime() - deadline < 0) {
        view.update(elapsed());
        thread.join(view.pauseMillis());
      }
    }
    view.update(elapsed());
    return view.summary();
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
      producer.state("waiting for all to be there");
      out.awaitConsumers(consumers.size(), PATIENCE);
    }
    producer.finish();
    producer.state("done");
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
      tally.state(tally == late ? "came late" : "");
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
      tally.state("has everything");
    }
  }

  /** For a second in the middle: a thousand messages or less. */
  private void beSlow() {
    double middle = seconds / 2;
    double half = Math.min(1, SLOW_SHARE * seconds) / 2;
    double now = elapsed();
    if (now > middle - half && now < middle + half) {
      slow.state("slow on purpose");
      LockSupport.parkNanos(SLOW_NANOS);
    } else {
      slow.state(now < middle ? "" : "was slow");
    }
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private static Thread start(Tally tally, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (InterruptedException | RuntimeException e) {
                tally.fail(e);
              }
            },
            "demo-" + tally.name().replace(' ', '-'));
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  @Override
  public void close() throws IOException {
    tap.close();
    relay.close();
  }
}
