/**
 * A stream without I/O, at both of its ends: what a producer seals, keeps and sends again, and what
 * a consumer may deliver, is missing or was tampered with. No sockets, no threads, no clock of its
 * own. May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.client.internal.stream;
