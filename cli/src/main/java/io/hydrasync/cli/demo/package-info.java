/**
 * {@code hydra demo}: a relay, a producer and three consumers in one process, with a tap on the
 * wire that looks for the plaintext, live on the terminal.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.demo;
