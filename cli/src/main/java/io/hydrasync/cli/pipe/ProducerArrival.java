package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Console;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Comes again and again to a relay that takes no consumer before its producer, as the Rust crate's
 * does; others let consumers wait. For one thread.
 */
public final class ProducerArrival {
  private final Console console;
  private final Optional<Duration> patience;

  /**
   * Somebody who waits.
   *
   * @param patience for how long; empty for ever
   */
  public ProducerArrival(Console console, Optional<Duration> patience) {
    this.console = console;
    this.patience = patience;
  }

  /**
   * Connects as soon as there is a producer.
   *
   * @return the consumer; empty if none came in time, which is told
   * @throws io.hydrasync.protocol.HydraException any other refusal
   */
  public Optional<HydraConsumer> await(Supplier<HydraConsumer> connect)
      throws InterruptedException {
    long began = System.nanoTime();
    boolean told = false;
    while (true) {
      try {
        return Optional.of(connect.get());
      } catch (RelayException e) {
        if (e.code() != ErrorCode.NO_SESSION) {
          throw e;
        }
        if (!told) {
          RecvEvents.tellAbsence(console);
          told = true;
        }
        long left = patience.map(Duration::toNanos).orElse(Long.MAX_VALUE);
        left -= patience.isPresent() ? System.nanoTime() - began : 0;
        if (left <= 0) {
          RecvEvents.tellIdle(console);
          return Optional.empty();
        }
        long pause = e.retryAfter().map(Duration::toNanos).orElse(0L);
        TimeUnit.NANOSECONDS.sleep(Math.min(pause, left));
      }
    }
  }
}
