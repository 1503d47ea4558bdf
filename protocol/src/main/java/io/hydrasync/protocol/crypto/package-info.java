/**
 * The primitives of the wire over the JDK's providers, tested against vectors: functions without
 * state, and a key that can be zeroed.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.crypto;
