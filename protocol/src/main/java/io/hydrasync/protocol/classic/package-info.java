/**
 * The key agreement of the wire of the Rust crate hydra-sync 1.0.0-beta.3 to beta.6, without I/O;
 * its join and frames are in {@link io.hydrasync.protocol.wire.classic}.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.classic;
