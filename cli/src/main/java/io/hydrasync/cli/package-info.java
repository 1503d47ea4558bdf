/**
 * The {@code hydra} command: all commands together, how a wrong command line is told, and what is
 * printed from them, completion and manual pages. Each command, and each idea that commands share,
 * is in a package below; arrows between packages go down only.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli;
