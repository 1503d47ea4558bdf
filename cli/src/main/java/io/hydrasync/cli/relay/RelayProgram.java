package io.hydrasync.cli.relay;

import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.FatalExit;
import io.hydrasync.cli.log.LogSetup;
import io.hydrasync.cli.process.Signals;
import io.hydrasync.operator.AdminRequests;
import io.hydrasync.operator.OperatorHttp;
import io.hydrasync.operator.RelayLifecycle;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A relay as a program: from its start to the signal that ends it. The first SIGTERM or SIGINT
 * drains, the second ends the JVM at once; SIGHUP opens the log file and reads credentials and
 * limits again. Thread-safe.
 */
final class RelayProgram implements RelayLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(RelayProgram.class);

  /** What is beyond the drain's own bound: closing what is left, giving memory back. */
  private static final Duration CLOSE = Duration.ofSeconds(15);

  private final OperatorOptions options;
  private final Function<HydraServer, String> reload;
  private final Consumer<String> teller;
  private final CompletableFuture<HydraServer> server = new CompletableFuture<>();
  private final CompletableFuture<Boolean> drained = new CompletableFuture<>();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private Optional<OperatorHttp> http = Optional.empty();

  /**
   * A program that has not started.
   *
   * @param reload reads credentials and limits again into the relay and tells what has been read
   * @param teller says something on stderr
   */
  RelayProgram(
      OperatorOptions options, Function<HydraServer, String> reload, Consumer<String> teller) {
    this.options = options;
    this.reload = reload;
    this.teller = teller;
  }

  /** Binds the relay, and HTTP where it is asked for. */
  HydraServer start(HydraServer.Builder builder, String version) {
    HydraServer relay =
        builder.admin(new AdminRequests(this)).fatalErrorHandler(FatalExit::end).bind();
    server.complete(relay);
    try {
      http = options.http().map(address -> OperatorHttp.start(address, relay.operator(), version));
    } catch (RuntimeException e) {
      relay.close();
      throw e;
    }
    if (!Signals.handle("TERM", this::stop) | !Signals.handle("INT", this::stop)) {
      Runtime.getRuntime().addShutdownHook(new Thread(relay::close, "hydra-stop"));
    }
    Signals.handle("HUP", this::hangUp);
    return relay;
  }

  Optional<OperatorHttp> http() {
    return http;
  }

  /** Blocks until the relay has been drained. True if everybody had what was there. */
  boolean awaitEnd() {
    try {
      return drained.join();
    } finally {
      http.ifPresent(OperatorHttp::close);
    }
  }

  private void stop() {
    if (stopping.getAndSet(true)) {
      Runtime.getRuntime().halt(ExitCode.OTHER);
    }
    try {
      drain(drainDelay(), drainTimeout());
    } catch (Throwable e) { // there is no thread for it, for example: then without a drain
      FatalExit.end(e);
    }
  }

  @Override
  public Duration drainDelay() {
    return options.drainDelay();
  }

  @Override
  public Duration drainTimeout() {
    return options.drainTimeout();
  }

  @Override
  public void drain(Duration delay, Duration bound) {
    watch(delay.plus(bound).plus(CLOSE));
    server.join().drain(delay, bound).thenAccept(drained::complete);
  }

  /** Whatever happens, the program ends. */
  private static void watch(Duration bound) {
    Thread thread =
        new Thread(
            () -> {
              try {
                Thread.sleep(bound.toMillis());
                Runtime.getRuntime().halt(ExitCode.OTHER);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "hydra-stop-bound");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public String reload() {
    String what = reload.apply(server.join());
    LOG.info("reloaded: {}", what);
    return what;
  }

  /** What a signal asks for: first the log file, for what comes then is logged. */
  private void hangUp() {
    try {
      LogSetup.reopen();
    } catch (IOException e) {
      String what =
          "the log file cannot be opened again, the one that is open goes on: "
              + Failures.describe(e);
      LOG.warn("{}", what);
      teller.accept(what); // nobody may look into that one any more
    }
    try {
      reload();
    } catch (IllegalArgumentException e) {
      LOG.warn("not reloaded, everything stays as it is: {}", e.getMessage());
    }
  }
}
