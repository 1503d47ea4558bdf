/**
 * The relay. {@link io.hydrasync.server.HydraServer} is all that a user needs; inside, a {@code
 * Connection} goes through its stages, a {@code Session} decides, a {@code SessionLog} holds the
 * frames, and each consumer is a cursor in it.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server;
