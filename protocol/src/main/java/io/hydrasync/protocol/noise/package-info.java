/** The Noise NX handshake and its transport ciphers as state machines with no I/O. */
package io.hydrasync.protocol.noise;
