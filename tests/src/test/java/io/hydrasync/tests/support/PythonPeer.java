package io.hydrasync.tests.support;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Starts the peers in {@code src/test/python}. They need Python with the package {@code
 * cryptography} (Debian: {@code python3-cryptography}).
 */
public final class PythonPeer {
  private static final Path SCRIPTS = Path.of("src", "test", "python");
  private static final Optional<String> PYTHON = find();

  private PythonPeer() {}

  private static Optional<String> find() {
    for (String candidate : List.of("python3", "/usr/bin/python3")) {
      try (PeerProcess probe = PeerProcess.start(List.of(candidate, "-c", "import cryptography"))) {
        if (probe.exitCode() == 0) {
          return Optional.of(candidate);
        }
      } catch (IOException e) {
        // there is none of this name
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return Optional.empty();
  }

  /** Skips the test where there is no Python that can run a peer. */
  public static void assumeInstalled() {
    Tools.assume(
        PYTHON.isPresent(),
        "the interoperability tests need python3 with cryptography (Debian: python3-cryptography)");
  }

  public static PeerProcess start(String script, List<String> arguments) throws IOException {
    return PeerProcess.start(command(script, arguments));
  }

  /** As {@link #start}, with its standard error among its output. */
  public static PeerProcess startWithErrors(String script, List<String> arguments)
      throws IOException {
    return PeerProcess.startWithErrors(new ProcessBuilder(command(script, arguments)));
  }

  private static List<String> command(String script, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(PYTHON.orElseThrow());
    command.add(SCRIPTS.resolve(script).toString());
    command.addAll(arguments);
    return command;
  }
}
