/**
 * What a relay runs on: event loops, the ways to talk to the operating system, and the one place
 * that hears of errors after which it cannot go on.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.loop;
