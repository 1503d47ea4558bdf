package io.hydrasync.cli.pipe;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import java.util.List;
import java.util.Optional;

/**
 * Where to send, and into what.
 *
 * @param relays which serve the same sessions, in the order in which they are tried; not empty
 * @param ticket which the user has already
 * @param isNew whether the session was made for this, so that nobody has a ticket yet
 */
record Target(
    List<RelayAddress> relays, SessionSecrets session, Optional<Ticket> ticket, boolean isNew) {
  Optional<RelayKeys> ticketKeys() {
    return ticket.flatMap(Ticket::relayKeys);
  }

  /** One of the relays whose address means something on this machine only. */
  Optional<RelayAddress> withZone() {
    return relays.stream().filter(RelayAddress::hasZone).findFirst();
  }
}
