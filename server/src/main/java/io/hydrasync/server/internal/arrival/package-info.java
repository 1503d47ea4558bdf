/**
 * From a client's first byte to its place: handshakes and joins of both wires, the loop that it
 * comes to, and admins.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.arrival;
