package io.hydrasync.server.internal.arrival;

import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.loop.LoopLoads;
import io.hydrasync.server.internal.session.Sessions;

/**
 * Where a client that arrives may get to.
 *
 * @param sessions of this relay
 * @param connections of this relay, by loop
 * @param loads how busy the loops are
 * @param admins of this relay
 */
public record Destinations(
    Sessions sessions, Connections connections, LoopLoads loads, Admins admins) {}
