/** A process that is measured: its children, its memory and its processor time. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.bench.process;
