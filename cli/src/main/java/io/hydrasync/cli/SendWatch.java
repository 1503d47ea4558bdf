package io.hydrasync.cli;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.ProducerState;
import io.hydrasync.protocol.HydraException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Looks after the connection of {@code hydra send}, which may wait for its input for hours: tells
 * when it is lost and regained, and ends the process when it is lost for good. Thread-safe.
 */
final class SendWatch {
  private static final long GRACE_SECONDS = 1;
  private static final long ABORT_SECONDS = 2;

  private final CommandLine command;
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "send-stop");
  private volatile @Nullable HydraProducer producer;
  private volatile boolean stopping;
  private volatile boolean lost;
  private volatile boolean superseded;

  SendWatch(CommandLine command) {
    this.command = command;
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
        say("the connection to the relay is lost; trying to get it back");
      }
      case CONNECTED -> {
        if (lost) {
          lost = false;
          say("connected again, nothing is lost");
        }
      }
      case SUPERSEDED -> superseded = true;
      case FAILED -> {
        Thread thread = new Thread(this::endIfIdle, "send-watch");
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  /** Whoever sends finds out by itself, unless it waits for input. */
  private void endIfIdle() {
    HydraProducer failed = producer;
    try {
      if (failed != null && !done.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        failed.flush();
      }
    } catch (HydraException e) {
      System.exit(Failures.report(e, command));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** When all has been sent. */
  void checkWhole() throws IOException {
    if (superseded) {
      throw new IOException(
          "another producer has written into this session while the connection was lost: what the"
              + " relay had not acknowledged by then is missing");
    }
  }

  /** Whether a signal is ending the process. */
  boolean isStopping() {
    return stopping;
  }

  /** The command has come to its end; does nothing to a producer that has been closed. */
  void done() {
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
    if (last == null) {
      return;
    }
    Thread abort = new Thread(last::abort, "send-abort");
    abort.setDaemon(true);
    abort.start();
    try {
      abort.join(TimeUnit.SECONDS.toMillis(ABORT_SECONDS)); // a call in progress may be stuck
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void say(String what) {
    PrintWriter err = command.getErr();
    err.println(command.getCommandSpec().qualifiedName() + ": " + what);
    err.flush();
  }
}
