package io.hydrasync.cli.option;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.exit.NoConsumersException;
import io.hydrasync.client.HydraProducer;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** For whom a command that sends waits before it does. */
public final class WaitOptions {
  private static final Duration LONG = Duration.ofDays(1);

  @Option(
      names = "--wait-consumers",
      paramLabel = "N",
      description =
          "Send nothing, and read nothing that is to be sent, before N consumers are connected."
              + " Default: 1 for a file or stdin as a whole; 0 with --lines, --keep or --classic, and"
              + " for share.")
  private Optional<Integer> consumers = Optional.empty();

  @Option(
      names = "--wait-timeout",
      paramLabel = "DURATION",
      description =
          "How long to wait for these; then the session is given up, and the exit code is 6."
              + " Default: for ever.")
  private Optional<Duration> timeout = Optional.empty();

  /**
   * Makes sure that the options fit together.
   *
   * @param byDefault how many consumers are waited for if that was not said
   */
  public void check(ClassicOption classic, int byDefault) {
    if (consumers(byDefault) < 0) {
      throw new IllegalArgumentException("--wait-consumers is not negative");
    }
    classic.refuse(consumers(byDefault) > 0, "--wait-consumers");
    classic.refuse(timeout.isPresent(), "--wait-timeout");
    if (timeout.isPresent() && consumers(byDefault) == 0) {
      throw new IllegalArgumentException(
          "--wait-timeout belongs to --wait-consumers N; without it this waits for nobody");
    }
  }

  private int consumers(int byDefault) {
    return consumers.orElse(byDefault);
  }

  /**
   * Waits, and says so.
   *
   * @throws NoConsumersException when the time is over
   */
  public void await(HydraProducer producer, Console console, int byDefault)
      throws IOException, InterruptedException {
    int wanted = consumers(byDefault);
    if (wanted == 0) {
      return;
    }
    console.tell(
        Json.event("waiting").with("consumers", wanted),
        "waiting for " + wanted + (wanted == 1 ? " consumer" : " consumers"));
    while (!producer.awaitConsumers(wanted, timeout.orElse(LONG))) {
      int came = producer.consumers();
      if (timeout.isPresent() && came < wanted) {
        throw new NoConsumersException(came, wanted);
      }
    }
  }
}
