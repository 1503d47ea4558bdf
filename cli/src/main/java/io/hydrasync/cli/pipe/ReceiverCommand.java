package io.hydrasync.cli.pipe;

import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.Wire;
import java.nio.file.Path;
import java.util.Optional;

/** What to type to receive, told to whoever sends: it can be copied into a shell as it is. */
final class ReceiverCommand {
  private static final String PLAIN = "[A-Za-z0-9_./:@%+=,-]+";

  private ReceiverCommand() {}

  /**
   * The command.
   *
   * @param where how recv gets the ticket: as an argument, or an empty text for the environment
   * @param ticket which says the wire, but for a version that has to be insisted on
   * @param payload where one may come in anywhere, one wants to see what there is
   */
  static String of(String where, Ticket ticket, ProducerOptions.Payload payload) {
    StringBuilder command = new StringBuilder("hydra recv");
    if (!ticket.isSpoken()) {
      ticket.classicVersion().ifPresent(version -> command.append(" --classic ").append(version));
    }
    if (!where.isEmpty()) {
      command.append(' ').append(where);
    }
    if (payload != ProducerOptions.Payload.WHOLE && ticket.wire() == Wire.WIRE_2) {
      command.append(" --from oldest");
    }
    if (payload == ProducerOptions.Payload.LINES) {
      command.append(" --lines");
    }
    return command.toString();
  }

  /** The ticket in a file. */
  static String in(Path file) {
    return quoted("@" + file);
  }

  /** A ticket that somebody has given us: it is not repeated where it may be seen. */
  static String given(Optional<String> ticket) {
    return ticket.map(text -> text.startsWith("@") ? quoted(text) : "TICKET").orElse("");
  }

  /** As one word of a shell's. */
  static String quoted(String word) {
    return word.matches(PLAIN) ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
