/**
 * {@link io.hydrasync.client.HydraProducer} and {@link io.hydrasync.client.HydraConsumer}:
 * blocking, on the caller's thread, over plain sockets and heap arrays. Sealing and opening happen
 * in this module and nowhere else.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.client;
