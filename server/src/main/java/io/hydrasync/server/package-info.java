/**
 * The relay. {@link io.hydrasync.server.HydraServer} is all that a user needs; {@link
 * io.hydrasync.server.RelayOperator} is for whoever runs one. Nothing below this package names a
 * type of it.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server;
