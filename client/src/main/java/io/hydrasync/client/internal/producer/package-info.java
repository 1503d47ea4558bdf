/**
 * A producer on wire 2: makes frames of messages, sends them over one connection after the other,
 * and hears what the relay has. May change without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.client.internal.producer;
