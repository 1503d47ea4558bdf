package io.hydrasync.cli.bench;

import io.hydrasync.cli.console.Units;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A benchmark: its clients, all in this process, so that one clock times both ends. */
final class Bench implements AutoCloseable {
  private static final Duration JOINING = Duration.ofSeconds(30);

  private final BenchPlan plan;
  private final List<HydraProducer> producers = new ArrayList<>();
  private final List<HydraConsumer> consumers = new ArrayList<>();
  private final List<BenchProducer> senders = new ArrayList<>();
  private final List<BenchConsumer> receivers = new ArrayList<>();
  private volatile boolean failed;

  /** How to connect. */
  interface Connector {
    HydraProducer producer(SessionSecrets session) throws IOException;

    HydraConsumer consumer(SessionSecrets session) throws IOException;
  }

  /** A benchmark that is not connected yet. */
  Bench(BenchPlan plan) {
    this.plan = plan;
  }

  /** Connects everybody. */
  void connect(Connector to) throws IOException, InterruptedException {
    for (int i = 0; i < plan.producers(); i++) {
      SessionSecrets session = SessionSecrets.generate();
      BenchPayload payload = new BenchPayload(i, plan.sizeBytes());
      HydraProducer producer = to.producer(session);
      producers.add(producer);
      if (plan.sizeBytes() > producer.maxMessageBytes()) {
        throw new IllegalArgumentException(
            "this relay takes messages of at most " + Units.bytes(producer.maxMessageBytes()));
      }
      senders.add(new BenchProducer(producer, payload, plan));
      for (int j = 0; j < plan.consumers(); j++) {
        HydraConsumer consumer = to.consumer(session);
        consumers.add(consumer);
        receivers.add(new BenchConsumer(consumer, payload, plan.rate().isPresent()));
      }
      if (!producer.awaitConsumers(plan.consumers(), JOINING)) {
        throw new IOException("the relay does not count the consumers that have joined");
      }
    }
  }

  /**
   * Runs it to its end.
   *
   * @throws IOException if what was received is not what was sent
   */
  BenchResult run() throws IOException, InterruptedException {
    ExecutorService threads =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "bench");
              thread.setDaemon(true);
              return thread;
            });
    CompletionService<Void> running = new ExecutorCompletionService<>(threads);
    long counts = System.nanoTime() + plan.warmup().toNanos();
    long end = counts + plan.duration().toNanos();
    for (BenchConsumer receiver : receivers) {
      running.submit(task(() -> receiver.run(counts)));
    }
    for (BenchProducer sender : senders) {
      running.submit(task(() -> sender.run(counts, end, () -> failed)));
    }
    try {
      for (int i = 0; i < receivers.size() + senders.size(); i++) {
        running.take().get();
      }
    } catch (ExecutionException e) {
      failed = true;
      throw rethrow(e.getCause());
    } finally {
      threads.shutdown();
    }
    return BenchResult.of(plan, counts, senders, receivers);
  }

  private interface Task {
    void run() throws IOException;
  }

  private static Callable<Void> task(Task task) {
    return () -> {
      task.run();
      return null;
    };
  }

  private static IOException rethrow(Throwable cause) {
    if (cause instanceof RuntimeException e) {
      throw e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    return cause instanceof IOException e ? e : new IOException(cause);
  }

  /** Disconnects whoever is still there. */
  @Override
  public void close() {
    failed = true;
    consumers.forEach(HydraConsumer::close);
    producers.forEach(HydraProducer::abort);
  }
}
