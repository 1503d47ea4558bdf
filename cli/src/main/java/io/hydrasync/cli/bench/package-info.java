/**
 * {@code hydra bench}: producers and consumers that measure a relay for a while, with every byte
 * compared; throughput, or latency from when a message was due.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.bench;
