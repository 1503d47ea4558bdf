/**
 * How a relay comes to the relay of a cluster that has a session's producer: from connecting to
 * JOINED, after which the session takes over.
 *
 * <p>May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.server.internal.link;
