package io.hydrasync.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The file in which the keys of relays are remembered. */
final class KnownRelaysFile {
  @Option(
      names = "--known-relays",
      paramLabel = "FILE",
      description =
          "Where the keys of relays are remembered at the first use, for when neither --relay-key"
              + " nor a ticket gives one. Default: hydra/known_relays in $XDG_CONFIG_HOME or"
              + " ~/.config.")
  private Optional<Path> file = Optional.empty();

  /** Whether the user named it. */
  boolean isGiven() {
    return file.isPresent();
  }

  Path path() {
    return file.orElseGet(() -> byDefault(System.getenv()));
  }

  static Path byDefault(Map<String, String> environment) {
    String base = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path config =
        base.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")))
                .resolve(".config")
            : Path.of(base);
    return config.resolve("hydra").resolve("known_relays");
  }
}
