package io.hydrasync.cli;

import io.hydrasync.client.ClientBuilder;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.protocol.RelayKey;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/**
 * Which relay to trust: the one whose key is given, or else the one that was there at the first
 * use.
 */
final class TrustOptions {
  @Option(
      names = "--relay-key",
      paramLabel = "B64",
      description = "The key that the relay must have; the relay prints it when it starts.")
  private Optional<RelayKey> relayKey = Optional.empty();

  @Option(
      names = "--known-relays",
      paramLabel = "FILE",
      description =
          "Where the keys of relays are remembered at the first use, for when neither --relay-key"
              + " nor a ticket gives one. Default: hydra/known_relays in $XDG_CONFIG_HOME or"
              + " ~/.config.")
  private Optional<Path> knownRelays = Optional.empty();

  private boolean firstUse;

  /** Pins the relay's key; {@code ticketKey} is what a ticket says. */
  void apply(ClientBuilder<?> builder, HostPort relay, Optional<RelayKey> ticketKey) {
    Optional<RelayKey> pinned = relayKey.or(() -> ticketKey);
    if (pinned.isPresent()) {
      builder.relayKey(pinned.get());
    } else {
      Path file = file(System.getenv());
      firstUse = new KnownRelays(file).find(relay.knownName()).isEmpty();
      builder.knownRelays(file);
    }
  }

  /** To be called when connected: tells about a first use. */
  void report(PrintWriter err, HostPort relay, RelayKey seen) {
    if (firstUse) {
      err.println(
          "first use of the relay "
              + relay
              + ": its key "
              + seen
              + " is remembered in "
              + file(System.getenv()));
      err.flush();
    }
  }

  Path file(Map<String, String> environment) {
    return knownRelays.orElseGet(
        () -> {
          String base = environment.getOrDefault("XDG_CONFIG_HOME", "");
          Path config =
              base.isEmpty()
                  ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")))
                      .resolve(".config")
                  : Path.of(base);
          return config.resolve("hydra").resolve("known_relays");
        });
  }
}
