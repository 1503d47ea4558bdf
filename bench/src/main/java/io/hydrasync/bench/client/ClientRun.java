package io.hydrasync.bench.client;

import io.hydrasync.bench.process.ProcStat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One producer and its consumers over a {@link Peer}, all in this JVM, a thread each. Every message
 * is compared with what was sent. Used once.
 */
public final class ClientRun {
  private static final int PROGRESS_STEP = 64;
  private static final int WINDOW = 64 << 10;
  private static final long SPIN_NANOS = 80_000;

  private final Peer peer;
  private final int messageBytes;
  private final int stalled;
  private final List<Consuming> consumers = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final List<Thread> threads = new ArrayList<>();

  /** How many messages there are in all, once that is known. */
  private volatile long total = Long.MAX_VALUE;

  /**
   * A run.
   *
   * @param stalled how many of the consumers, the first ones, do not read
   */
  public ClientRun(Peer peer, int consumerCount, int messageBytes, int stalled) {
    this.peer = peer;
    this.messageBytes = messageBytes;
    this.stalled = stalled;
    for (int i = stalled; i < consumerCount; i++) {
      consumers.add(new Consuming());
    }
  }

  private void start(boolean timed, int most) {
    for (int i = 0; i < consumers.size(); i++) {
      Consuming consumer = consumers.get(i);
      Peer.Receiver receiver = peer.receiver(stalled + i);
      consumer.times = timed ? new long[most] : null;
      Thread thread =
          new Thread(
              () -> {
                try {
                  receiver.receive(consumer);
                } catch (Throwable e) {
                  failure.compareAndSet(null, e);
                }
              },
              "consumer-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  private void join() throws Exception {
    for (int i = 0; i < threads.size(); i++) {
      while (threads.get(i).isAlive()) {
        threads.get(i).join(100);
        check();
      }
    }
    check();
    for (Consuming consumer : consumers) {
      if (consumer.next != total) {
        throw new IllegalStateException("received " + consumer.next + " messages of " + total);
      }
    }
  }

  private void check() throws Exception {
    Throwable problem = failure.get();
    if (problem != null) {
      throw new IllegalStateException("a consumer failed", problem);
    }
  }

  // ---- throughput ----

  /**
   * What came of a measurement of throughput.
   *
   * @param perSecond delivered messages, all consumers together
   * @param cpuNanos of this JVM for each of them
   */
  public record Throughput(double perSecond, double cpuNanos) {}

  /** Measures after a warm-up. */
  public Throughput throughput(long warmUpMs, long measureMs) throws Exception {
    start(false, 0);
    Thread producer = new Thread(this::produce, "producer");
    producer.start();
    Thread.sleep(warmUpMs);
    long began = System.nanoTime();
    double cpu = ProcStat.cpuSeconds(ProcessHandle.current().pid());
    long before = delivered();
    Thread.sleep(measureMs);
    double seconds = (System.nanoTime() - began) / 1e9;
    long count = delivered() - before;
    cpu = ProcStat.cpuSeconds(ProcessHandle.current().pid()) - cpu;
    stop = true;
    producer.join();
    join();
    return new Throughput(count / seconds, cpu * 1e9 / count);
  }

  private volatile boolean stop;

  private void produce() {
    try {
      Peer.Sender sender = peer.sender();
      boolean held = peer.losesMessages();
      byte[] message = new byte[messageBytes];
      long seq = 0;
      while (!stop && failure.get() == null) {
        for (int i = 0; i < PROGRESS_STEP; i++) {
          Payload.fill(message, messageBytes, seq++);
          sender.send(message, messageBytes);
        }
        if (held && seq - slowest() > WINDOW) {
          sender.flush();
          while (seq - slowest() > WINDOW / 2 && failure.get() == null) {
            LockSupport.parkNanos(20_000);
          }
        }
      }
      Payload.fill(message, messageBytes, seq);
      total = seq + 1;
      sender.send(message, messageBytes);
      sender.flush();
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  private long slowest() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < consumers.size(); i++) {
      least = Math.min(least, consumers.get(i).progress.get());
    }
    return least;
  }

  private long delivered() {
    return consumers.stream().mapToLong(consumer -> consumer.progress.get()).sum();
  }

  // ---- latency ----

  /**
   * Sends at a steady rate, whether or not the last message has arrived, and takes the time from
   * when each message was due. Most of the warm-up may be faster, as far as the consumers follow,
   * so that code is compiled as it is in a process that has run for a minute; its last quarter is
   * at the rate itself.
   *
   * @param speed how many times as fast the warm-up may be
   * @param each whether each consumer's time counts, or only the last one's
   */
  public Histogram latency(int perSecond, int speed, long warmUpMs, long measureMs, boolean each)
      throws Exception {
    long fastMs = warmUpMs - warmUpMs / 4;
    int steady = (int) (perSecond * (warmUpMs - fastMs + measureMs) / 1000);
    int measured = (int) (perSecond * measureMs / 1000);
    int most = (int) (perSecond * speed * fastMs / 1000) + steady + PROGRESS_STEP;
    start(true, most);
    Peer.Sender sender = peer.sender();
    byte[] message = new byte[messageBytes];
    int warmedUp = warmUp(sender, message, perSecond * speed, fastMs);
    int count = warmedUp + steady;
    total = count;
    long step = 1_000_000_000L / perSecond;
    long first = System.nanoTime() + step - warmedUp * step; // when message 0 would have been due
    for (int i = warmedUp; i < count; i++) {
      Payload.fill(message, messageBytes, i);
      awaitTime(first + i * step);
      sender.send(message, messageBytes);
    }
    sender.flush();
    join();
    Histogram histogram = new Histogram(3);
    for (int i = count - measured; i < count; i++) {
      long last = 0;
      for (Consuming consumer : consumers) {
        long time = consumer.timeOf(i) - (first + i * step);
        last = Math.max(last, time);
        if (each) {
          histogram.recordValue(Math.max(0, time));
        }
      }
      if (!each) {
        histogram.recordValue(last);
      }
    }
    return histogram;
  }

  /** Sends for a time, waits until all has arrived, and returns how many messages that were. */
  private int warmUp(Peer.Sender sender, byte[] message, int perSecond, long millis)
      throws Exception {
    long step = 1_000_000_000L / perSecond;
    long began = System.nanoTime();
    long due = began;
    int seq = 0;
    while (System.nanoTime() - began < millis * 1_000_000) {
      for (int i = 0; i < PROGRESS_STEP; i++) {
        awaitTime(due);
        Payload.fill(message, messageBytes, seq++);
        sender.send(message, messageBytes);
        due = System.nanoTime() + step; // not made up for: a burst may take other ways
      }
      sender.flush();
      while (slowest() < seq - PROGRESS_STEP) {
        check();
        LockSupport.parkNanos(SPIN_NANOS);
      }
    }
    while (slowest() < seq) {
      check();
      LockSupport.parkNanos(SPIN_NANOS);
    }
    return seq;
  }

  /** Sleeps, and spins at the end, because a sleep ends late. */
  private static void awaitTime(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      if (left > SPIN_NANOS) {
        LockSupport.parkNanos(left - SPIN_NANOS);
      } else {
        Thread.onSpinWait();
      }
    }
  }

  /** What one consumer has received. */
  private final class Consuming implements Peer.Sink {
    final AtomicLong progress = new AtomicLong();
    private final Payload.Check check = new Payload.Check(messageBytes);
    long @Nullable [] times;
    private long next;

    @Override
    public boolean accept(byte[] bytes, int offset, int length) {
      return arrived(Payload.matches(bytes, offset, length, messageBytes, next));
    }

    @Override
    public boolean accept(ByteBuffer message) {
      return arrived(check.matches(message, messageBytes, next));
    }

    private boolean arrived(boolean matches) {
      if (!matches) {
        throw new IllegalStateException("message " + next + " is not what was sent");
      }
      long[] into = times;
      if (into != null) {
        into[(int) next] = System.nanoTime();
      }
      next++;
      if ((next & PROGRESS_STEP - 1) == 0) {
        progress.lazySet(next);
      }
      return next != total;
    }

    long timeOf(int seq) {
      long[] taken = times;
      if (taken == null) {
        throw new IllegalStateException("no times were taken");
      }
      return taken[seq];
    }
  }
}
