/**
 * One connection to a relay: where it is, by which address it is reached, handshake and join,
 * frames in and out, and whether to try again. May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.client.internal.connection;
