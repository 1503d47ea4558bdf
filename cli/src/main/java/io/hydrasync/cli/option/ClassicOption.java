package io.hydrasync.cli.option;

import io.hydrasync.client.ClientBuilder;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.check.ClassicVersions;
import java.util.Optional;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Whether to speak the wire of the Rust crate, and as which version of it. */
public final class ClassicOption {
  @Option(
      names = "--classic",
      arity = "0..1",
      paramLabel = "VERSION",
      parameterConsumer = VersionIfGiven.class,
      description =
          "Speak the wire of the Rust crate hydra-sync instead, as 1.0.0-beta.6 or the version"
              + " given, 1.0.0-beta.2 to 1.0.0-beta.9. It cannot resume, and loss, repetition and"
              + " an early end go unnoticed; what needs wire 2 is refused. From 1.0.0-beta.7 on all"
              + " that is sent is packets of one length, which the relay says. A ticket says itself"
              + " which wire it is for.")
  private Optional<String> version = Optional.empty();

  private boolean fromTicket;
  private Optional<String> told = Optional.empty();

  /** Takes what follows only if it can be a version, since a ticket may follow as well. */
  public static final class VersionIfGiven implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> args, ArgSpec option, CommandSpec command) {
      boolean given = !args.isEmpty() && args.peek().matches("[0-9]+\\.[0-9]+[!-~]*");
      option.setValue(Optional.of(given ? args.pop() : ""));
    }
  }

  public boolean isGiven() {
    return version.isPresent();
  }

  /** The version that is spoken; to be asked on the classic wire, and behind {@link #agree}. */
  public String spoken() {
    return version.filter(text -> !text.isEmpty()).or(() -> told).orElse(ClassicVersions.DEFAULT);
  }

  /** Whether a relay answers a join, and all packets have one length. */
  public boolean isLater() {
    return isGiven() && ClassicVersions.isLater(spoken());
  }

  /**
   * Takes the wire and its version from a ticket. What is given here as well has to agree with it;
   * a version that only somebody who knows the relay can want has to be given here, too.
   *
   * @throws IllegalArgumentException if it does not agree
   */
  public void agree(Ticket ticket) {
    String named = version.orElse("");
    told = ticket.classicVersion();
    if (told.isEmpty() && isGiven()) {
      throw new IllegalArgumentException(
          "this ticket is for wire 2; leave out --classic, or take the ticket that 'send --classic'"
              + " prints, which begins with hydra+classic:");
    }
    if (told.isPresent() && !named.isEmpty() && !told.get().equals(named)) {
      throw new IllegalArgumentException(
          "this ticket is for version "
              + told.get()
              + " of the classic wire; leave out --classic, which says "
              + named);
    }
    if (told.isPresent() && !isGiven()) {
      version = Optional.of("");
      fromTicket = true;
    }
  }

  /** The version to put into a ticket; empty on wire 2. */
  public Optional<String> version() {
    return isGiven() ? Optional.of(spoken()) : Optional.empty();
  }

  /**
   * Chooses the wire.
   *
   * @throws IllegalArgumentException if what was given cannot be a version
   */
  public void apply(ClientBuilder<?> builder) {
    if (isGiven()) {
      builder.wire(Wire.CLASSIC);
      version.filter(text -> !text.isEmpty()).ifPresent(builder::classicVersion);
    }
  }

  /**
   * Refuses an option that only wire 2 can fulfil and that no client would notice.
   *
   * @throws IllegalArgumentException if it is given on the classic wire
   */
  public void refuse(boolean given, String option) {
    if (isGiven() && given) {
      throw new IllegalArgumentException(
          option
              + " needs wire 2; leave it out, or "
              + (fromTicket ? "take a ticket for wire 2" : "leave out --classic"));
    }
  }
}
