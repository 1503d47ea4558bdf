/**
 * The wires of the Rust crate hydra-sync 1.0.0-beta.2 to beta.9: handshake, join, its answers,
 * frames and packets, without I/O. All that is particular to it in this project is here, in the
 * classes of client and relay whose names begin with {@code Classic}, and behind {@code
 * Wire.CLASSIC}.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.classic;
