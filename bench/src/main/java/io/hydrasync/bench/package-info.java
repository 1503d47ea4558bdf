/** Relays and clients measured side by side, and what is made of the figures. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.bench;
