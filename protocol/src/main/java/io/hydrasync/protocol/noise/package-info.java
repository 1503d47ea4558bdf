/** The Noise NX handshake and its transport ciphers as state machines with no I/O. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.noise;
