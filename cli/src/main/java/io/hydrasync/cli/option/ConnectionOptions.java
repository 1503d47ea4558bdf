package io.hydrasync.cli.option;

import io.hydrasync.cli.secret.SecretText;
import io.hydrasync.cli.secret.Secrets;
import io.hydrasync.client.ClientBuilder;
import io.hydrasync.protocol.Credential;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How to get a connection to the relay, and get it back. */
public final class ConnectionOptions {
  @Option(
      names = "--credential",
      paramLabel = "@FILE",
      description =
          "For a relay that asks for one: 64 hex digits, as its operator issued them. Default: the"
              + " environment's "
              + Secrets.CREDENTIAL
              + ". Others on this machine can see it if it stands here without @FILE.")
  private Optional<String> credential = Optional.empty();

  @Option(
      names = "--reconnect-timeout",
      paramLabel = "DURATION",
      defaultValue = "120s",
      description =
          "How long to be without a connection before giving up; that of several losses adds up"
              + " until something new comes through. Default: ${DEFAULT-VALUE}; 0 = give up at the"
              + " first loss.")
  private Duration reconnectTimeout = Duration.ofSeconds(120);

  @Option(
      names = "--heartbeat",
      paramLabel = "DURATION",
      description =
          "How often to ask the relay whether it is there, 1s to 15s: a relay that says nothing for"
              + " three times as long is given up, and the next one is tried. Default: 15s.")
  private Optional<Duration> heartbeat = Optional.empty();

  public Duration reconnectTimeout() {
    return reconnectTimeout;
  }

  /** How often to ask the relay whether it is there, if something was said about it. */
  public Optional<Duration> heartbeat() {
    return heartbeat;
  }

  /** Whether reconnecting was asked for, and is not just the default. */
  static boolean isReconnectTimeoutGiven(CommandSpec spec) {
    return spec.commandLine().getParseResult().hasMatchedOption("--reconnect-timeout");
  }

  /**
   * Sets what every client needs.
   *
   * @return the same builder
   * @throws IllegalArgumentException if it is wrong
   */
  public <B extends ClientBuilder<B>> B apply(B builder) throws IOException {
    Optional<String> text = credential.or(() -> Secrets.environment(Secrets.CREDENTIAL));
    if (text.isPresent()) {
      builder.credential(
          SecretText.hex(text.get(), Credential.LENGTH, "a credential", Credential::of));
    }
    return builder;
  }
}
