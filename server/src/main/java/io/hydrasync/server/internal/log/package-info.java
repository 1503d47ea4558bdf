/**
 * The session log: sealed frames in segments of memory, what is read of them in place, and where
 * consumers stand. No sockets, no threads, no clocks.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.log;
