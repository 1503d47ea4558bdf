package io.hydrasync.cli.relay;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.protocol.check.Reasons;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Collects all that is wrong with a relay's configuration. Not thread-safe. */
final class ConfigCheck {
  private final Set<String> problems = new LinkedHashSet<>();

  /** Something that fails where the configuration is wrong. */
  interface Step {
    void take() throws IOException;
  }

  /** A step of which what it says begins with the option that it is about. */
  static Step of(String option, Step step) {
    return () -> {
      try {
        step.take();
      } catch (IllegalArgumentException | IOException | UncheckedIOException e) {
        throw new IllegalArgumentException(option + ": " + Failures.describe(e), e);
      }
    };
  }

  void add(Collection<String> found) {
    problems.addAll(found);
  }

  /** Takes each of some steps, whatever has come of those before it. */
  void take(List<Step> steps) {
    for (Step step : steps) {
      try {
        step.take();
      } catch (IllegalArgumentException | IOException | UncheckedIOException e) {
        problems.add(Failures.describe(e));
      }
    }
  }

  /** That files can be made in a directory, which is made when absent. */
  void directory(String option, Optional<Path> given) {
    given.ifPresent(
        path -> {
          if (path.toString().isEmpty()) {
            problems.add(option + " is empty; leave it out, or name a directory");
          } else if (!Files.exists(path) || Files.isDirectory(path)) {
            unusable(path.toAbsolutePath()).ifPresent(why -> problems.add(option + ": " + why));
          }
        });
  }

  /** That a file can be read or, where it is absent and would be made, written. */
  void file(String option, Optional<Path> given) {
    given.ifPresent(
        path -> {
          if (path.toString().isEmpty()) {
            problems.add(option + " is empty; leave it out, or name a file");
          } else if (Files.isDirectory(path)) {
            problems.add(option + ": " + path + " is a directory");
          } else if (!Files.exists(path)) {
            unusable(path.toAbsolutePath().getParent())
                .ifPresent(why -> problems.add(option + ": " + why));
          } else if (!Files.isReadable(path)) {
            problems.add(option + ": " + path + ": " + Reasons.DENIED);
          }
        });
  }

  /** Why no file can be made in a directory, or in one that is made there. */
  private static Optional<String> unusable(Path directory) {
    Path there = directory;
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      return Optional.of(there + " is not a directory");
    }
    return Files.isWritable(there)
        ? Optional.empty()
        : Optional.of(there + " is a directory that cannot be written to");
  }

  /** In the order in which they were found. */
  List<String> problems() {
    return List.copyOf(problems);
  }
}
