package io.hydrasync.server;

/**
 * Where a client that arrives may get to.
 *
 * @param sessions of this relay
 * @param connections of this relay, by loop
 * @param admins of this relay
 */
record Destinations(Sessions sessions, Connections connections, Admins admins) {}
