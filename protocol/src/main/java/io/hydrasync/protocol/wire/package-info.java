/** Layouts of the frames of wire 2, the proofs in JOIN and the numbers of roles and policies. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.protocol.wire;
