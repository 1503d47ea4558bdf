package io.hydrasync.tests.faults;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads that send over one producer while they are interrupted, and note for each message whether
 * its call threw or returned, and whether it is certain since then that it has arrived.
 */
final class TakenWriters {
  /** Bytes of a message that say who sent it and which one it is. */
  static final int HEADER = 8;

  private static final int MOST_MESSAGES = 200_000;
  private static final byte THREW = 'T';
  private static final byte RETURNED = 'R';

  private final HydraProducer producer;
  private final Sizes sizes;
  private final Writer[] writers;
  private final Thread[] threads;
  private final AtomicLong bytesLeft;
  private final AtomicInteger outOfMemory = new AtomicInteger();
  private volatile boolean over;

  /**
   * How large messages are.
   *
   * @param small most of them, at most
   * @param large one in twenty, at most
   * @param huge one in 400, at most
   */
  record Sizes(int small, int large, int huge) {
    int of(Random random) {
      int kind = random.nextInt(400);
      return HEADER + random.nextInt(kind == 0 ? huge : kind < 20 ? large : small);
    }
  }

  /**
   * What has become of a thread's messages.
   *
   * @param outcomes {@code T} for a call that threw, {@code R} for one that returned
   * @param certain all that returned below this number have arrived
   */
  record Ledger(String outcomes, int certain) {
    boolean threw(int number) {
      return outcomes.charAt(number) == THREW;
    }

    @Override
    public String toString() {
      return certain + ":" + outcomes;
    }

    static Ledger parse(String line) {
      String[] parts = line.split(":", 2);
      return new Ledger(parts[1], Integer.parseInt(parts[0]));
    }
  }

  TakenWriters(HydraProducer producer, int count, Sizes sizes, long bytes, Random seeds) {
    this.producer = producer;
    this.sizes = sizes;
    bytesLeft = new AtomicLong(bytes);
    writers = new Writer[count];
    threads = new Thread[count];
    for (int i = 0; i < count; i++) {
      writers[i] = new Writer(i, new Random(seeds.nextLong()));
      threads[i] = new Thread(writers[i]::run, "test-writer-" + i);
      threads[i].setDaemon(true);
    }
  }

  static byte[] message(int thread, int number, int size) {
    byte[] message = Fixture.message((long) thread << 32 | number, size);
    ByteBuffer.wrap(message).putInt(thread).putInt(number);
    return message;
  }

  void start() {
    for (Thread thread : threads) {
      thread.start();
    }
  }

  /** Interrupts one of them. */
  void interruptOne(Random random) {
    threads[random.nextInt(threads.length)].interrupt();
  }

  /** Whether there is something left to send. */
  boolean isBusy() {
    return !over && bytesLeft.get() > 0;
  }

  /** No more messages. */
  void stop() {
    over = true;
  }

  /** Waits until all have ended. */
  void join(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    for (Thread thread : threads) {
      thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      if (thread.isAlive()) {
        AssertionError hung = new AssertionError(thread.getName() + " hangs");
        hung.setStackTrace(thread.getStackTrace());
        throw hung;
      }
    }
  }

  /** All that has returned so far has arrived: everything was in the relay's log at the end. */
  void allArrived() {
    for (Writer writer : writers) {
      writer.certain = writer.count;
    }
  }

  /** How often there was no memory for a message. */
  int outOfMemory() {
    return outOfMemory.get();
  }

  /** What has become of all messages, once all threads have ended. */
  Ledger[] ledgers() {
    Ledger[] ledgers = new Ledger[writers.length];
    for (int i = 0; i < writers.length; i++) {
      Writer writer = writers[i];
      if (writer.failure != null) {
        throw new AssertionError("writer " + i, writer.failure);
      }
      StringBuilder outcomes = new StringBuilder(writer.count);
      for (int n = 0; n < writer.count; n++) {
        outcomes.append((char) writer.outcomes[n]);
      }
      ledgers[i] = new Ledger(outcomes.toString(), writer.certain);
    }
    return ledgers;
  }

  private final class Writer {
    private final int id;
    private final Random random;
    private final byte[] outcomes = new byte[MOST_MESSAGES];
    private int count;
    private int certain;
    private Throwable failure;

    Writer(int id, Random random) {
      this.id = id;
      this.random = random;
    }

    private void run() {
      try {
        while (isBusy() && count < MOST_MESSAGES) {
          if (random.nextInt(8) == 0) { // else the flag stays set for a while
            Thread.interrupted();
          }
          if (random.nextInt(400) == 0) {
            flush();
          } else if (!send()) {
            return;
          }
        }
      } catch (Throwable e) {
        failure = e;
      }
    }

    /** Sends a message; false if the producer is closed. */
    private boolean send() {
      int size = sizes.of(random);
      try {
        ByteBuffer message = ByteBuffer.wrap(message(id, count, size)); // if there is memory
        boolean taken = false;
        try {
          taken = call(message);
        } finally {
          outcomes[count++] = taken ? RETURNED : THREW; // no memory is needed up to here
          check(message.hasRemaining() != taken, "the position moves iff the message is taken");
        }
        bytesLeft.addAndGet(-size);
      } catch (ClosedException e) {
        return false;
      } catch (InterruptedOperationException e) {
        check(Thread.interrupted(), "the flag stays set");
      } catch (HydraException e) {
        check(!(e instanceof ProtocolException), "not a message's fault");
        Thread.yield(); // there is no connection, now or any more
      } catch (OutOfMemoryError e) {
        outOfMemory.incrementAndGet(); // which is part of it
      }
      return true;
    }

    private boolean call(ByteBuffer message) {
      switch (random.nextInt(6)) {
        case 0 -> {
          producer.broadcast(message.array());
          message.position(message.limit());
        }
        case 1 -> producer.broadcast(message);
        case 2 -> {
          ByteBuffer direct = ByteBuffer.allocateDirect(message.remaining());
          direct.put(message.duplicate()).flip();
          producer.broadcast(direct);
          message.position(message.limit() - direct.remaining());
        }
        case 3 -> {
          return producer.tryBroadcast(message);
        }
        default -> producer.write(message);
      }
      return true;
    }

    private void flush() {
      int before = count;
      try {
        if (random.nextBoolean()) {
          producer.flush();
        } else if (producer.flush(Duration.ofMillis(random.nextInt(200)))) {
          certain = before;
        }
      } catch (InterruptedOperationException e) {
        check(Thread.interrupted(), "the flag stays set");
      } catch (InterruptedException | HydraException | OutOfMemoryError e) {
        // once more later, if that helps
      }
    }
  }

  private static void check(boolean condition, String problem) {
    if (!condition) {
      throw new AssertionError(problem);
    }
  }
}
