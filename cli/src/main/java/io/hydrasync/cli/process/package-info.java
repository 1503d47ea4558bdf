/**
 * What this process is among others: the environment and the signals that it has got from whoever
 * started it, the terminal it stands on, the version it has. Everything is asked of the operating
 * system or the JVM, and nothing is printed.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.process;
