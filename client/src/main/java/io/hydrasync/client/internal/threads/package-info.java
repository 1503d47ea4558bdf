/**
 * The threads of clients and their one clock: who waits for what, how it is bounded in time, and
 * how a thread that is stuck or interrupted gets free. May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.client.internal.threads;
