/**
 * A client's connection from its first byte to its last, whatever stage it is in: reading, sealing,
 * deadlines and the ways out.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.connection;
