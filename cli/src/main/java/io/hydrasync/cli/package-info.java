/** The {@code hydra} command: one class per command, and what they share. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli;
