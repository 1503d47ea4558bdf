package io.hydrasync.cli;

import io.hydrasync.client.ClientBuilder;
import io.hydrasync.protocol.Wire;
import java.util.Optional;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Whether to speak the wire of the Rust crate, and as which version of it. */
final class ClassicOption {
  @Option(
      names = "--classic",
      arity = "0..1",
      paramLabel = "VERSION",
      parameterConsumer = VersionIfGiven.class,
      description =
          "Speak the wire of the Rust crate hydra-sync instead, as 1.0.0-beta.6 or the version"
              + " given. It cannot resume, and loss, repetition and an early end go unnoticed;"
              + " what needs wire 2 is refused.")
  private Optional<String> version = Optional.empty();

  /** Takes what follows only if it can be a version, since a ticket may follow as well. */
  static final class VersionIfGiven implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> args, ArgSpec option, CommandSpec command) {
      boolean given = !args.isEmpty() && args.peek().matches("[0-9]+\\.[0-9]+[!-~]*");
      option.setValue(Optional.of(given ? args.pop() : ""));
    }
  }

  boolean isGiven() {
    return version.isPresent();
  }

  /** The same for another command: options behind a blank, or nothing. */
  String arguments() {
    return version.map(text -> text.isEmpty() ? " --classic" : " --classic " + text).orElse("");
  }

  /**
   * Chooses the wire.
   *
   * @throws IllegalArgumentException if what was given cannot be a version
   */
  void apply(ClientBuilder<?> builder) {
    if (isGiven()) {
      builder.wire(Wire.CLASSIC);
      version.filter(text -> !text.isEmpty()).ifPresent(builder::classicVersion);
    }
  }

  /**
   * Refuses an option that only wire 2 can fulfil and that no client would notice.
   *
   * @throws IllegalArgumentException if it is given beside {@code --classic}
   */
  void refuse(boolean given, String option) {
    if (isGiven() && given) {
      throw new IllegalArgumentException(
          option + " needs wire 2; leave it out, or leave out --classic");
    }
  }
}
