/** Layouts of the classic wire, which the Rust crate speaks. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.wire.classic;
