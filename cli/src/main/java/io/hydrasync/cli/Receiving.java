package io.hydrasync.cli;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Messages from a consumer to where they belong. A signal ends it behind a whole message, with all
 * of the output written and noted. For one thread.
 */
final class Receiving {
  /** How much output a killed recv has to fetch again at most. */
  private static final long NOTE_BYTES = 1 << 20;

  private static final long STOP_SECONDS = 5;

  private final HydraConsumer consumer;
  private final Console console;
  private final PayloadSink sink;
  private final Figures figures;
  private final Optional<PositionFile> positions;
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile boolean stopping;

  Receiving(
      HydraConsumer consumer,
      Console console,
      PayloadSink sink,
      Figures figures,
      Optional<PositionFile> positions) {
    this.consumer = consumer;
    this.console = console;
    this.sink = sink;
    this.figures = figures;
    this.positions = positions;
  }

  /**
   * Receives until the session's end.
   *
   * @param most how many messages at most
   */
  void run(long most) throws IOException {
    Thread hook = new Thread(this::stop, "recv-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      receive(most);
    } catch (IOException | RuntimeException e) {
      if (!stopping) {
        throw e;
      }
      flush(); // the signal has closed the consumer
    } finally {
      if (stopping) {
        console.close();
      }
      done.countDown();
      if (!stopping) {
        removeHook(hook);
      }
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // a signal came at this moment
    }
  }

  private void receive(long most) throws IOException {
    long noted = sink.bytes();
    while (figures.messages() < most && !stopping) {
      ByteBuffer message = consumer.receive();
      if (message == null) {
        break;
      }
      int length = message.remaining();
      sink.write(message);
      figures.count(length);
      boolean note = sink.isFinal() || sink.bytes() - noted >= NOTE_BYTES;
      if ((note && positions.isPresent()) || !consumer.isReady()) {
        flush(); // whoever reads our output must not wait for the next message
        noted = sink.bytes();
      }
    }
    flush();
  }

  /** The output first, then the note: what is noted has certainly been written. */
  private void flush() throws IOException {
    sink.flush();
    Optional<Position> position = consumer.position();
    if (positions.isPresent() && position.isPresent()) {
      positions.get().write(position.get(), sink.bytes());
    }
  }

  /** Runs as a shutdown hook. */
  private void stop() {
    stopping = true;
    consumer.close();
    try {
      done.await(STOP_SECONDS, TimeUnit.SECONDS); // whoever reads our output may be stuck
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
