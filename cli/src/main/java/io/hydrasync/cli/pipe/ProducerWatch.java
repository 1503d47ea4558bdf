package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.FailureReport;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.ProducerState;
import io.hydrasync.client.Unread;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.HydraException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Looks after the connection of a command that sends, which may wait for its input for hours: tells
 * when it is lost and regained, ends the process when it is lost for good, and ends the session
 * when a signal ends the process. Thread-safe.
 */
public final class ProducerWatch {
  private static final long GRACE_SECONDS = 1;
  private static final long STOP_SECONDS = 5;

  /** For the end of a session that a signal ends; its giving up takes some time, too. */
  private static final Duration END_TIME = Duration.ofSeconds(STOP_SECONDS - 2);

  /** What becomes of the session. */
  public enum Ending {
    /** It is over: consumers have the whole. */
    END,
    /** This stream is over, another one may follow: consumers wait for the next producer. */
    LEAVE,
    /** It is over, and consumers are told that what they have is not the whole. */
    ABORT,
    /** The connection breaks off: whoever comes next opens another stream. */
    BREAK
  }

  private final CommandLine command;
  private final Console console;
  private final Supplier<Ending> onSignal;
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "producer-stop");
  private volatile @Nullable HydraProducer producer;
  private volatile Runnable afterwards = () -> {};
  private volatile boolean stopping;
  private volatile boolean lost;
  private volatile boolean givenUp;
  private volatile boolean superseded;
  private long unreadTold; // under this watch's monitor, until it has been printed

  /**
   * A watch.
   *
   * @param onSignal what a signal means at the moment it comes
   */
  public ProducerWatch(CommandLine command, Console console, Supplier<Ending> onSignal) {
    this.command = command;
    this.console = console;
    this.onSignal = onSignal;
  }

  /** To be done once a signal has ended the session; to be said before {@link #connected}. */
  public void afterwards(Runnable work) {
    afterwards = work;
  }

  /** To be told before anything is sent. */
  void connected(HydraProducer value) {
    producer = value;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** For {@code onStateChange}. */
  void changed(ProducerState state) {
    switch (state) {
      case RECONNECTING -> {
        lost = true;
        console.say(
            Json.event("reconnecting"),
            "the connection to the relay is lost; trying to get it back");
      }
      case CONNECTED -> {
        if (lost) {
          lost = false;
          console.say(Json.event("reconnected"), "connected again");
        }
      }
      case SUPERSEDED -> superseded = true;
      case FAILED -> {
        Thread thread = new Thread(this::endIfIdle, "producer-watch");
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  /** For {@code onUnread}: told once, though it may be said each second. */
  synchronized void unread(Unread unread) {
    if (unreadTold > 0) {
      return;
    }
    long frames = unread.frames();
    unreadTold = frames;
    boolean first = frames == unread.oldest();
    String count = first && frames == 1 ? "" : frames + " ";
    console.say(
        Json.event("unread").with("frames", frames).with("oldest", unread.oldest()),
        "nobody has taken "
            + (first ? "the first " : "")
            + count
            + (frames == 1 ? "frame" : "frames")
            + " of this stream, and the relay has let go of "
            + (frames == 1 ? "it" : "them"));
  }

  /** What was told once, while it still grew, is put right at the end. */
  private synchronized void tellUnreadInAll(long frames) {
    if (frames > unreadTold) {
      unreadTold = frames;
      console.say(
          Json.event("unread").with("frames", frames),
          "in all, the relay has let go of "
              + Units.count(frames, "frame")
              + " of this stream that nobody had taken");
    }
  }

  /** Whoever sends finds out by itself, unless it waits for input. */
  private void endIfIdle() {
    HydraProducer failed = producer;
    try {
      if (failed != null && !done.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        failed.flush();
      }
    } catch (ClosedException e) {
      // the command has come to its end meanwhile
    } catch (HydraException e) {
      givenUp = true;
      console.close();
      System.exit(FailureReport.report(e, command));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** When all has been sent. */
  public void finish(Ending ending) throws IOException {
    HydraProducer last = producer;
    if (last != null) {
      finish(last, ending);
      tellUnreadInAll(last.unreadFrames());
    }
    if (superseded) {
      throw new IOException(
          "another producer has written into this session while the connection was lost: what the"
              + " relay had not acknowledged by then is missing");
    }
  }

  private static void finish(HydraProducer producer, Ending ending) {
    switch (ending) {
      case END -> producer.close();
      case LEAVE -> producer.leave();
      case ABORT -> producer.abort();
      case BREAK -> {} // the process does that
    }
  }

  /** Whether a signal is ending the process. */
  public boolean isStopping() {
    return stopping;
  }

  /** The command has come to its end; does nothing to a producer that has been closed. */
  public void done() {
    done.countDown();
    HydraProducer last = producer;
    if (last != null && !stopping) {
      Runtime.getRuntime().removeShutdownHook(hook);
      last.abort();
    }
  }

  /** Runs as a shutdown hook. */
  private void stop() {
    stopping = true;
    HydraProducer last = producer;
    Ending ending = onSignal.get();
    if (last == null || givenUp) {
      return;
    }
    console.close();
    Thread end = new Thread(() -> endQuietly(last, ending), "producer-end");
    end.setDaemon(true);
    end.start();
    try {
      end.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS)); // a call in progress may be stuck
      if (end.isAlive()) {
        console.say(Json.event("warning"), "the relay did not take the end of the session in time");
      }
      afterwards.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void endQuietly(HydraProducer last, Ending ending) {
    try {
      if (ending == Ending.END) {
        last.close(END_TIME);
      } else {
        finish(last, ending);
      }
    } catch (HydraException e) {
      console.say(Json.event("warning"), Failures.describe(e));
    }
  }
}
