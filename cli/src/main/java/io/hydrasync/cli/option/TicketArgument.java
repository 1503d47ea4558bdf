package io.hydrasync.cli.option;

import io.hydrasync.cli.secret.Secrets;
import io.hydrasync.protocol.Ticket;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/** A ticket as the argument of a command. */
public final class TicketArgument {
  @Parameters(
      arity = "0..1",
      paramLabel = "TICKET|@FILE|-",
      description =
          "The ticket, or the file that holds it, or - for stdin. Default: the environment's "
              + Secrets.TICKET
              + ". Others on this machine can see a command line: @FILE keeps the ticket out of it.")
  private Optional<String> text = Optional.empty();

  /** Whether there is one on the command line. */
  public boolean isGiven() {
    return text.isPresent();
  }

  /** That of the command line, or else of the environment. */
  public Ticket ticket() throws IOException {
    return Secrets.ticket(text);
  }
}
