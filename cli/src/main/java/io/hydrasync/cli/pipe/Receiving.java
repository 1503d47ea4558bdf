package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Figures;
import io.hydrasync.cli.exit.BeginningGoneException;
import io.hydrasync.cli.exit.FewerMessagesException;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.StreamTruncatedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Messages from a consumer to where they belong. A signal ends it behind a whole message, with all
 * of the output written and noted. For one thread.
 */
public final class Receiving {
  /** How much output a killed recv has to fetch again at most. */
  private static final long NOTE_BYTES = 1 << 20;

  private static final long STOP_SECONDS = 5;

  private final HydraConsumer consumer;
  private final Console console;
  private final PayloadSink sink;
  private final Figures figures;
  private final Losses losses;
  private final Optional<PositionFile> positions;
  private final NextMessage next;
  private final ProducerPresence presence;
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile boolean stopping;
  private Optional<HydraConsumer.Start> start = Optional.empty();

  public Receiving(
      HydraConsumer consumer,
      Console console,
      PayloadSink sink,
      Figures figures,
      Losses losses,
      Optional<PositionFile> positions,
      Optional<Duration> idleTimeout) {
    this.consumer = consumer;
    this.console = console;
    this.sink = sink;
    this.figures = figures;
    this.losses = losses;
    this.positions = positions;
    presence = new ProducerPresence(consumer, console);
    next =
        new NextMessage(
            consumer::isReady, consumer::receive, idleTimeout, System::nanoTime, presence::look);
  }

  /**
   * What is asked for.
   *
   * @param messages how many; empty for all there are
   * @param start where to begin, unless a position says that
   * @param silentRefusal a refusal looks like the end: on the earlier classic wires
   */
  public record Wanted(
      OptionalLong messages, Optional<HydraConsumer.Start> start, boolean silentRefusal) {
    long most() {
      return messages.orElse(Long.MAX_VALUE);
    }
  }

  /**
   * Receives until the session's end, or as much as is asked for, or until nothing has come for too
   * long.
   */
  public void run(Wanted wanted) throws IOException {
    Thread hook = new Thread(this::stop, "recv-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      start = wanted.start;
      receive(wanted.most());
      finish(wanted);
    } catch (IOException | RuntimeException e) {
      if (!stopping) {
        losses.addTo(e);
        throw e; // otherwise it comes again behind what was noted
      }
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
      ByteBuffer message = next();
      if (message == null) {
        break;
      }
      if (figures.messages() == 0 && start.equals(Optional.of(HydraConsumer.Start.OLDEST))) {
        RecvEvents.tellBegin(console, consumer.missedBefore());
      }
      int length = message.remaining();
      sink.write(message);
      figures.count(length);
      presence.message();
      boolean note = sink.isFinal() || sink.bytes() - noted >= NOTE_BYTES;
      if ((note && positions.isPresent()) || !consumer.isReady()) {
        flush(); // whoever reads our output must not wait for the next message
        noted = sink.bytes();
      }
    }
  }

  private void finish(Wanted wanted) throws IOException {
    if (!stopping) {
      boolean nothing = wanted.most() > 0 && figures.messages() == 0;
      if (wanted.silentRefusal && nothing && !next.isIdle()) {
        throw new SessionTruncatedException(
            "the relay closed the connection before any message. On the classic wire that is also"
                + " how it refuses: for the version (--classic VERSION), or because no producer is"
                + " there");
      }
      sink.open(); // an empty session is an empty file
    }
    flush(true);
    if (!stopping && next.isIdle()) {
      RecvEvents.tellIdle(console);
    }
  }

  /**
   * Whether fewer messages came than were asked for. A signal that ended it is another matter.
   *
   * @throws FewerMessagesException if so
   */
  public void checkCount(Wanted wanted) throws FewerMessagesException {
    long came = figures.messages();
    if (!stopping && wanted.messages.isPresent() && came < wanted.most()) {
      throw new FewerMessagesException(came, wanted.most(), next.isIdle());
    }
  }

  /** The next message; null at the end, and where a signal has closed the consumer. */
  private @Nullable ByteBuffer next() throws IOException {
    while (true) {
      try {
        return next.await();
      } catch (ClosedException | IllegalStateException e) {
        if (!stopping) {
          throw e;
        }
        return null;
      } catch (StreamTruncatedException e) {
        if (!losses.areAllowed()) {
          throw lost(e);
        }
        losses.report(e);
        start = Optional.empty(); // what follows is another stream
      } catch (HydraException e) {
        throw lost(e);
      }
    }
  }

  /**
   * Notes how far this run has come. What is missing counts as told: the next run goes on behind it
   * and does not end in the same place for ever. Only a beginning that is missing leaves everything
   * as it was.
   */
  private HydraException lost(HydraException loss) throws IOException {
    boolean wantsAll = start.equals(Optional.of(HydraConsumer.Start.BEGINNING));
    boolean begins = wantsAll && figures.messages() == 0;
    if (begins && loss instanceof GapException gap && gap.from() == 0) {
      throw new BeginningGoneException(gap);
    }
    if (!stopping && positions.isPresent() && consumer.position().isPresent()) {
      sink.open();
      flush(true);
    }
    return loss;
  }

  private void flush() throws IOException {
    flush(false);
  }

  /**
   * The output first, then the note: what is noted has certainly been written.
   *
   * @param last whether no other note follows, so that this one is forced
   */
  private void flush(boolean last) throws IOException {
    sink.flush();
    Optional<Position> position = consumer.position();
    if (positions.isEmpty() || position.isEmpty()) {
      return;
    }
    PositionFile notes = positions.get();
    boolean force = last || notes.isForceDue();
    long began = System.nanoTime();
    if (force) {
      sink.force();
    }
    notes.write(position.get(), sink.bytes(), force);
    if (force) {
      notes.forced(began);
    }
  }

  /** Runs as a shutdown hook. */
  private void stop() {
    stopping = true;
    sink.stop();
    consumer.close();
    try {
      done.await(STOP_SECONDS, TimeUnit.SECONDS); // whoever reads our output may be stuck
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
