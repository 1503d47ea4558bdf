/** Relays and brokers, and the driver that speaks to each in its own wire, without its client. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.bench.relay;
