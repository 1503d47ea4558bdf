package io.hydrasync.cli.option;

import io.hydrasync.cli.process.Inherited;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/**
 * The file in which the keys of relays are remembered. One that the user names has to be usable;
 * the one by default does without a home directory that can be written to.
 */
public final class KnownRelaysFile {
  @Option(
      names = "--known-relays",
      paramLabel = "FILE",
      description =
          "Where the keys of relays are remembered at the first use, for when neither --relay-key"
              + " nor a ticket gives one. Default: hydra/known_relays in $XDG_CONFIG_HOME or"
              + " ~/.config; if there is none, or nothing can be written there, a key is trusted for"
              + " this run only.")
  private Optional<Path> file = Optional.empty();

  /** Whether the user named it. */
  public boolean isGiven() {
    return file.isPresent();
  }

  /**
   * The file.
   *
   * @throws IllegalArgumentException if the user has not named one and has no home directory
   */
  public Path path() {
    return place()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no home directory for the known relays; name a file with"
                        + " --known-relays"));
  }

  private Optional<Path> place() {
    return file.or(() -> byDefault(System.getenv(), System.getProperty("user.home", "")));
  }

  /** Nothing in the current directory: what is not absolute counts as not set. */
  public static Optional<Path> byDefault(Map<String, String> environment, String userHome) {
    return Optional.ofNullable(Inherited.variable(environment, "XDG_CONFIG_HOME"))
        .flatMap(KnownRelaysFile::absolute)
        .or(
            () ->
                absolute(environment.getOrDefault("HOME", ""))
                    .or(() -> absolute(userHome)) // "?" where the system does not know
                    .map(home -> home.resolve(".config")))
        .map(config -> config.resolve("hydra").resolve("known_relays"));
  }

  private static Optional<Path> absolute(String text) {
    try {
      return Optional.of(Path.of(text)).filter(Path::isAbsolute);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The key that is remembered for a relay, or the two that it may have. Writes nothing. */
  public Optional<RelayKeys> find(String relay) {
    return place()
        .filter(path -> isGiven() || isThere(path))
        .flatMap(path -> new KnownRelays(path).keys(relay));
  }

  /** Not there, or behind a directory that is not ours or is none. */
  private static boolean isThere(Path path) {
    try {
      path.getFileSystem().provider().checkAccess(path);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Where keys are remembered in this run.
   *
   * @param relays a file, or this process's memory
   * @param problem why it is no file
   */
  record Memory(KnownRelays relays, Optional<String> problem) {
    private static Memory only(String problem) {
      return new Memory(KnownRelays.inMemory(), Optional.of(problem));
    }
  }

  /** Where a relay is found, or can be remembered. */
  Memory open(String relay) {
    return file.or(this::place)
        .map(path -> isGiven() ? known(path) : open(path, relay))
        .orElseGet(() -> Memory.only("there is no home directory"));
  }

  private static Memory known(Path path) {
    return new Memory(new KnownRelays(path), Optional.empty());
  }

  private static Memory open(Path path, String relay) {
    boolean found = isThere(path) && new KnownRelays(path).find(relay).isPresent();
    return found || isWritable(path) ? known(path) : Memory.only(path + " cannot be written");
  }

  /** Tries it: of a read-only file system, or a full one, modes say nothing. */
  private static boolean isWritable(Path path) {
    try {
      Path target = target(path);
      if (!Files.exists(target) || Files.isRegularFile(target)) {
        Path directory = Files.createDirectories(target.getParent());
        Files.delete(Files.createTempFile(directory, ".hydra", ".tmp"));
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static Path target(Path path) throws IOException {
    try {
      return path.toRealPath();
    } catch (NoSuchFileException e) {
      return path;
    }
  }
}
