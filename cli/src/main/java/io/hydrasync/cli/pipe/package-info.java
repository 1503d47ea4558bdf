/**
 * Payload between a session and what stands at this end: from a file or a pipe into a producer, and
 * from a consumer to an output or to commands, with the position noted behind it. Whoever is in
 * between is told what is missing.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.pipe;
