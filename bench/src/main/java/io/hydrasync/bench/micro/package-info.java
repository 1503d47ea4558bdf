/** Micro-benchmarks of what each frame goes through: sealing it, and finding it in the log. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.bench.micro;
