/**
 * {@code hydra relay}: its options from command line, environment and configuration file, and the
 * relay as a program that prints that it is ready, takes signals, reloads, drains and ends.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.relay;
