package io.hydrasync.cli.keys;

import java.io.Closeable;
import java.io.IOError;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The keys of this process's terminal, each as soon as it is pressed and not shown. It takes a
 * while to open the terminal, so that happens on a thread of its own; until then nothing is typed.
 * If the terminal is lost, it is opened again a few times; if it cannot be had, there are no keys.
 * Thread-safe.
 */
public final class Keyboard implements AutoCloseable {
  private static final long LOOK_MILLIS = 200;
  private static final long PAUSE_MILLIS = 100;

  /** What opens the terminal may be gone for a moment, as where a busy system starts no process. */
  private static final int MOST_FAILURES = 5;

  /** JLine takes a read that returns at once and without a key for the end, once or for good. */
  private static final int MOST_ENDS = 20;

  /** A program that is asked to give the terminal back may hang; whoever typed q does not. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final BlockingQueue<Key> keys = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Opening<?> opening;
  private final Duration patience;
  private final Thread thread;
  private volatile boolean ready;

  /** Opens a terminal for its keys. */
  interface Opening<T extends KeyDecoder.Input & Closeable> {
    T open() throws IOException;
  }

  Keyboard(Opening<?> opening, Duration patience) {
    this.opening = opening;
    this.patience = patience;
    thread = new Thread(this::run, "hydra-keys");
    thread.setDaemon(true);
    thread.start();
  }

  /** This process's terminal's. */
  public static Keyboard open() {
    return new Keyboard(RawTerminal::open, PATIENCE);
  }

  /** Whether keys are read. */
  public boolean isReady() {
    return ready;
  }

  /** The next key, or {@link Key.Kind#NONE} after so long. */
  public Key next(long millis) throws InterruptedException {
    Key key = keys.poll(millis, TimeUnit.MILLISECONDS);
    return key == null ? Key.of(Key.Kind.NONE) : key;
  }

  /** As if something had been typed. */
  public void put(Key key) {
    keys.add(key);
  }

  private void run() {
    try {
      for (int failures = 0; failures < MOST_FAILURES; failures++) {
        read(opening);
        show(false);
        if (closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until this is closed, or the terminal fails. */
  private <T extends KeyDecoder.Input & Closeable> void read(Opening<T> from)
      throws InterruptedException {
    try (T terminal = from.open()) {
      KeyDecoder decoder = new KeyDecoder(terminal);
      show(true);
      int ends = 0;
      while (ends < MOST_ENDS && closed.getCount() > 0) {
        Key key = decoder.next(LOOK_MILLIS);
        if (key.kind() == Key.Kind.CLOSED) {
          ends++;
          closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
          continue;
        }
        ends = 0;
        if (key.kind() != Key.Kind.NONE) {
          keys.add(key);
        }
      }
    } catch (IOException | RuntimeException | IOError e) {
      // the screen goes on without keys, and says so; Ctrl-C ends it
    }
  }

  private void show(boolean nowReady) {
    ready = nowReady;
    keys.add(Key.of(Key.Kind.OTHER)); // so that it is drawn
  }

  /** When this returns, the terminal is as it was, or has not been given back in time. */
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join(patience.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
