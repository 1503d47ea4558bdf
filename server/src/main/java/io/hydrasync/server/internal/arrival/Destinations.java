package io.hydrasync.server.internal.arrival;

import io.hydrasync.server.internal.admission.CredentialPolicy;
import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.loop.LoopLoads;
import io.hydrasync.server.internal.session.Sessions;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where a client that arrives may get to.
 *
 * @param sessions of this relay
 * @param connections of this relay, by loop
 * @param loads how busy the loops are
 * @param admins of this relay
 * @param observers of this relay
 * @param door at which it has come
 * @param links who may link at the moment, if this is a node of a cluster
 */
public record Destinations(
    Sessions sessions,
    Connections connections,
    LoopLoads loads,
    Admins admins,
    Observers observers,
    Door door,
    Optional<Supplier<CredentialPolicy>> links) {
  /** The same for other nodes of the cluster. */
  public Destinations ofLinks() {
    return new Destinations(sessions, connections, loads, admins, observers, Door.LINKS, links);
  }
}
